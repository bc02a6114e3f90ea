"""Holding targets against history, benchmark, budget and capacity, and keeping what speaks against them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from common.periods import Grain, add_months
from kpis.models import Benchmark, Metric, Reading, Target, TargetWarning
from kpis.smart import Past, doubts
from organization.models import NodeAncestor, Person, Scope
from organization.services import record

COST, REVENUE = "cost", "revenue"
LONGEST_ANSWER = 1000
BEFORE = 24  # months that are looked at
Values = Mapping[tuple[int, int, date], Decimal]


@transaction.atomic
def keep_doubts(*, targets: Sequence[Target]) -> list[TargetWarning]:
    """Finds what speaks against these month targets, and keeps it with them. A handful of queries for any number."""
    asked = [one for one in targets if one.value is not None and one.grain == Grain.MONTH]
    if not asked:
        return []
    pasts = _pasts(asked)
    return TargetWarning.objects.bulk_create(
        TargetWarning(target=target, code=warned.doubt.value, figures=dict(warned.figures))
        for target in asked
        for warned in doubts(
            target.value or Decimal(0),
            pasts[target.pk],
            additive=target.metric.additive,
            direction=target.metric.direction,
        )
    )


@transaction.atomic
def answer_doubt(*, warning: TargetWarning, answer: str, person: Person) -> TargetWarning:
    """Keeps what somebody who may set the target says to a warning; an empty answer takes it back."""
    warning.answer = answer
    warning.answered_at = timezone.now() if answer else None
    warning.answered_by = person if answer else None
    warning.save(update_fields=["answer", "answered_at", "answered_by"])
    target = warning.target
    record(
        action="target.answer",
        subject=f"{target.metric.code} {target.scope.key} {target.start:%Y-%m}",
        person=person,
        answer=answer,
    )
    return warning


def _pasts(targets: Sequence[Target]) -> dict[int, Past]:
    metrics = {one.metric_id: one.metric for one in targets}
    known = {one.code: one for one in Metric.objects.filter(code__in=(COST, REVENUE))}
    scope_ids = {one.scope_id for one in targets}
    metric_ids = set(metrics) | {one.pk for one in known.values()}
    first, last = min(one.start for one in targets), max(one.start for one in targets)
    values = {
        (scope, metric, start): value
        for scope, metric, start, value in Reading.objects.filter(
            scope__in=scope_ids,
            metric__in=metric_ids,
            grain=Grain.MONTH,
            start__range=(add_months(first, -BEFORE), last),
            value__isnull=False,
        ).values_list("scope_id", "metric_id", "start", "value")
        if value is not None
    }
    costs = _planned_costs(scope_ids, known.get(COST), (first, last))
    benchmarks = _benchmarks(targets)
    through = {key[:2]: start for key in sorted(values) for start in [key[2]]}
    found = {}
    for target in targets:
        best = _best(values, target, through.get((target.scope_id, target.metric_id)))
        benchmark = benchmarks.get(target.pk)
        is_revenue = REVENUE in target.metric.numerator and target.metric.additive and COST in known
        found[target.pk] = Past(
            last_year=values.get((target.scope_id, target.metric_id, add_months(target.start, -12))),
            best=best[0] if best else None,
            best_month=f"{best[1]:%Y-%m}" if best else "",
            benchmark=benchmark.value if benchmark else None,
            benchmark_source=benchmark.source if benchmark else "",
            planned_cost=costs.get((target.scope_id, target.start)) if is_revenue else None,
            return_on_cost=_return(values, target, known) if is_revenue else None,
        )
    return found


def _best(values: Values, target: Target, through: date | None) -> tuple[Decimal, date] | None:
    """The best whole month of the last 24 before the target's that are known; the running month is not whole."""
    months = [
        (value, start)
        for step in range(1, BEFORE + 1)
        for start in [add_months(target.start, -step)]
        for value in [values.get((target.scope_id, target.metric_id, start))]
        if value is not None and start != through
    ]
    if not months:
        return None
    return min(months) if target.metric.direction == "lower" else max(months)


def _return(values: Values, target: Target, known: Mapping[str, Metric]) -> Decimal | None:
    """Revenue ÷ cost of the twelve months before the target's of which both are known."""
    revenue = cost = Decimal(0)
    for step in range(1, 13):
        start = add_months(target.start, -step)
        earned = values.get((target.scope_id, target.metric_id, start))
        spent = values.get((target.scope_id, known[COST].pk, start))
        if earned is not None and spent is not None:
            revenue, cost = revenue + earned, cost + spent
    return revenue / cost if cost > 0 else None


def _planned_costs(
    scope_ids: Iterable[int], cost: Metric | None, span: tuple[date, date]
) -> dict[tuple[int, date], Decimal]:
    if cost is None:
        return {}
    rows = Target.objects.filter(
        scope__in=scope_ids, metric=cost, grain=Grain.MONTH, start__range=span,
        superseded_at__isnull=True, value__isnull=False,
    )  # fmt: skip
    return {(one.scope_id, one.start): one.value for one in rows if one.value is not None}


def _benchmarks(targets: Sequence[Target]) -> dict[int, Benchmark]:
    """The nearest benchmark for each target: of the area itself, else of what it lies below, else of the company."""
    rows = list(
        Benchmark.objects.filter(
            metric__in={one.metric_id for one in targets}, first_day__lte=max(one.start for one in targets)
        )
        .select_related("scope")
        .order_by("first_day")
    )
    if not rows:
        return {}
    nodes = {pk for one in targets for pk in one.scope.node_ids().values()}
    above: dict[int, set[int]] = defaultdict(set)
    for node, ancestor in NodeAncestor.objects.filter(node__in=nodes).values_list("node_id", "ancestor_id"):
        above[node].add(ancestor)
    found: dict[int, Benchmark] = {}
    for target in targets:
        reached = {pk for node in target.scope.node_ids().values() for pk in above[node]}
        fits = [
            row
            for row in rows
            if row.metric_id == target.metric_id
            and row.first_day <= target.start
            and set(row.scope.node_ids().values()) <= reached
        ]
        if fits:
            found[target.pk] = max(fits, key=lambda row: (_depth(row.scope, target), row.first_day))
    return found


def _depth(scope: Scope, target: Target) -> int:
    """How near a benchmark's area is: the area itself before what lies above it, the company last."""
    if scope.pk == target.scope_id:
        return 100
    return len(scope.key) if not scope.is_company else 0
