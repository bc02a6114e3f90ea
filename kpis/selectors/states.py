"""The two states that a movement lies between: amounts, and what they are divided by, of an area and its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from common.periods import Period
from kpis import change
from kpis.change import Pair, Said
from kpis.figures import Look
from kpis.formulas import Formula
from kpis.models import Metric, Reading
from kpis.selectors.cells import Amounts, Nodes
from kpis.selectors.figures import figure, scope_id_of
from kpis.selectors.segments import Division
from organization.gate import Reach
from organization.models import NodeAncestor, Person
from organization.selectors import scope_key

OTHERS = "*"  # parts that are not hers to see, folded into one

# What an amount is the volume of, and the ratio that is its rate: revenue = orders × order value.
DRIVERS = {
    "revenue": ("orders", "order_value"),
    "cost": ("clicks", "cpc"),
    "orders": ("clicks", "conversion_rate"),
    "clicks": ("impressions", "ctr"),
}


@dataclass(frozen=True)
class States:
    """The whole, and its parts by dimension and node's id (as text), before and after."""

    whole: Pair
    parts: Mapping[str, Mapping[str, Pair]]
    plan: Decimal | None = None  # what was due, where that is the state before
    planned: frozenset[str] = frozenset()  # dimensions whose parts have targets of their own


def pair_of(formula: Formula, volume: str | None, found: tuple[Amounts, Amounts]) -> Pair:
    before, after = (_said(formula, volume, amounts) for amounts in found)
    return before, after


def _said(formula: Formula, volume: str | None, amounts: Amounts) -> Said:
    """Scale × numerator, and the denominator, or the volume of what adds up. None where a measure is missing."""
    above = Formula(formula.numerator, None, formula.scale).value(amounts)
    if formula.denominator is not None:
        return Said(above, Formula(formula.denominator).value(amounts))
    return Said(above, amounts.get(volume) if volume else None)


def value_of(metric: Metric, said: Said) -> Decimal | None:
    if metric.denominator is None:
        return said.amount
    return said.amount / said.base if said.amount is not None and said.base else None


def with_plan(
    metric: Metric,
    driver: tuple[str, str] | None,
    nodes: Nodes,
    period: Period,
    parts: Sequence[Division],
    states: States,
    look: Look,
) -> States | None:
    """With what was due by now in place of what was before. None where the area has no target. At most nine queries."""
    own = scope_key(nodes)
    wanted = [metric.code, *(driver[:1] if driver else ())]
    rows = Reading.objects.filter(
        scope__key__in=[own, *(key for one in parts for key in one.keys.values())],
        metric__code__in=wanted,
        grain=period.grain.value,
        start=period.start,
        expected__isnull=False,
    ).values_list("scope__key", "metric__code", "expected")
    due = {
        (key, code): change.rounded(expected, change.PLACES)
        for key, code, expected in rows
        if expected is not None
    }
    if (own, metric.code) not in due and scope_id_of(nodes):  # days and weeks are not kept everywhere
        expected = figure(metric=metric, nodes=nodes, period=period, look=look).expected
        if expected is not None:
            due[own, metric.code] = change.rounded(expected, change.PLACES)
    plan = due.get((own, metric.code))
    if plan is None:
        return None
    before, after = states.whole
    if metric.denominator is not None:
        # Rates all raised alike, shares as they were: the whole then has the planned ratio.
        base = before.base
        goal = Said(None if base is None else change.rounded(plan * base, change.PLACES), base)
    else:
        goal = Said(plan, due.get((own, driver[0])) if driver else None)
        if goal.base is None and before.amount and before.base is not None:
            goal = replace(goal, base=change.rounded(plan / before.amount * before.base, change.PLACES))
    laid: dict[str, Mapping[str, Pair]] = {}
    planned = set()
    for one in parts:
        keys = {str(pk): key for pk, key in one.keys.items()}
        pairs = states.parts.get(one.dimension, {})
        aims = {
            pk: Said(due[key, metric.code], due.get((key, driver[0])) if driver else None)
            for pk, key in keys.items()
            if (key, metric.code) in due
        }
        if aims and metric.denominator is None:
            planned.add(one.dimension)
            laid[one.dimension] = {pk: (aim, pairs.get(pk, (aim, Said()))[1]) for pk, aim in aims.items()}
        elif goal.amount is not None:
            laid[one.dimension] = _laid(goal, before, pairs)
    return States((goal, after), laid, plan, frozenset(planned))


def _laid(goal: Said, before: Said, pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """The plan of the whole laid over the parts as they stood before."""
    assert goal.amount is not None
    amounts = change.laid_over(goal.amount, before.amount, {pk: one[0].amount for pk, one in pairs.items()})
    bases = {pk: one[0].base for pk, one in pairs.items()}
    if goal.base is not None:
        bases = change.laid_over(goal.base, before.base, bases)
    return {pk: (Said(amounts[pk], bases[pk]), pair[1]) for pk, pair in pairs.items()}


def folded(person: Person | None, nodes: Nodes, states: States) -> States:
    """With the parts that are not hers to see as one. Two queries; none for nobody's eyes."""
    if person is None:
        return states
    reach = Reach(person)
    above: dict[str, list[int]] = {}
    if nodes:
        rows = NodeAncestor.objects.filter(node__in=list(nodes.values())).values_list(
            "ancestor__dimension", "ancestor_id"
        )
        for dimension, pk in rows:
            above.setdefault(dimension, []).append(pk)
    seen = {}
    for dimension, pairs in states.parts.items():
        hidden = {
            pk for pk in pairs if not reach.covers({**above, dimension: [*above.get(dimension, ()), int(pk)]})
        }
        shown = {pk: pair for pk, pair in pairs.items() if pk not in hidden}
        if hidden:
            before, after = (change.together(pairs[pk][state] for pk in hidden) for state in (0, 1))
            shown[OTHERS] = (before, after)
        seen[dimension] = shown
    return replace(states, parts=seen)
