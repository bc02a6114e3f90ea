"""Green, but at risk: results that are on plan while something that leads to them is off it.

The question is asked of figures that a reader is about to be shown, and answered for the same areas and periods: who
may see the one may see the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.periods import Grain
from kpis.models import Kind, Metric, MetricProcess, Status
from kpis.selectors.figures import NO_FIGURE, Figure, figures_of_spots

Spot = tuple[int, int, date]  # scope, metric, first day of the period
KEPT = frozenset({Grain.MONTH, Grain.QUARTER, Grain.YEAR})  # for every area; days and weeks where watched


@dataclass(frozen=True)
class Risk:
    """A process figure that is off plan, of the same area and period as the result that it leads to."""

    metric: Metric
    figure: Figure

    def __str__(self) -> str:
        return str(self.metric.label)


def at_risk(spots: Collection[Spot], grain: Grain, *, today: date) -> dict[Spot, tuple[Risk, ...]]:
    """Of results, those that a red process puts at risk, with these; ask for the green ones.

    From months up one query over kept figures. Days and weeks are kept only where somebody watches just that figure,
    so theirs are computed from the days' amounts, all at once: at most ten queries, however many are asked for.
    """
    return kept_at_risk(spots, grain) if grain in KEPT else _computed(spots, grain, today)


def processes_by_result() -> dict[int, tuple[Metric, ...]]:
    """Which processes each result names, by the result's id, without those put away. One query."""
    named: dict[int, list[Metric]] = {}
    found = MetricProcess.objects.filter(process__archived_at__isnull=True, process__kind=Kind.PROCESS)
    for one in found.select_related("process").order_by("process__position", "process__code"):
        named.setdefault(one.result_id, []).append(one.process)
    return {result: tuple(processes) for result, processes in named.items()}


def risks_among(
    figures: Mapping[int, Figure], named: Mapping[int, Iterable[Metric]]
) -> dict[int, tuple[Risk, ...]]:
    """Of figures of one area and period by metric id: the green results at risk, with what puts them there."""
    found = {
        result: tuple(
            Risk(process, figures[process.pk])
            for process in processes
            if process.pk in figures and figures[process.pk].status == Status.RED
        )
        for result, processes in named.items()
        if result in figures and figures[result].status == Status.GREEN
    }
    return {result: risks for result, risks in found.items() if risks}


_COLUMNS = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
_KEPT = f"""
    SELECT process.*, asked.scope_id AS at_scope, asked.metric_id AS at_result, asked.start AS at_start,
        {", ".join(f"reading.{column} AS at_{column}" for column in _COLUMNS)}
    FROM unnest(%(scopes)s::bigint[], %(results)s::bigint[], %(starts)s::date[])
        AS asked(scope_id, metric_id, start)
    JOIN kpis_metricprocess AS named ON named.result_id = asked.metric_id
    JOIN kpis_metric AS process ON process.id = named.process_id
        AND process.archived_at IS NULL AND process.kind = 'process'
    JOIN kpis_reading AS reading ON reading.scope_id = asked.scope_id AND reading.grain = %(grain)s
        AND reading.start = asked.start AND reading.metric_id = process.id AND reading.status = 'red'
    ORDER BY process.position, process.code
"""  # noqa: S608 - columns of our own


def kept_at_risk(spots: Collection[Spot], grain: Grain) -> dict[Spot, tuple[Risk, ...]]:
    """Like `at_risk`, of months, quarters and years. One query."""
    if not spots:
        return {}
    scopes, results, starts = (list(part) for part in zip(*spots, strict=True))
    params = {"scopes": scopes, "results": results, "starts": starts, "grain": grain.value}
    found: dict[Spot, list[Risk]] = {}
    for process in Metric.objects.raw(_KEPT, params):
        row: Any = process  # with the columns that the query adds
        figure = Figure(*(getattr(row, f"at_{column}") for column in _COLUMNS))
        found.setdefault((row.at_scope, row.at_result, row.at_start), []).append(Risk(process, figure))
    return {spot: tuple(risks) for spot, risks in found.items()}


def _computed(spots: Collection[Spot], grain: Grain, today: date) -> dict[Spot, tuple[Risk, ...]]:
    if not spots:
        return {}
    named = processes_by_result()
    asked = [spot for spot in spots if spot[1] in named]
    processes = {process.pk: process for _scope, result, _start in asked for process in named[result]}
    figures = figures_of_spots(
        {(scope, start) for scope, _result, start in asked},
        grain=grain,
        metrics=list(processes.values()),
        today=today,
    )
    found = {
        (scope, result, start): tuple(
            Risk(process, figure)
            for process in named[result]
            if (figure := figures.get((scope, start, process.pk), NO_FIGURE)).status == Status.RED
        )
        for scope, result, start in asked
    }
    return {spot: risks for spot, risks in found.items() if risks}
