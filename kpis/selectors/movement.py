"""Why did it move: the change of a metric on an area between two states, by its parts, and by volume, rate and mix.

One service for calibrations, alerts and cockpits. Arithmetic: `kpis.change`; sentences: `kpis.movement_words`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from common.periods import Period
from kpis import change
from kpis.change import Change, Pair, Said
from kpis.figures import Look
from kpis.formulas import Formula
from kpis.models import Measure, Metric
from kpis.selectors.cells import Nodes
from kpis.selectors.segments import Days, Division, adds_up, divisions, looked_through, segments
from kpis.selectors.states import DRIVERS, OTHERS, States, folded, pair_of, value_of, with_plan
from organization.models import CalendarEvent, Node, Person
from organization.selectors import scope_key

CAUSES = 3
NEAR = timedelta(days=7)  # an event so long before still has its effect


class Against(StrEnum):
    """The state before."""

    LAST_PERIOD = "last_period"
    LAST_YEAR = "last_year"
    EXPECTED = "expected"  # what was due by now


@dataclass(frozen=True)
class Moved:
    """A part of the change. `node` None: what nobody split (REST), or what is not hers to see (OTHERS)."""

    part: change.Part
    node: Node | None = None
    key: str = ""  # of the area that it is, where it is one

    @property
    def others(self) -> bool:
        return self.part.key == OTHERS


@dataclass(frozen=True)
class Split:
    """The change by one dimension; the effects of its parts add up to it.

    Against the plan, `planned` says that parts are held against targets of their own; else the plan was laid over them
    in the proportions of `Movement.beside`, since it does not say how they should stand.
    """

    dimension: str
    change: Change
    parts: tuple[Moved, ...]
    planned: bool = False


@dataclass(frozen=True)
class NearEvent:
    """`now`: in the days looked at, or shortly before; else in those beside them."""

    name: str
    first_day: date
    last_day: date
    now: bool


@dataclass(frozen=True)
class Movement:
    """`days` are those looked at (None: none yet), `beside` as many of the period that they are held against; against
    the plan, of the period whose proportions it was laid over.

    `before` or `after` None: no value, so there is no change. `told` has volume, rate and mix of the whole change,
    where they can be told. `causes` are the biggest parts of `main`, the split that says most; those that went the way
    of the change come first.
    """

    metric: Metric
    nodes: Nodes
    period: Period
    against: Against
    compared: Period
    days: Days | None = None
    beside: Days | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    splits: tuple[Split, ...] = ()
    main: Split | None = None
    causes: tuple[Moved, ...] = ()
    told: Change | None = None
    volume: Measure | None = None
    rate: Metric | None = None
    events: tuple[NearEvent, ...] = ()

    @property
    def change(self) -> Decimal | None:
        if self.before is None or self.after is None:
            return None
        return change.exact_sum([self.after, -self.before])

    @property
    def area(self) -> str:
        return scope_key(self.nodes)

    @property
    def partial(self) -> bool:
        """Whether the period is looked at only in part."""
        return self.days is not None and self.days[1] < self.period.end


def why(
    *,
    person: Person | None,
    metric: Metric,
    nodes: Nodes,
    period: Period,
    against: Against = Against.LAST_PERIOD,
    look: Look,
) -> Movement:
    """Why the metric moved on an area that is hers to see: the caller has passed the gate. `person` None: for nobody's eyes.

    Parts whose figures she may not see are folded into one, so that parts still add up and no name is told. Some
    twenty queries at most, whatever the area, all on roll-ups and kept figures.
    """
    formula = Formula.of(metric.numerator, metric.denominator, metric.scale)
    driver = DRIVERS.get(metric.code)
    known = {
        one.code: one
        for one in Measure.objects.filter(code__in=[*formula.codes, *(driver[:1] if driver else ())])
    }
    measures = list(known.values())
    compared = period.next(-1) if against == Against.LAST_PERIOD else period.last_year()
    bare = Movement(metric, nodes, period, against, compared)
    through = looked_through(nodes, (period.start, period.end), measures, look)
    if through is None:
        return bare
    days = (period.start, through)
    parts = divisions(nodes) if adds_up(measures) else []

    def read(beside: Days) -> States:
        found = segments(nodes, parts, (beside, days), measures, look)
        volume = driver[0] if driver else None
        return States(
            pair_of(formula, volume, found.whole),
            {
                dimension: {str(pk): pair_of(formula, volume, pair) for pk, pair in there.items()}
                for dimension, there in found.parts.items()
            },
        )

    beside = _same_days(period, compared, through)
    states = read(beside)
    if against == Against.EXPECTED:
        if value_of(metric, states.whole[0]) is None:
            compared = period.next(-1)
            beside = _same_days(period, compared, through)
            states = read(beside)
        after = value_of(metric, states.whole[1])
        with_due = with_plan(metric, driver, nodes, period, parts, states, look)
        if with_due is None:
            return replace(bare, days=days, after=after)
        states = with_due
    states = folded(person, nodes, states)
    whole = _explained(metric, states.whole, {})
    if whole is None:
        before, after = (value_of(metric, one) for one in states.whole)
        before = before if states.plan is None else states.plan
        return replace(bare, days=days, beside=beside, before=before, after=after)
    splits = [split for one in parts if (split := _split(metric, one, states))]
    main = _telling(splits)
    told = main.change if main is not None and main.change.rate is not None else whole
    return replace(
        bare,
        compared=compared,
        days=days,
        beside=beside,
        before=whole.before,
        after=whole.after,
        splits=tuple(splits),
        main=main,
        causes=_causes(main),
        told=told if told.rate is not None else None,
        volume=known.get(driver[0]) if driver else None,
        rate=Metric.objects.in_use().filter(code=driver[1]).first() if driver else None,
        events=_events(days, beside),
    )


def _same_days(period: Period, beside: Period, through: date) -> Days:
    """As many days of the other period as this one has had."""
    if through >= period.end:
        return beside.start, beside.end
    return beside.start, min(beside.start + (through - period.start), beside.end)


# -- What it says -------------------------------------------------------------------------------------


def _explained(metric: Metric, whole: Pair, parts: Mapping[str, Pair]) -> Change | None:
    return change.of_product(whole, parts) if metric.denominator is None else change.of_ratio(whole, parts)


def _split(metric: Metric, division: Division, states: States) -> Split | None:
    """None where no part of this dimension has a value in either state: nobody split it so."""
    pairs = states.parts.get(division.dimension, {})
    planned = division.dimension in states.planned
    whole = states.whole
    if planned and any(pair[0].base is None for pair in pairs.values()):
        # Targets of parts without their volumes: which would be guessed, so it is left at the amounts.
        whole = (Said(whole[0].amount), Said(whole[1].amount))
    found = _explained(metric, whole, pairs)
    if found is None:
        return None
    by_key = {str(pk): (node, division.keys[pk]) for pk, node in division.nodes.items()}
    moved = tuple(
        Moved(part, *by_key.get(part.key, (None, "")))
        for part in found.parts
        if part.effect or part.before is not None or part.after is not None
    )
    if not any(
        one.node is not None and (one.part.before is not None or one.part.after is not None) for one in moved
    ):
        return None
    return Split(division.dimension, found, moved, planned)


def _telling(splits: Sequence[Split]) -> Split | None:
    """The split whose biggest named part did most of the change: one that has several parts, if any has."""
    several = [one for one in splits if sum(1 for part in one.parts if part.part.effect) > 1]

    def biggest(split: Split) -> Decimal:
        return max(
            (_along(split.change, moved) for moved in split.parts if moved.node is not None),
            default=Decimal(0),
        )

    return max(several or splits, key=biggest, default=None)


def _along(found: Change, moved: Moved) -> Decimal:
    """How much of the change's own way the part went; of no change, how far it went at all."""
    sign = 1 if found.change > 0 else -1
    return sign * moved.part.effect if found.change else abs(moved.part.effect)


def _causes(main: Split | None) -> tuple[Moved, ...]:
    if main is None:
        return ()
    found = [moved for moved in main.parts if moved.part.effect]
    found.sort(key=lambda one: (_along(main.change, one) < 0, -abs(one.part.effect), one.part.key))
    return tuple(found[:CAUSES])


def _events(days: Days, beside: Days) -> tuple[NearEvent, ...]:
    """Promotions, holidays and storms in either stretch of days, and shortly before. One query."""
    windows = [(days[0] - NEAR, days[1]), (beside[0] - NEAR, beside[1])]
    rows = CalendarEvent.objects.filter(
        first_day__lte=max(last for _first, last in windows),
        last_day__gte=min(first for first, _last in windows),
    ).order_by("first_day", "pk")
    found = []
    for event in rows:
        for now, (first, last) in zip((True, False), windows, strict=True):
            if event.first_day <= last and event.last_day >= first:
                found.append(NearEvent(_(event.name), event.first_day, event.last_day, now))
                break
    return tuple(found)
