"""The overview of an area in a period: figures of the area and its parts, kept or summed, and what roll-ups add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from alerts.models import Episode
from common.periods import Grain, Period
from dashboards.selectors import amounts, cuts, heat, risks
from dashboards.selectors.amounts import Day, Freshness, Known
from dashboards.selectors.areas import SPLITS, Area, Found, Lineage, found_of, granted, parts_of, way_up
from dashboards.selectors.campaigns import campaigns
from dashboards.selectors.catalog import FUNNEL, Amounts, Catalog, catalog
from dashboards.selectors.shapes import (
    DECIDING,
    Compared,
    Funnel,
    OverTime,
    Overview,
    Part,
    Risks,
    Split,
    badness,
)
from dashboards.selectors.spending import Spending
from dashboards.spans import Span, is_kept, same_days
from kpis.figures import Look
from kpis.models import Reading
from kpis.selectors import NO_FIGURE, Figure, figures_of_scopes
from kpis.selectors.outlook import Ahead, ahead_of
from organization.gate import Action, Reach
from organization.models import Node, Person, Scope
from organization.selectors import closed_through, scope_key

_FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
Kept = dict[tuple[int, date], dict[str, Figure]]  # by scope and first day, then by metric code
Cells = Mapping[tuple[int, ...], Amounts]


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see beside the area: how it is split, what the heat map and the campaigns are ranked by."""

    by: str = ""
    metric: str = ""
    rank: str = ""
    step: str = ""


def default_period(newest: date | None, complete: date, fiscal_start: int) -> Period:
    """The month of the newest figures, or else of the last whole day."""
    return Period.containing(min(newest or complete, complete), Grain.MONTH, fiscal_start=fiscal_start)


def overview(
    *,
    person: Person,
    area: Area,
    period: Span | None,
    by: str = "",
    company: str,
    fiscal_start: int,
    today: date,
    asked: Asked | None = None,
    reach: Reach | None = None,
) -> Overview:
    """The page of an area that she may see. Without `period` the newest month."""
    asked = asked or Asked(by=by)
    complete = today - timedelta(days=1)
    known = amounts.known_of(area, complete=complete)
    page = _Page(
        area=area,
        period=period or default_period(known.newest, complete, fiscal_start),
        known=known,
        complete=complete,
        today=today,
        catalog=catalog(),
        asked=asked,
        nodes=parts_of(area),
    )
    reach = reach or Reach(person)
    lineage = Lineage.of(area.nodes)
    return page.read(
        crumbs=way_up(reach, area, lineage, company=company),
        company=company,
        may_set_targets=reach.covers(lineage.ids(), Action.SET_TARGETS),
        may_import=reach.covers({}, Action.IMPORT),
        may_leave=lineage.leavable(reach),
        granted=granted(reach, company=company),
    )


