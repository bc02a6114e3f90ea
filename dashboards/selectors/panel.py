"""What one panel shows: one figure of one area in one period, read no wider than its chart needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from common.periods import Period
from dashboards.catalogue import Trouble, Wish, misfit
from dashboards.models.boards import ChartKind
from dashboards.selectors import amounts, cuts, heat, panel_parts, risks, trends
from dashboards.selectors.areas import SPLITS, Area, Found, parts_of
from dashboards.selectors.campaigns import Campaigns
from dashboards.selectors.catalog import FUNNEL, Catalog
from dashboards.selectors.channel import FIGURE, History, history_of
from dashboards.selectors.overview import default_period
from dashboards.selectors.panel_parts import Lines, Parts
from dashboards.selectors.shapes import Compared, Funnel, OverTime, Overview, Risks, Split
from dashboards.spans import Span, is_kept, same_days
from kpis.figures import Look
from kpis.models import Metric, Reading
from kpis.selectors import NO_FIGURE, Figure, figures_over
from kpis.selectors.figures import figures_of_stretches
from kpis.selectors.outlook import Ahead, ahead_of

OWN = (ChartKind.NUMBER, ChartKind.BULLET, ChartKind.GAUGE)


@dataclass(frozen=True)
class PanelRead:
    """`page` is an overview of which only as much was read as the chart needs. `trouble` says why there is no figure."""

    wish: Wish
    page: Overview
    metric: Metric | None = None
    trouble: Trouble | None = None
    parts: Parts | None = None
    history: History | None = None
    lines: Lines | None = None

    @property
    def own(self) -> Figure:
        return self.page.figure(self.metric.code) if self.metric else NO_FIGURE


def read_panel(
    *,
    wish: Wish,
    area: Area,
    period: Span | None,
    catalog: Catalog,
    company: str,
    fiscal_start: int,
    today: date,
) -> PanelRead:
    """Of an area that she may see. At most a dozen queries."""
    reading = _Reading(area, period, catalog, company, fiscal_start, today)
    metric = catalog.metrics.get(wish.metric)
    trouble = misfit(wish.chart, metric, by=wish.by, adds_up=catalog.adds_up(wish.metric))
    if trouble == Trouble.NO_METRIC and wish.metric:
        trouble = Trouble.GONE
    found = PanelRead(wish, reading.page(), metric, trouble)
    if trouble is not None:
        return found
    if wish.chart == ChartKind.FUNNEL:
        return replace(found, page=replace(found.page, funnel=reading.funnel()))
    assert metric is not None
    match ChartKind(wish.chart):
        case ChartKind.HEAT:
            return replace(
                found, page=replace(found.page, heat=reading.heat(metric), heat_metric=metric.code)
            )
        case ChartKind.TREND if wish.by:
            return replace(found, lines=reading.lines(metric, wish.by))
        case ChartKind.TREND:
            return replace(found, history=reading.history(metric))
        case ChartKind.BARS | ChartKind.TABLE:
            page, parts = reading.split(metric, wish.by)
            return replace(found, page=page, parts=parts)
    return replace(found, page=reading.whole(metric))


@dataclass
class _Reading:
    area: Area
    asked: Span | None
    catalog: Catalog
    company: str
    fiscal_start: int
    today: date
    known: amounts.Known = field(init=False)
    period: Span = field(init=False)

    def __post_init__(self) -> None:
        self.complete = self.today - timedelta(days=1)
        self.known = amounts.known_of(self.area, complete=self.complete)
        self.period = self.asked or default_period(self.known.newest, self.complete, self.fiscal_start)

    @cached_property
    def look(self) -> Look:
        return Look.at(self.today, today=self.today)

    @property
    def readable(self) -> bool:
        """Whether roll-ups know the area at all: what crosses a team or a budget, or is too fine, they do not."""
        return self.area.found != Found.NOWHERE

    def page(self) -> Overview:
        period, known = self.period, self.known
        none: Mapping[str, Figure] = {}
        return Overview(
            area=self.area,
            company=self.company,
            crumbs=(),
            period=period,
            first=trends.first_of(known, period),
            last=trends.last_of(known, period, self.complete),
            through=None,
            complete=self.complete,
            newest=known.newest,
            metrics=self.catalog.metrics,
            figures={},
            compared=Compared(period.next(-1), none, same_days=False),
            last_year=Compared(period.last_year(), none, same_days=False),
            splits=(),
            split=None,
            over_time=OverTime({}, {}),
            spend=None,
            funnel=Funnel({}, {}),
            heat=None,
            heat_metric="",
            campaigns=Campaigns(""),
            sources=known.sources,
            may_set_targets=False,
        )

    # -- The area itself ------------------------------------------------------------------------------

    def whole(self, metric: Metric) -> Overview:
        """Its figure, what it is held against, and where it will end."""
        own = self.figure(metric)
        page = self._with_own(metric, own)
        before, year_ago = self._compared(metric, own.through)
        return replace(page, compared=before, last_year=year_ago, ahead=self._ahead(metric))

    def _with_own(self, metric: Metric, own: Figure) -> Overview:
        return replace(
            self.page(),
            figures={metric.code: own} if own != NO_FIGURE else {},
            through=own.through if own.value is not None else None,
            risks=self._risks(metric, own),
        )

    @cached_property
    def _kept(self) -> dict[tuple[int, date], Figure]:
        """By metric and first day, of the area: the period's, the one before and last year's. One query."""
        if not is_kept(self.period) or self.area.scope_id is None:
            return {}
        rows = Reading.objects.filter(
            scope=self.area.scope_id,
            grain=str(self.period.grain),
            start__in=[self.period.start, self.period.next(-1).start, self.period.last_year().start],
        ).values_list("metric_id", "start", *FIGURE)
        return {(pk, start): Figure(*rest) for pk, start, *rest in rows}

    def figure(self, metric: Metric) -> Figure:
        """The kept one, else computed by the same formulas."""
        kept = self._kept.get((metric.pk, self.period.start))
        if kept is not None:
            return kept
        if not self.readable:
            return NO_FIGURE
        if isinstance(self.period, Period):
            found = figures_over(
                nodes=self.area.nodes, periods=[self.period], look=self.look, metrics=[metric]
            )
            return found.get((self.period.start, metric.pk), NO_FIGURE)
        start = self.period.start
        return self._of_days(metric, [(start, self.period.end)]).get(start, NO_FIGURE)

    def _of_days(self, metric: Metric, days: Sequence[tuple[date, date]]) -> dict[date, Figure]:
        """By first day; several stretches in one query."""
        there = [one for one in days if one[0] <= one[1]]
        if not there or not self.readable:
            return {}
        found = figures_of_stretches(nodes=self.area.nodes, days=there, metrics=[metric], look=self.look)
        return {first: figure for (first, _pk), figure in found.items()}

    def _compared(self, metric: Metric, through: date | None) -> tuple[Compared, Compared]:
        """The period before and last year, cut to as many days while the period is under way."""
        cut = through is not None and through < self.period.end
        spans = self.period.next(-1), self.period.last_year()
        found = {one.start: self._kept.get((metric.pk, one.start)) for one in spans if not cut}
        missing = [one for one in dict.fromkeys(spans) if found.get(one.start) is None]
        days = [(one.start, same_days(self.period, one, through) if through else one.end) for one in missing]
        summed = self._of_days(metric, days)
        before, year_ago = (
            Compared(
                one,
                {metric.code: found.get(one.start) or summed.get(one.start, NO_FIGURE)},
                same_days=cut,
            )
            for one in spans
        )
        return before, year_ago

    def _risks(self, metric: Metric, own: Figure) -> Risks:
        if own.status != "green" or not is_kept(self.period) or self.area.scope_id is None:
            return {}
        at = self.area.scope_id, self.period.start
        return risks.of_kept({at: {metric.code: own}}, self.period, self.catalog).get(at[0], {})

    def _ahead(self, metric: Metric) -> dict[str, Ahead]:
        if not isinstance(self.period, Period) or self.area.scope_id is None:
            return {}
        found = ahead_of(scope_ids=[self.area.scope_id], period=self.period, today=self.today)
        one = found.get((self.area.scope_id, metric.pk))
        return {metric.code: one} if one is not None else {}

    # -- Over time ------------------------------------------------------------------------------------

    def history(self, metric: Metric) -> History:
        """Up to the period. A sum of one that is not over would seem to fall: it is left out."""
        found = history_of(self.area, self.period, metric.code, self.catalog)
        if metric.additive and found.spans[-1].end > self.complete:
            last = replace(found.figures[-1], value=None)
            found = replace(found, figures=(*found.figures[:-1], last))
        return found

    def lines(self, metric: Metric, by: str) -> Lines | None:
        return panel_parts.lines_of_parts(
            area=self.area, dimension=by, metric=metric, period=self.period, complete=self.complete,
            catalog=self.catalog,
        )  # fmt: skip

    # -- Parts ----------------------------------------------------------------------------------------

    def _through(self, own: Figure) -> date | None:
        last = min(self.period.end, self.complete, self.known.newest or self.complete)
        through = own.through or last
        return through if through >= self.period.start else None

    def _stretch(self, through: date, *, by_month_alone: bool) -> cuts.Stretch:
        newest = [one.source.last_day for one in self.known.sources if one.source.last_day]
        reported = self.known.newest if self.area.found == Found.SINGLE else max(newest, default=None)
        return cuts.stretch(self.period.start, through, reported=reported, by_month_alone=by_month_alone)

    def split(self, metric: Metric, by: str) -> tuple[Overview, Parts | None]:
        own = self.figure(metric)
        page = self._with_own(metric, own)
        through = self._through(own)
        if through is None:
            return page, None
        monthly = cuts.through_campaigns(self.area, (by,))
        found = panel_parts.parts_of_area(
            area=self.area,
            dimension=by,
            metric=metric,
            period=self.period,
            within=self._stretch(through, by_month_alone=monthly),
            through=through,
            catalog=self.catalog,
            today=self.today,
        )
        if found is None:
            return page, None
        rest = {}
        if metric.additive and own.value is not None:
            together = sum((part.figure(metric.code).value or Decimal(0) for part in found.parts), Decimal(0))
            rest = {metric.code: own.value - together} if own.value != together else {}
        split = Split(by, found.parts, rest)
        return replace(page, splits=(split,), split=split), found

    def heat(self, metric: Metric) -> heat.HeatMap | None:
        if not self.readable or not set(self.area.nodes) <= set(SPLITS):
            return None
        parts = parts_of(self.area)
        chosen = heat.axes(parts)
        through = self._through(self.figure(metric))
        if chosen is None or through is None:
            return None
        within = self._stretch(through, by_month_alone=cuts.through_campaigns(self.area, chosen))
        cells = cuts.sums(self.area, [chosen], within, self.catalog.slots([metric.code]))[chosen]
        return heat.heat_map(
            area=self.area,
            parts=parts,
            amounts=cells,
            period=self.period,
            metric=metric.code,
            catalog=self.catalog,
        )

    # -- From seeing to buying --------------------------------------------------------------------------

    def funnel(self) -> Funnel:
        pks = {self.catalog.metrics[code].pk for code in FUNNEL if code in self.catalog.metrics}
        kept = [
            one.through
            for (pk, start), one in self._kept.items()
            if pk in pks and start == self.period.start and one.value is not None and one.through
        ]
        through = min(kept) if kept else self._through(NO_FIGURE)
        if through is None:
            return Funnel({}, {})
        before = self.period.next(-1)
        last = same_days(self.period, before, through)
        spans = [(self.period.start, through), (before.start, last)]
        days = amounts.days_of(self.area, spans, self.catalog.slots(FUNNEL))
        return Funnel(*(amounts.total(day for at, day in days.items() if a <= at <= b) for a, b in spans))
