"""Some figures of one area, now and along the last periods: kept rows where there are some, else the same formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dashboards.selectors.areas import Area, Found
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.shapes import Compared
from dashboards.selectors.trends import spans_of
from dashboards.spans import Span, is_kept, same_days
from kpis.figures import Look
from kpis.models import Metric, Reading
from kpis.selectors import NO_FIGURE, Figure
from kpis.selectors.figures import figures_over

FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
Metrics = Mapping[str, Metric]  # by code
ByStart = dict[tuple[date, str], Figure]  # by first day and metric code


@dataclass(frozen=True)
class Watched:
    """By metric code. `before`: the period before, cut to as many days while this one is under way. `course`: the last
    periods, oldest first, the page's own the last of `spans`.
    """

    metrics: Metrics
    figures: Mapping[str, Figure]
    before: Compared
    spans: tuple[Span, ...]
    course: Mapping[str, tuple[Figure, ...]]
    complete: date

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    def trend(self, code: str) -> tuple[Decimal | None, ...]:
        """Values for a small line. A sum of a period that is not over would seem to fall: it is left out."""
        values = tuple(one.value for one in self.course.get(code, ()))
        cut = self.metrics[code].additive and self.spans[-1].end > self.complete
        return values[:-1] if cut else values


def watched(area: Area, period: Span, codes: Sequence[str], *, catalog: Catalog, today: date) -> Watched:
    """Of an area that she may see. One query where figures are kept, a few more while the period is under way."""
    metrics = {code: catalog.metrics[code] for code in codes if code in catalog.metrics}
    spans = spans_of(period)
    found = figures_at(area, spans, metrics, today=today)
    figures = {code: found[period.start, code] for code in metrics if (period.start, code) in found}
    before_span = period.next(-1)
    before = {code: found[before_span.start, code] for code in metrics if (before_span.start, code) in found}
    course = {code: tuple(found.get((span.start, code), NO_FIGURE) for span in spans) for code in metrics}
    days = [one.through for one in figures.values() if one.through and one.value is not None]
    through = min(days, default=None)
    cut = through is not None and through < period.end
    if through is not None and cut and before:
        last = same_days(period, before_span, through)
        # What sources publish by the period has no days: it is of its whole period.
        before = {code: one for code, one in before.items() if not catalog.adds_up(code)}
        adding = {code: metric for code, metric in metrics.items() if catalog.adds_up(code)}
        found = computed(area, [before_span], adding, today=today, as_of=last)
        before |= {code: one for (_start, code), one in found.items()}
    return Watched(
        metrics=metrics,
        figures=figures,
        before=Compared(before_span, before, same_days=cut),
        spans=spans,
        course=course,
        complete=today - timedelta(days=1),
    )


def figures_at(area: Area, spans: Sequence[Span], metrics: Metrics, *, today: date) -> ByStart:
    """Of several periods of one length."""
    if not (spans and is_kept(spans[0]) and area.scope_id):
        return computed(area, spans, metrics, today=today)
    codes = {metric.pk: code for code, metric in metrics.items()}
    rows = Reading.objects.filter(
        scope=area.scope_id,
        metric__in=list(codes),
        grain=str(spans[0].grain),
        start__in=[span.start for span in spans],
    ).values_list("start", "metric_id", *FIGURE)
    return {(start, codes[metric_id]): Figure(*rest) for start, metric_id, *rest in rows}


def computed(
    area: Area, spans: Sequence[Span], metrics: Metrics, *, today: date, as_of: date | None = None
) -> ByStart:
    """The same, computed now; with `as_of` as they stood on that day."""
    if area.found == Found.NOWHERE or not metrics:
        return {}
    codes = {metric.pk: code for code, metric in metrics.items()}
    found = figures_over(
        nodes=area.nodes,
        periods=spans,
        look=Look.at(as_of or today, today=today),
        metrics=list(metrics.values()),
    )
    return {(start, codes[pk]): one for (start, pk), one in found.items()}


__all__ = ["ByStart", "Metrics", "Watched", "computed", "figures_at", "watched"]
