"""Results beside the processes that lead to them, of one area in one period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboards.selectors.catalog import Catalog
from dashboards.selectors.frame import Frame
from dashboards.selectors.shapes import RANK
from dashboards.selectors.watched import Watched, watched
from kpis.models import Kind, Metric
from kpis.selectors import Figure
from kpis.selectors.at_risk import Risk, processes_by_result, risks_among

OFF = ("red", "yellow")


@dataclass(frozen=True)
class Step:
    """A figure as it stands; `results`: what rests on it, of a process."""

    metric: Metric
    figure: Figure
    results: tuple[Metric, ...] = ()

    @property
    def is_off(self) -> bool:
        return self.figure.status in OFF

    @property
    def badness(self) -> tuple[int, Decimal, int]:
        far = self.figure.attainment if self.figure.attainment is not None else Decimal(9)
        return RANK[self.figure.status], far, self.metric.position


@dataclass(frozen=True)
class Result:
    """What leads to it, what is off plan first. `risks`: while it is on plan, what puts it at risk."""

    own: Step
    processes: tuple[Step, ...]
    risks: tuple[Risk, ...]

    @property
    def badness(self) -> tuple[int, int, int]:
        worst = min((RANK[one.figure.status] for one in self.processes), default=RANK["grey"])
        return worst, RANK[self.own.figure.status], self.own.metric.position


@dataclass(frozen=True)
class Monitor:
    """`processes`: each once, worst first; `alone`: those that no result here rests on."""

    frame: Frame
    watched: Watched
    results: tuple[Result, ...]
    processes: tuple[Step, ...]
    alone: tuple[Step, ...]

    @property
    def judged(self) -> tuple[Step, ...]:
        return tuple(one for one in self.processes if one.figure.status != "grey")

    @property
    def off(self) -> tuple[Step, ...]:
        return tuple(one for one in self.processes if one.is_off)

    @property
    def through(self) -> date | None:
        days = [one.through for one in self.watched.figures.values() if one.through and one.value is not None]
        return min(days, default=None)


def monitor(frame: Frame, *, catalog: Catalog, today: date) -> Monitor:
    """Three queries where figures are kept, and some more while the period is under way."""
    named = {
        result: processes
        for result, processes in processes_by_result().items()
        if any(metric.pk == result and metric.kind == Kind.RESULT for metric in catalog.metrics.values())
    }
    leading = {process.code for processes in named.values() for process in processes}
    codes = [
        code
        for code, metric in catalog.metrics.items()
        if metric.pk in named or code in leading or metric.kind == Kind.PROCESS
    ]
    seen = watched(frame.area, frame.period, codes, catalog=catalog, today=today)
    results = [
        _result(metric, named[metric.pk], seen) for metric in seen.metrics.values() if metric.pk in named
    ]
    risks = risks_among(
        {seen.metrics[code].pk: figure for code, figure in seen.figures.items()},
        named,
    )
    shown = [
        Result(own, processes, risks.get(own.metric.pk, ()))
        for own, processes in results
        if _known(own.figure) or any(one.is_off for one in processes)
    ]
    rests: dict[str, list[Metric]] = {}
    for one in shown:
        for step in one.processes:
            rests.setdefault(step.metric.code, []).append(one.own.metric)
    processes = [
        Step(metric, seen.figure(code), tuple(rests.get(code, ())))
        for code, metric in seen.metrics.items()
        if metric.kind == Kind.PROCESS and _known(seen.figure(code))
    ]
    processes.sort(key=lambda one: one.badness)
    return Monitor(
        frame=frame,
        watched=seen,
        results=tuple(sorted(shown, key=lambda one: one.badness)),
        processes=tuple(processes),
        alone=tuple(one for one in processes if not one.results),
    )


def _result(metric: Metric, named: tuple[Metric, ...], seen: Watched) -> tuple[Step, tuple[Step, ...]]:
    steps = [Step(one, seen.figure(one.code)) for one in named if _known(seen.figure(one.code))]
    return Step(metric, seen.figure(metric.code)), tuple(sorted(steps, key=lambda one: one.badness))


def _known(figure: Figure) -> bool:
    return figure.value is not None or figure.target is not None
