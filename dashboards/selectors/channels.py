"""Channels side by side in one period: what each brought, beside another period or what the trade reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from alerts.models import Episode
from dashboards.selectors import amounts, cuts, risks, trends
from dashboards.selectors.amounts import Known
from dashboards.selectors.areas import CAMPAIGN_DEPTH, SPLITS, Area, Found, Lineage, granted, name_of
from dashboards.selectors.beside import Against, Benchmarks, sums_of_scopes
from dashboards.selectors.campaigns import Campaigns
from dashboards.selectors.catalog import Amounts, Catalog, catalog
from dashboards.selectors.overview import default_period
from dashboards.selectors.shapes import (
    DECIDING,
    RESULTS,
    Compared,
    Funnel,
    OverTime,
    Overview,
    Part,
    Risks,
    Split,
    badness,
)
from dashboards.spans import Span, is_kept, same_days
from kpis.figures import Look
from kpis.models import Reading
from kpis.selectors import NO_FIGURE, Figure, figures_of_scopes
from organization.gate import Action, Reach
from organization.models import Node, Scope
from organization.selectors import scope_key

FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
# What may be read beside each other, by the question that it answers.
SETS: Mapping[str, tuple[str, ...]] = {
    "key": ("revenue", "cost", "roas", "marginal_roas", "cac", "conversion_rate", "ltv_cac"),
    "return": ("revenue", "cost", "roi", "roas", "marginal_roas", "gross_profit"),
    "winning": ("leads", "orders", "new_customers", "cpl", "cpa", "cac", "conversion_rate"),
    "customers": ("order_value", "repurchase_rate", "ltv", "ltv_cac", "payback_months"),
    "all": (
        "revenue", "cost", "roi", "roas", "marginal_roas", "cac", "cpa", "cpl", "conversion_rate", "order_value",
        "repurchase_rate", "ltv", "ltv_cac", "payback_months",
    ),
}  # fmt: skip
MOST = 20  # columns at once
ALWAYS = 3  # of the usual ones
TREND = "roas"
Figures = Mapping[str, Figure]
Values = Mapping[str, Decimal]


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see: columns by metric code, by which the rows are sorted ("-roas": downwards; "": by
    trouble), and against what.
    """

    columns: tuple[str, ...] = ()
    sort: str = ""
    against: str = ""


@dataclass(frozen=True)
class Board:
    """The table. `page` is what sentences and filters need; its split has the rows, in order.

    `rows` may lie below the top of the tree, where somebody sees a campaign alone. `beside`: what figures are held
    against, by node (0: the whole) and metric code. `usual`: nobody chose the columns. `whole`: whether the area's own sums are hers to see.
    """

    page: Overview
    columns: tuple[str, ...]
    usual: bool
    sort: str
    against: Against
    beside: Mapping[int, Values]
    trend: str
    trends: Mapping[int, tuple[Decimal | None, ...]]
    trend_spans: tuple[Span, ...]
    whole: bool
    above: Mapping[int, Node] = field(default_factory=dict)  # of rows below the top, what they are part of

    @property
    def rows(self) -> tuple[Part, ...]:
        return self.page.split.parts if self.page.split else ()


def channel_nodes(reach: Reach, beside: Mapping[str, list[int]]) -> list[Node]:
    """The topmost channels or campaigns whose cut with these other nodes is hers to see. One query."""
    hers = reach.nodes("channel", beside)
    return list(hers.exclude(parent__in=hers.values("pk")).select_related("parent").order_by("pk"))


def channels(
    *,
    reach: Reach,
    nodes: Mapping[str, Node],
    period: Span | None,
    company: str,
    fiscal_start: int,
    today: date,
    wanted: Wanted,
) -> Board | None:
    """The channels that she may see, within a region or product line. None where nothing there is hers."""
    lineage = Lineage.of(nodes)
    whole = reach.covers(lineage.ids())
    channel_rows = channel_nodes(reach, lineage.ids())
    if not whole and not channel_rows:
        return None
    complete = today - timedelta(days=1)
    keys = {node.pk: scope_key({**nodes, "channel": node}) for node in channel_rows}
    key = scope_key(nodes)
    scopes = dict(Scope.objects.filter(key__in=[key, *keys.values()]).values_list("key", "pk"))
    area = Area(key, name_of(nodes, company=company), nodes, scopes.get(key) if whole else None)
    about = area
    if not whole and channel_rows:
        first = channel_rows[0]
        about = Area(keys[first.pk], first.label, {**nodes, "channel": first}, scopes.get(keys[first.pk]))
    known = amounts.known_of(about, complete=complete)
    made = _Board(
        reach=reach,
        area=area,
        whole=whole,
        nodes=channel_rows,
        keys=keys,
        scopes=scopes,
        known=known,
        period=period or default_period(known.newest, complete, fiscal_start),
        complete=complete,
        today=today,
        catalog=catalog(),
        wanted=wanted,
    )
    return made.read(company=company, may_leave=_leavable(reach, lineage, nodes), lineage=lineage)