@dataclass
class _Page:
    """The steps of reading one page, each a bounded number of queries."""

    area: Area
    period: Span
    known: Known
    complete: date
    today: date
    catalog: Catalog
    asked: Asked
    nodes: Mapping[str, list[Node]]
    scopes: dict[str, int] = field(default_factory=dict)  # by key
    kept: Kept = field(default_factory=dict)
    risks: dict[int, Risks] = field(default_factory=dict)  # by scope

    def read(self, **known: Any) -> Overview:
        self.before, self.year_ago = self.period.next(-1), self.period.last_year()
        self.keys = {
            dimension: {node.pk: scope_key({**self.area.nodes, dimension: node}) for node in nodes}
            for dimension, nodes in self.nodes.items()
        }
        self.scopes = self._scopes()
        self.kept = self._readings()
        if is_kept(self.period):
            self.risks = risks.of_kept(self.kept, self.period, self.catalog)
        own = self.kept.get((self.area.scope_id or 0, self.period.start), {})
        days = self._days(own)
        through = _through(own) or self._through_of_days(days) or _through(*self._parts_kept())
        if not own and through:
            own = self._valued(days, through)
        summed, cells = self._sums(through)
        slots = self.catalog.slots(("revenue", "cost"))
        single = [pk for key, pk in self.scopes.items() if "+" not in key]
        lost = amounts.losses(single, through, slots) if through else {}
        alerts = self._open_alerts()
        splits = tuple(
            split
            for split in (
                self._split(dimension, own, summed.get((dimension,), {}), through, lost, alerts)
                for dimension in sorted(self.nodes, key=self._order)
            )
            if split.parts
        )
        spending = Spending(self.area, self.period, self.nodes, self.keys, self.scopes, self.complete)
        months = spending.months(self.catalog, days, self.year_ago)
        metric = self._heat_metric()
        first, last = self._reach()
        return Overview(
            area=self.area,
            period=self.period,
            first=first,
            last=last,
            through=through,
            complete=self.complete,
            newest=self.known.newest,
            metrics=self.catalog.metrics,
            figures=own,
            compared=self._compared(self.before, days, through),
            last_year=self._compared(self.year_ago, days, through),
            splits=splits,
            split=next(
                (one for one in splits if one.dimension == self.asked.by), splits[0] if splits else None
            ),
            over_time=OverTime(days, months, spending.originals(self.catalog, months)),
            spend=spending.spend(self.catalog, months) if through else None,
            funnel=self._funnel(days, through),
            heat=heat.heat_map(
                area=self.area,
                parts=self.nodes,
                amounts=cells,
                period=self.period,
                metric=metric,
                catalog=self.catalog,
            ),
            heat_metric=metric,
            campaigns=campaigns(
                self.area,
                self.period,
                self.catalog,
                self._stretch(through, by_month_alone=True),
                rank=self.asked.rank,
            ),
            sources=self._sources(days),
            step=self.asked.step,
            risks=self.risks.get(self.area.scope_id or 0, {}),
            ahead=self._ahead(),
            **known,
        )

    # -- Kept figures ---------------------------------------------------------------------------------

    def _scopes(self) -> dict[str, int]:
        """The scopes of the parts, where they have been pointed to, by key. One query."""
        keys = [key for found in self.keys.values() for key in found.values()]
        return dict(Scope.objects.filter(key__in=keys).values_list("key", "pk"))

    def _readings(self) -> Kept:
        """Kept figures of the area and its parts. One query; where days are not kept, computed by the same formulas."""
        codes = {metric.pk: code for code, metric in self.catalog.shown().items()}
        own = self.area.scope_id or 0
        found: Kept = {}
        if not is_kept(self.period):
            return self._computed(codes)
        additive = [
            pk for pk, code in codes.items() if code in DECIDING and self.catalog.metrics[code].additive
        ]
        rows = Reading.objects.filter(
            Q(start=self.period.start, scope__in=[own, *self.scopes.values()])
            | Q(start=self.before.start, scope__in=list(self.scopes.values()), metric__in=additive)
            | Q(start__in=[self.before.start, self.year_ago.start], scope=own),
            metric__in=list(codes),
            grain=str(self.period.grain),
        ).values_list("scope_id", "start", "metric_id", *_FIGURE)
        for scope_id, start, metric_id, *rest in rows:
            found.setdefault((scope_id, start), {})[codes[metric_id]] = Figure(*rest)
        return found

    def _computed(self, codes: Mapping[int, str]) -> Kept:
        single = [pk for key, pk in self.scopes.items() if "+" not in key]
        if self.area.found == Found.SINGLE and self.area.scope_id:
            single.append(self.area.scope_id)
        if not single:
            return {}
        look = Look.at(self.today, today=self.today)
        found = figures_of_scopes(
            scope_ids=single,
            grain=str(self.period.grain),
            start=self.period.start,
            stop=self.period.end,
            look=look,
        )
        self.risks = risks.of_computed(found, codes)
        return {
            (scope_id, self.period.start): {codes[pk]: one for pk, one in figures.items() if pk in codes}
            for scope_id, figures in found.items()
        }

    def _ahead(self) -> dict[str, Ahead]:
        """Where the period will end, while it is open. One query."""
        if not isinstance(self.period, Period) or self.area.scope_id is None:
            return {}
        found = ahead_of(scope_ids=[self.area.scope_id], period=self.period, today=self.today)
        codes = {metric.pk: code for code, metric in self.catalog.metrics.items()}
        return {codes[pk]: one for (_scope, pk), one in found.items() if pk in codes}

    def _parts_kept(self) -> list[Mapping[str, Figure]]:
        return [self.kept.get((pk, self.period.start), {}) for pk in self.scopes.values()]

    # -- Amounts by day -------------------------------------------------------------------------------

    def _days(self, own: Mapping[str, Figure]) -> dict[date, Day]:
        """Amounts of the area for lines, comparisons and the funnel: of a year by month. One query."""
        last = _through(own) or min(self.period.end, self.complete)
        spans = [(self.period.start, min(self.period.end, last))]
        for beside in (self.before, self.year_ago):
            stop = same_days(self.period, beside, last)
            if beside is self.year_ago and self.period.grain != Grain.YEAR:
                stop = beside.end
            spans.append((beside.start, stop))
        wanted = self.catalog.slots([*self.catalog.shown(), *FUNNEL])
        spans = [span for span in dict.fromkeys(spans) if span[0] <= span[1]]
        return amounts.days_of(self.area, spans, wanted, monthly=self.period.grain == Grain.YEAR)

    def _sources(self, days: Mapping[date, Day]) -> tuple[Freshness, ...]:
        """Those that have anything in the area: of a cut, in the periods that the page looks at. What others are
        called is not told, since nothing of theirs is hers. No query, one for a campaign's cut.
        """
        if self.area.found == Found.SINGLE:
            return self.known.sources
        present: frozenset[int] = frozenset().union(*(day.sources for day in days.values()))
        if self.area.found == Found.DEEP:
            present = amounts.sources_by_month(self.area, self.before.start, self.period.end)
        return tuple(one for one in self.known.sources if one.source.pk in present)

    def _through_of_days(self, days: Mapping[date, Day]) -> date | None:
        """Of a cut: the last day that all of its sources have reported. None where it has no days."""
        if self.area.found == Found.DEEP:
            last = min(self.period.end, self.complete, self.known.newest or self.complete)
            return last if last >= self.period.start else None
        here = [day for at, day in days.items() if at in self.period]
        if not here:
            return None
        if self.period.end < self.today and self.period.end <= closed_through(self.today):
            return self.period.end
        present = frozenset().union(*(day.sources for day in here))
        newest = [one.last_day for one in self.known.sources if one.source.pk in present]
        last = min([self.period.end, self.complete, *newest])
        return last if last >= self.period.start else None

    def _valued(self, days: Mapping[date, Day], through: date) -> dict[str, Figure]:
        """Figures of a cut without targets, from its sums."""
        if self.area.found == Found.DEEP:
            slots = self.catalog.slots(self.catalog.shown())
            stretch = self._stretch(through, by_month_alone=True)
            channels = cuts.campaign_sums(self.area, cuts.Stretch(stretch.months, ()), slots)
            found = amounts.total(Day(one) for one in channels.values())
            estimated = False
        else:
            here = [day for at, day in days.items() if self.period.start <= at <= through]
            found = amounts.total(here)
            estimated = any(day.estimated for day in here)
        return self._figures(found, through, estimated=estimated)

    def _figures(
        self, found: Mapping[str, Decimal | None], through: date | None, *, estimated: bool = False
    ) -> dict[str, Figure]:
        valued = {code: self.catalog.value(code, found) for code in self.catalog.shown()}
        return {
            code: Figure(value=value, through=through, estimated=estimated)
            for code, value in valued.items()
            if value is not None
        }

    def _compared(self, beside: Span, days: Mapping[date, Day], through: date | None) -> Compared:
        """The same figures of another period, cut to as many days while this one is under way."""
        cut = through is not None and through < self.period.end
        kept = self.kept.get((self.area.scope_id or 0, beside.start), {})
        if not cut and kept:
            return Compared(beside, kept, same_days=False)
        last = same_days(self.period, beside, through) if through else beside.end
        found = amounts.total(day for at, day in days.items() if beside.start <= at <= last)
        return Compared(beside, self._figures(found, last), same_days=cut)

    def _funnel(self, days: Mapping[date, Day], through: date | None) -> Funnel:
        if through is None:
            return Funnel({}, {})
        last = same_days(self.period, self.before, through)
        return Funnel(
            amounts.total(day for at, day in days.items() if self.period.start <= at <= through),
            amounts.total(day for at, day in days.items() if self.before.start <= at <= last),
        )

    # -- Cuts -----------------------------------------------------------------------------------------

    def _stretch(self, through: date | None, *, by_month_alone: bool = False) -> cuts.Stretch:
        if through is None:
            return cuts.Stretch((), ())
        newest = [one.source.last_day for one in self.known.sources if one.source.last_day]
        reported = self.known.newest if self.area.found == Found.SINGLE else max(newest, default=None)
        return cuts.stretch(self.period.start, through, reported=reported, by_month_alone=by_month_alone)

    def _sums(self, through: date | None) -> tuple[dict[tuple[str, ...], Cells], Cells]:
        """The amounts of the splits that are cuts, by dimension, and those of the heat map. One query, or two where the
        running month has days that do not count yet: campaigns know it as a whole only.
        """
        if through is None or not set(self.area.nodes) <= set(SPLITS) or self.area.found == Found.NOWHERE:
            return {}, {}
        sets: list[tuple[str, ...]] = [
            (dimension,)
            for dimension, nodes in self.nodes.items()
            if nodes and found_of({**self.area.nodes, dimension: nodes[0]}) != Found.SINGLE
        ]
        codes = list(self.catalog.shown()) if sets else []
        chosen = heat.axes(self.nodes)
        if chosen:
            sets.append(chosen)
            codes.append(self._heat_metric(measured=True))
        slots = self.catalog.slots(codes)
        found: dict[tuple[str, ...], Cells] = {}
        for monthly in (False, True):
            some = [one for one in sets if cuts.through_campaigns(self.area, one) == monthly]
            found |= cuts.sums(self.area, some, self._stretch(through, by_month_alone=monthly), slots)
        return found, found.get(chosen, {}) if chosen else {}

    def _heat_metric(self, *, measured: bool = False) -> str:
        metric = self.asked.metric
        if metric != heat.ATTAINMENT and not self.catalog.adds_up(metric):
            metric = heat.DEFAULT
        return heat.DEFAULT if measured and metric == heat.ATTAINMENT else metric

    def _split(
        self,
        dimension: str,
        own: Mapping[str, Figure],
        summed: Cells,
        through: date | None,
        lost: Mapping[int, Decimal],
        alerts: Mapping[int, int],
    ) -> Split:
        parts = []
        for node in self.nodes[dimension]:
            key = self.keys[dimension][node.pk]
            pk = self.scopes.get(key, 0)
            figures = self.kept.get((pk, self.period.start), {})
            if not figures and (node.pk,) in summed:
                figures = self._figures(summed[node.pk,], through)
            if figures:
                before = self.kept.get((pk, self.before.start), {})
                more = (lost.get(pk), alerts.get(pk), self.risks.get(pk, {}))
                parts.append(Part(key, node, figures, before, *more))
        rest = {}
        for code, metric in self.catalog.shown().items():
            whole = own.get(code, NO_FIGURE).value
            if metric.additive and whole is not None:
                split = sum((part.figure(code).value or Decimal(0) for part in parts), Decimal(0))
                if whole != split:
                    rest[code] = whole - split
        known = self.catalog.metrics
        return Split(dimension, tuple(sorted(parts, key=lambda part: badness(part, known))), rest)

    def _order(self, dimension: str) -> tuple[bool, int]:
        """A channel is first split by its campaigns, a region by its provinces; the company by channels."""
        return dimension not in self.area.nodes, SPLITS.index(dimension)

    # -- Around -----------------------------------------------------------------------------------------

    def _reach(self) -> tuple[Span | None, Span | None]:
        """The first and last period of this grain that one may choose: where figures or targets are, and now."""
        period, known = self.period, self.known
        if known.first is None or known.last is None or not isinstance(period, Period):
            return None, None
        ahead = [] if period.grain in (Grain.DAY, Grain.WEEK) else [known.last]
        return (
            Period.containing(min(known.first, period.start), period.grain, fiscal_start=period.fiscal_start),
            Period.containing(
                max([*ahead, period.start, self.complete]), period.grain, fiscal_start=period.fiscal_start
            ),
        )

    def _open_alerts(self) -> dict[int, int]:
        """The worst open alert of each part about periods of this grain. One query.

        An alert is about the newest period of its rule; beside other periods' figures it would contradict them.
        """
        if min(self.known.newest or self.complete, self.complete) not in self.period:
            return {}
        rows = (
            Episode.objects.filter(
                closed_at__isnull=True,
                instance__scope__in=list(self.scopes.values()),
                instance__rule__grain=str(self.period.grain),
            )
            .order_by("tier", "opened_at")
            .values_list("instance__scope_id", "pk")
        )
        return dict(rows)


def _through(*kept: Mapping[str, Figure]) -> date | None:
    """The day up to which all of these look."""
    days = [one.through for found in kept for one in found.values() if one.through and one.value is not None]
    return min(days, default=None)
