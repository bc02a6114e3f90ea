"""Reading the pages of figures: what there is, how it is calculated, what uses it, and whether it is computed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from kpis.models import ChangedScope, Direction, Measure, Metric, OverTime, Unit
from kpis.services.metrics import formula_of


@dataclass(frozen=True)
class MetricRow:
    """`targets` counts the areas that have one now."""

    metric: Metric
    formula: str
    targets: int

    @property
    def unit(self) -> str:
        return str(Unit(self.metric.unit).label)

    @property
    def direction(self) -> str:
        return str(Direction(self.metric.direction).label)


@dataclass(frozen=True)
class MeasureRow:
    """`metrics` counts those in use that calculate with it."""

    measure: Measure
    metrics: int

    @property
    def unit(self) -> str:
        return str(Unit(self.measure.unit).label)

    @property
    def over_time(self) -> str:
        return str(OverTime(self.measure.over_time).label)


@dataclass(frozen=True)
class MetricsPage:
    metrics: tuple[MetricRow, ...]
    measures: tuple[MeasureRow, ...]
    own: int
    put_away: int
    due: int  # areas of which something of the own metrics is still to be computed


def metrics_page(*, away: bool = False) -> MetricsPage:
    """All metrics and measures in use; with `away` those that were put away instead. Four queries."""
    measures = list(Measure.objects.all())
    names = {measure.code: measure.label for measure in measures}
    metrics = list(
        Metric.objects.annotate(
            with_target=Count(
                "targets__scope",
                filter=Q(targets__superseded_at__isnull=True, targets__value__isnull=False),
                distinct=True,
            )
        )
    )
    needed = Counter(
        code for metric in metrics if metric.archived_at is None for code in formula_of(metric).codes
    )
    shown = [one for one in metrics if (one.archived_at is not None) == away]
    return MetricsPage(
        metrics=tuple(
            MetricRow(metric, formula_of(metric).sentence(names), metric.with_target) for metric in shown
        ),
        measures=tuple(
            MeasureRow(one, needed[one.code]) for one in measures if (one.archived_at is not None) == away
        ),
        own=sum(not one.shipped for one in metrics if one.archived_at is None),
        put_away=sum(one.archived_at is not None for one in metrics)
        + sum(one.archived_at is not None for one in measures),
        due=ChangedScope.objects.filter(metrics__isnull=False).count(),
    )


def formula_words(metric: Metric) -> str:
    """How it is calculated, in the reader's words: (Revenue − Cost) ÷ Cost."""
    formula = formula_of(metric)
    names = {one.code: one.label for one in Measure.objects.filter(code__in=formula.codes)}
    return formula.sentence(names)


def being_computed(metric: Metric) -> int:
    """How many areas still wait for this metric's figures to be computed anew; whole areas that wait count too."""
    return ChangedScope.objects.filter(Q(metrics__contains=[metric.pk]) | Q(metrics__isnull=True)).count()
