"""Where key results stand now: figures of the quarter as they are kept, the newest check-ins, milestones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from common.periods import Grain
from kpis import okr
from kpis.models import Reading
from kpis.models.okr import CheckIn, How, KeyResult, Milestone, Objective
from kpis.okr import Stand
from kpis.scoring import Bands
from kpis.selectors.at_risk import Risk, Spot, kept_at_risk


@dataclass(frozen=True)
class Facts:
    """What is known of key results, gathered at once."""

    figures: Mapping[Spot, Reading] = field(default_factory=dict)
    check_ins: Mapping[int, Sequence[CheckIn]] = field(default_factory=dict)  # the newest week first
    milestones: Mapping[int, Sequence[Milestone]] = field(default_factory=dict)
    risks: Mapping[Spot, tuple[Risk, ...]] = field(default_factory=dict)

    def newest(self, key_result: KeyResult) -> CheckIn | None:
        return next(iter(self.check_ins.get(key_result.pk, ())), None)


def gather(key_results: Sequence[KeyResult], *, history: bool = False) -> Facts:
    """At most four queries; with `history` all check-ins that hold, else each key result's newest alone.

    `objective` must be at hand in each.
    """
    tied = [one for one in key_results if one.how == How.METRIC]
    figures = readings(
        {(one.scope_id or 0, one.metric_id or 0, one.objective.start) for one in tied}, Grain.QUARTER
    )
    ids = [one.pk for one in key_results]
    said = CheckIn.objects.filter(key_result__in=ids, superseded_at__isnull=True).select_related("by")
    said = said.order_by("key_result", "-week")
    check_ins: dict[int, list[CheckIn]] = {}
    for one in said if history else said.distinct("key_result"):
        check_ins.setdefault(one.key_result_id, []).append(one)
    milestones: dict[int, list[Milestone]] = {}
    stepped = [one.pk for one in key_results if one.how == How.MILESTONES]
    for milestone in (
        Milestone.objects.filter(key_result__in=stepped).select_related("done_by").order_by("due_on", "pk")
    ):
        milestones.setdefault(milestone.key_result_id, []).append(milestone)
    return Facts(figures, check_ins, milestones, kept_at_risk(figures, Grain.QUARTER))


def readings(spots: Collection[Spot], grain: Grain) -> dict[Spot, Reading]:
    """The kept figures of these areas, metrics and periods. One query."""
    if not spots:
        return {}
    scopes, metrics, starts = (set(part) for part in zip(*spots, strict=True))
    found = Reading.objects.filter(
        Q(scope_id__in=scopes, metric_id__in=metrics, start__in=starts), grain=grain.value
    )
    by_spot = {(one.scope_id, one.metric_id, one.start): one for one in found}
    return {spot: by_spot[spot] for spot in spots if spot in by_spot}


def stand_of(key_result: KeyResult, facts: Facts, *, today: date) -> Stand:
    """Where it stands this morning: days up to yesterday are over."""
    objective, through = key_result.objective, today - timedelta(days=1)
    if key_result.how == How.MILESTONES:
        steps = [
            okr.Step(one.weight, one.done_at is not None, one.due_on)
            for one in facts.milestones.get(key_result.pk, ())
        ]
        return okr.by_milestones(steps, through=through)
    share = okr.elapsed(objective.start, objective.last_day, through)
    if key_result.how == How.MANUAL:
        newest = facts.newest(key_result)
        value = newest.value if newest is not None else None
        return okr.by_hand(value, key_result.baseline, key_result.target, share=share)
    metric = key_result.metric
    assert metric is not None
    reading = figure_of(key_result, facts)
    return okr.by_metric(
        reading.value if reading is not None else None,
        key_result.baseline,
        key_result.target,
        share=_share(reading, objective) if reading is not None else share,
        adds_up=metric.additive,
        bands=Bands(metric.green_from, metric.yellow_from),
        few=reading is not None and reading.few,
    )


def figure_of(key_result: KeyResult, facts: Facts) -> Reading | None:
    """The quarter's figure that it is tied to; None where nothing is kept of it."""
    return facts.figures.get(
        (key_result.scope_id or 0, key_result.metric_id or 0, key_result.objective.start)
    )


def risks_of(key_result: KeyResult, facts: Facts) -> tuple[Risk, ...]:
    """What leads to that figure and is off plan."""
    figure = figure_of(key_result, facts)
    return () if figure is None else facts.risks.get((figure.scope_id, figure.metric_id, figure.start), ())


def _share(reading: Reading, objective: Objective) -> Decimal:
    """How much of the quarter is due by the day that the figure looks at: by the shape of its own plan, else by days."""
    if reading.target and reading.expected is not None:
        share = Decimal(reading.expected) / Decimal(reading.target)
        if 0 <= share <= 1:
            return share
    if reading.through is None:
        return Decimal(0)
    return okr.elapsed(objective.start, objective.last_day, reading.through)


def stand_of_objective(key_results: Iterable[tuple[KeyResult, Stand]]) -> Stand:
    return okr.objective([(one.weight, stand) for one, stand in key_results])


def graded(key_result: KeyResult, value: Decimal | None) -> Decimal | None:
    """The grade of what it came to, of the whole way and not of what is due; None without a value."""
    return None if value is None else okr.grade(value, key_result.baseline, key_result.target)


def total_of(grades: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """The grade of an objective whose key results have these, each with its weight: one without counts as 0."""
    if not grades:
        return None
    return okr.weighted([(weight, grade if grade is not None else okr.ZERO) for weight, grade in grades])
