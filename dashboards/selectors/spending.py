"""Revenue and cost by month, and on what the money went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q

from common.periods import Grain, Period
from dashboards.selectors import cuts
from dashboards.selectors.amounts import Day
from dashboards.selectors.areas import SPLITS, Area, Found
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.shapes import Spend
from dashboards.spans import Span
from kpis.models import Reading, Target
from kpis.selectors import Figure
from organization.models import Node

MONTHS = 12
_FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
ByMonth = Mapping[tuple[str, date], Figure]  # by metric code and first day


@dataclass
class Spending:
    """`keys` and `scopes` name the parts of the area, as the overview found them."""

    area: Area
    period: Span
    nodes: Mapping[str, list[Node]]
    keys: Mapping[str, Mapping[int, str]]
    scopes: Mapping[str, int]
    complete: date
    spent: dict[tuple[date, int], Decimal] = field(default_factory=dict)

    def parts(self) -> dict[int, Node]:
        """The parts of which spending by month is kept, by scope: channels of the company, campaigns of a channel."""
        if not set(self.area.nodes) <= {"channel"}:
            return {}
        keys = self.keys.get("channel", {})
        return {
            self.scopes[keys[node.pk]]: node
            for node in self.nodes.get("channel", ())
            if keys[node.pk] in self.scopes
        }

    @property
    def span(self) -> tuple[date, date]:
        """The first days of the first and of the last month that are shown."""
        last = min(self.period.end, max(self.complete, self.period.start)).replace(day=1)
        return Period.containing(last, Grain.MONTH).next(1 - MONTHS).start, last

    def months(
        self, catalog: Catalog, days: Mapping[date, Day], year_ago: Span
    ) -> dict[tuple[str, date], Figure]:
        """Revenue and cost of the area by month, for plan lines, years and spending; a cut's from its sums. One query."""
        codes = {catalog.metrics[code].pk: code for code in ("revenue", "cost") if code in catalog.metrics}
        first = min(self.period.start, year_ago.start).replace(day=1)
        parts = self.parts()
        since, until = self.span
        cost = [pk for pk, code in codes.items() if code == "cost"]
        rows = Reading.objects.filter(
            Q(
                scope=self.area.scope_id or 0,
                start__range=(min(first, since), self.period.end),
                metric__in=list(codes),
            )
            | Q(scope__in=list(parts), start__range=(since, until), metric__in=cost),
            grain=Grain.MONTH.value,
        ).values_list("scope_id", "metric_id", "start", *_FIGURE)
        found: dict[tuple[str, date], Figure] = {}
        for scope_id, metric_id, start, *rest in rows:
            figure = Figure(*rest)
            if scope_id in parts:
                if figure.value is not None:
                    self.spent[start, parts[scope_id].pk] = figure.value
            else:
                found[codes[metric_id], start] = figure
        if not found and self.period.grain == Grain.YEAR:
            for at, day in days.items():
                for code in codes.values():
                    if day.of(code) is not None:
                        found[code, at] = Figure(value=day.of(code))
        return found

    def originals(self, catalog: Catalog, months: ByMonth) -> dict[tuple[str, date], Decimal | None]:
        """The first targets of the area's months in the period that were set anew since. One query, none without plan."""
        codes = {catalog.metrics[code].pk: code for code in ("revenue", "cost") if code in catalog.metrics}
        shown = [
            key for key, figure in months.items() if figure.target is not None and key[1] >= self.period.start
        ]
        if not self.area.scope_id or not shown:
            return {}
        rows = Target.objects.filter(
            scope=self.area.scope_id,
            metric__in=list(codes),
            grain=Grain.MONTH.value,
            start__range=(self.period.start, self.period.end),
            version=1,
            superseded_at__isnull=False,
        ).values_list("metric_id", "start", "value")
        first = {(codes[metric_id], start): value for metric_id, start, value in rows}
        return {
            key: value for key, value in first.items() if key not in months or months[key].target != value
        }

    def spend(self, catalog: Catalog, months: ByMonth) -> Spend | None:
        """What was spent in the last twelve months, by channel. One query where that is a cut, else none."""
        nodes = {node.pk: node for node in self.nodes.get("channel", ())}
        since, until = self.span
        if not nodes or "cost" not in catalog.measures:
            return None
        spent = dict(self.spent)
        if self.parts():
            for (code, start), figure in months.items():
                if code == "cost" and since <= start <= until and figure.value is not None:
                    rest = figure.value - sum(
                        (spent.get((start, pk), Decimal(0)) for pk in nodes), Decimal(0)
                    )
                    if rest:
                        spent[start, 0] = rest
        elif set(self.area.nodes) <= set(SPLITS) and self.area.found != Found.NOWHERE:
            spent = cuts.by_month(self.area, "channel", since, until, catalog.measures["cost"].slot)
        there = {pk: node for pk, node in nodes.items() if any(one == pk for _month, one in spent)}
        if not there:
            return None
        shown = []
        month = Period.containing(min(first for first, _pk in spent), Grain.MONTH)
        while month.start <= until:
            shown.append(month.start)
            month = month.next()
        return Spend(tuple(shown), there, spent)