def _leavable(reach: Reach, lineage: Lineage, nodes: Mapping[str, Node]) -> frozenset[str]:
    """The dimensions that may be turned off: where she sees the rest, or some channel of it."""
    alone = lineage.leavable(reach)
    ids = lineage.ids()
    more = {
        one
        for one in nodes
        if one not in alone
        and reach.nodes("channel", {dim: pks for dim, pks in ids.items() if dim != one}).exists()
    }
    return alone | more


@dataclass
class _Board:
    """The steps of reading the table, each a bounded number of queries."""

    reach: Reach
    area: Area
    whole: bool
    nodes: list[Node]
    keys: Mapping[int, str]
    scopes: Mapping[str, int]
    known: Known
    period: Span
    complete: date
    today: date
    catalog: Catalog
    wanted: Wanted

    def read(self, *, company: str, may_leave: frozenset[str], lineage: Lineage) -> Board:
        self.against = next((one for one in Against if one == self.wanted.against), Against.BEFORE)
        self.columns = self._columns()
        self.sort = self.wanted.sort if self.wanted.sort.lstrip("-") in self.catalog.metrics else ""
        self.trend = self._trend()
        chosen = dict.fromkeys([*self.columns, *DECIDING, self.trend, self.sort.lstrip("-")])
        self.codes = [code for code in chosen if code in self.catalog.metrics]
        self.before, self.year_ago = self.period.next(-1), self.period.last_year()
        self.other = self.before if self.against == Against.BEFORE else self.year_ago
        # By node: what is read of each, and 0 for the whole.
        self.ids = {pk: self.scopes[key] for pk, key in self.keys.items() if key in self.scopes}
        if self.area.scope_id:
            self.ids[0] = self.area.scope_id
        now, then = self._figures()
        through = min(
            (one.through for figures in now.values() for one in figures.values() if one.through and one.value is not None),
            default=None,
        )  # fmt: skip
        if self.usual:
            self.columns = self._with_values(now)
        beside = self._beside(then, through)
        parts = self._parts(now, then, through)
        own = now.get(0, {})
        if not self.whole and len(parts) == 1:
            own = parts[0].figures  # what she sees is one channel: the line above is about it
        split = Split("channel", parts, self._rest(now.get(0, {}), parts) if self.whole else {})
        page = Overview(
            area=self.area if self.whole or len(parts) != 1 else replace(self.area, name=parts[0].node.label),
            company=company,
            crumbs=(),
            period=self.period,
            first=trends.first_of(self.known, self.period),
            last=trends.last_of(self.known, self.period, self.complete),
            through=through,
            complete=self.complete,
            newest=self.known.newest,
            metrics=self.catalog.metrics,
            figures=own,
            compared=Compared(self.before, {}, same_days=through is not None and through < self.period.end),
            last_year=Compared(self.year_ago, {}, same_days=False),
            splits=(split,) if parts else (),
            split=split if parts else None,
            over_time=OverTime({}, {}),
            spend=None,
            funnel=Funnel({}, {}),
            heat=None,
            heat_metric="",
            campaigns=Campaigns(""),
            sources=(),
            may_set_targets=False,
            granted=granted(self.reach, company=company),
            may_import=self.reach.covers({}, Action.IMPORT),
            may_leave=may_leave,
            home="channels",
            pickers=("region", "product"),
        )
        spans = trends.spans_of(self.period)
        return Board(
            page=page,
            columns=self.columns,
            usual=self.usual,
            sort=self.sort,
            against=self.against,
            beside=beside,
            trend=self.trend,
            trends=trends.trends(
                area=self.area,
                ids={pk: scope for pk, scope in self.ids.items() if pk},
                nodes=self.nodes,
                code=self.trend,
                spans=spans,
                complete=min(through or self.complete, self.complete),
                catalog=self.catalog,
            ),
            trend_spans=spans,
            whole=self.whole,
            above={node.pk: node.parent for node in self.nodes if node.parent is not None},
        )

    def _columns(self) -> tuple[str, ...]:
        known = self.catalog.metrics
        asked = tuple(dict.fromkeys(code for code in self.wanted.columns if code in known))[:MOST]
        self.usual = not asked
        return asked or tuple(code for code in SETS["key"] if code in known)

    def _with_values(self, now: Mapping[int, Figures]) -> tuple[str, ...]:
        """Of the usual columns those that say something: what nobody has published yet is chosen by those who want it."""
        return tuple(
            code
            for place, code in enumerate(self.columns)
            if place < ALWAYS
            or any(figures.get(code, NO_FIGURE).value is not None for figures in now.values())
        )

    def _trend(self) -> str:
        sorted_by = self.wanted.sort.lstrip("-")
        if sorted_by in self.catalog.metrics:
            return sorted_by
        return TREND if TREND in self.catalog.metrics else next(iter(self.columns), "")

    # -- Figures --------------------------------------------------------------------------------------

    def _figures(self) -> tuple[dict[int, Figures], dict[int, Figures]]:
        """Figures of the rows and the whole (0) by node, now and in the period before; what is not kept is computed."""
        pks = {scope: pk for pk, scope in self.ids.items()}
        now: dict[int, Figures] = {}
        then: dict[int, Figures] = {}
        self.last_year: dict[int, Figures] = {}
        self.risks: dict[int, Risks] = {}
        if is_kept(self.period):
            codes = {self.catalog.metrics[code].pk: code for code in self.codes}
            rows = Reading.objects.filter(
                scope__in=list(pks),
                metric__in=list(codes),
                grain=str(self.period.grain),
                start__in=[self.period.start, self.before.start, self.year_ago.start],
            ).values_list("scope_id", "start", "metric_id", *FIGURE)
            found: dict[tuple[int, date], dict[str, Figure]] = {}
            for scope_id, start, metric_id, *rest in rows:
                found.setdefault((scope_id, start), {})[codes[metric_id]] = Figure(*rest)
            self.risks = risks.of_kept(found, self.period, self.catalog)
            for (scope_id, start), figures in found.items():
                for kept, span in ((now, self.period), (then, self.before), (self.last_year, self.year_ago)):
                    if start == span.start:
                        kept[pks[scope_id]] = figures
        elif self.area.found == Found.SINGLE and not self.area.nodes and pks:
            now = self._computed(pks, self.period)
        if self.area.nodes:
            now = self._summed_where_missing(now)
        return now, then

    def _computed(self, pks: Mapping[int, int], span: Span) -> dict[int, Figures]:
        codes = {metric.pk: code for code, metric in self.catalog.metrics.items()}
        found = figures_of_scopes(
            scope_ids=list(pks),
            grain=str(span.grain),
            start=span.start,
            stop=span.end,
            look=Look.at(self.today, today=self.today),
        )
        self.risks = risks.of_computed(found, codes)
        return {
            pks[scope_id]: {codes[pk]: one for pk, one in figures.items() if pk in codes}
            for scope_id, figures in found.items()
        }

    def _summed_where_missing(self, now: dict[int, Figures]) -> dict[int, Figures]:
        """Cuts of a region or product line that nobody has pointed to, from the cross roll-ups."""
        missing = [node for node in self.nodes if node.pk not in now]
        if not missing or not set(self.area.nodes) <= set(SPLITS):
            return now
        last = min(self.period.end, self.complete, self.known.newest or self.complete)
        if last < self.period.start:
            return now
        found = self._cut(self.period.start, last, missing)
        for pk in (*(node.pk for node in missing), *(() if 0 in now else (0,))):
            if pk in found:
                now[pk] = self._valued(found[pk], last)
        return now

    def _cut(self, first: date, last: date, nodes: list[Node]) -> dict[int, Amounts]:
        """Amounts of channels within the area, by node, and where they are hers those of the whole (0). At most two
        queries.
        """
        slots = self.catalog.slots(self.codes)
        reported = self.known.newest
        tops = {node.pk for node in nodes if node.depth == 1}
        found: dict[int, Amounts] = {}
        if tops:
            within = cuts.stretch(first, last, reported=reported)
            cells = cuts.sums(self.area, [("channel",)], within, slots)[("channel",)]
            found |= {pk: amount for (pk,), amount in cells.items() if pk in tops}
            if self.whole:
                found[0] = amounts.total(amounts.Day(one) for one in cells.values())
        deep = {node.pk for node in nodes if node.depth == CAMPAIGN_DEPTH}
        if deep:
            months = cuts.stretch(first, last, reported=reported, by_month_alone=True)
            campaigns = cuts.campaign_sums(self.area, months, slots)
            found |= {pk: amount for pk, amount in campaigns.items() if pk in deep}
        return found

    def _valued(self, found: Amounts, through: date) -> dict[str, Figure]:
        valued = {code: self.catalog.value(code, found) for code in self.codes}
        return {
            code: Figure(value=value, through=through) for code, value in valued.items() if value is not None
        }

    # -- What they are held against -------------------------------------------------------------------

    def _beside(self, then: Mapping[int, Figures], through: date | None) -> dict[int, Values]:
        """Of the same days of the other period; of what is published by the period, the period's."""
        beside = self._of_other_period(then, through)
        if self.against != Against.BENCHMARK:
            return beside
        metrics = [self.catalog.metrics[code] for code in self.codes]
        chains = [*self.area.nodes.values(), *self.nodes]
        marks = Benchmarks.on(through or self.period.end, metrics, chains)
        found: dict[int, Values] = {}
        for node in (*self.nodes, None):
            pk = node.pk if node else 0
            nodes = [*self.area.nodes.values(), *([node] if node else [])]
            values = {
                metric.code: marks.value(metric, nodes, beside.get(pk, {}).get(metric.code))
                for metric in metrics
            }
            found[pk] = {code: value for code, value in values.items() if value is not None}
        return found

    def _of_other_period(self, then: Mapping[int, Figures], through: date | None) -> dict[int, Values]:
        kept = then if self.against == Against.BEFORE else self.last_year
        found = {
            pk: {code: one.value for code, one in figures.items() if one.value is not None}
            for pk, figures in kept.items()
        }
        cut = through is not None and through < self.period.end
        if found and not cut:
            return dict(found)
        last = same_days(self.period, self.other, through) if through else self.other.end
        summed: dict[int, Amounts] = {}
        if not self.area.nodes:
            pks = {scope: pk for pk, scope in self.ids.items()}
            sums = sums_of_scopes(list(pks), [(self.other.start, last)], self.catalog.slots(self.codes))
            summed = {pks[scope_id]: amount for (_place, scope_id), amount in sums.items()}
        elif set(self.area.nodes) <= set(SPLITS):
            summed = self._cut(self.other.start, last, self.nodes)
        # What adds up is of the same days; the rest, which has no days, is of its whole period.
        result: dict[int, Values] = {}
        for pk in {*found, *summed}:
            fixed = {code: one for code, one in found.get(pk, {}).items() if not self.catalog.adds_up(code)}
            values = {code: self.catalog.value(code, summed.get(pk, {})) for code in self.codes}
            result[pk] = {**fixed, **{code: one for code, one in values.items() if one is not None}}
        return result

    # -- Rows -----------------------------------------------------------------------------------------

    def _parts(
        self, now: Mapping[int, Figures], then: Mapping[int, Figures], through: date | None
    ) -> tuple[Part, ...]:
        single = [] if self.area.nodes else [self.ids[node.pk] for node in self.nodes if node.pk in self.ids]
        slots = self.catalog.slots(("revenue", "cost"))
        lost = amounts.losses(single, through, slots) if through else {}
        alerts = self._open_alerts()
        parts = []
        for node in self.nodes:
            figures = now.get(node.pk, {})
            if node.archived_at is not None and not any(one.value is not None for one in figures.values()):
                continue
            scope = self.ids.get(node.pk, 0)
            before = {
                code: one
                for code, one in then.get(node.pk, {}).items()
                if code in RESULTS and self.catalog.metrics[code].additive
            }
            more = (lost.get(scope), alerts.get(scope), self.risks.get(scope, {}))
            parts.append(Part(self.keys[node.pk], node, figures, before, *more))
        return tuple(sorted(parts, key=self._order))

    def _order(self, part: Part) -> tuple[Any, ...]:
        """By the chosen figure, without a value last; by trouble where none was chosen."""
        trouble = badness(part, self.catalog.metrics)
        if not self.sort:
            return (not part.has_values, *trouble)
        value = part.figure(self.sort.lstrip("-")).value
        if value is None:
            return (1, Decimal(0), *trouble)
        return (0, -value if self.sort.startswith("-") else value, *trouble)

    def _rest(self, own: Figures, parts: tuple[Part, ...]) -> dict[str, Decimal]:
        """What the area has and no channel has, so that rows add up."""
        rest = {}
        for code in self.columns:
            whole = own.get(code, NO_FIGURE).value
            if self.catalog.metrics[code].additive and self.catalog.adds_up(code) and whole is not None:
                split = sum((part.figure(code).value or Decimal(0) for part in parts), Decimal(0))
                if whole != split:
                    rest[code] = whole - split
        return rest

    def _open_alerts(self) -> dict[int, int]:
        """The worst open alert of each row about periods of this grain; none beside other periods' figures. One query."""
        if min(self.known.newest or self.complete, self.complete) not in self.period:
            return {}
        rows = (
            Episode.objects.filter(
                Q(instance__rule__grain=str(self.period.grain)),
                closed_at__isnull=True,
                instance__scope__in=[scope for pk, scope in self.ids.items() if pk],
            )
            .order_by("tier", "opened_at")
            .values_list("instance__scope_id", "pk")
        )
        return dict(rows)


__all__ = ["SETS", "Against", "Board", "Wanted", "channel_nodes", "channels"]
