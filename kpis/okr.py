"""Objectives and key results: grades, where they should be by now, and who supports whom. Pure.

Grade = (value − baseline) / (target − baseline), kept as it comes out: under 0 and over 1, too. At closing an
aspirational one is green from 0.7 and yellow from 0.4; a committed one needs 1.0. Source: formulas.md (OKR).

During the quarter the light goes by pace, like any other: what adds up over time owes its share of the target by now,
a ratio or a stock owes all of it at once, what is checked in by hand moves from baseline to target day by day, and of
milestones those whose day has passed are due.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import TypeVar

from kpis.scoring import Bands, Score, light, score

ZERO, ONE = Decimal(0), Decimal(1)
GREEN_FROM, YELLOW_FROM = Decimal("0.7"), Decimal("0.4")
CAP = Decimal(
    "1.2"
)  # of one key result's attainment in its objective's light: none makes up for all the others
_PLACES = Decimal("1e-12")  # thirds of thirds come back to the whole they are of
Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True)
class Stand:
    """Where something stands. `progress` and `due` are grades: 1 is the target; None where there is no value.

    `score` is how it does against what is due by now, `status` the light that follows.
    """

    value: Decimal | None
    progress: Decimal | None
    due: Decimal | None
    score: Score
    status: str

    @property
    def reason(self) -> str:
        """Which of the greys."""
        return "no_data" if self.progress is None else "few"


NOWHERE = Stand(None, None, None, Score(None, None), "grey")


# -- Grades -----------------------------------------------------------------------------------------


def grade(value: Decimal, baseline: Decimal, target: Decimal) -> Decimal:
    """How much of the way was gone. Raises ValueError where there is no way: the target is the baseline."""
    if target == baseline:
        raise ValueError("The target is the baseline, so nothing can be graded.")
    with localcontext() as context:
        context.prec = 60
        return ((value - baseline) / (target - baseline)).quantize(_PLACES).normalize() + ZERO


def weighted(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Σ weight · grade ÷ Σ weight. Raises ValueError for a negative weight, and where all weights together are 0."""
    if any(weight < 0 for weight, _grade in parts):
        raise ValueError("A weight is not negative.")
    total = sum((weight for weight, _grade in parts), ZERO)
    if total == 0:
        raise ValueError("The weights add up to 0.")
    with localcontext() as context:
        context.prec = 60
        summed = sum((weight * part for weight, part in parts), ZERO)
        return (summed / total).quantize(_PLACES).normalize() + ZERO


def verdict(grade: Decimal, *, committed: bool) -> str:
    """The light of a grade at closing."""
    if committed:
        return "green" if grade >= ONE else "red"
    if grade >= GREEN_FROM:
        return "green"
    return "yellow" if grade >= YELLOW_FROM else "red"


def shown(grade: Decimal | None) -> str:
    """0.0 to 1.0, rounded down: what misses its green never reads as if it had it."""
    if grade is None:
        return "—"
    held = min(max(grade, ZERO), ONE)
    return str(held.quantize(Decimal("0.1"), rounding=ROUND_FLOOR))


# -- Pace -------------------------------------------------------------------------------------------


def elapsed(first: date, last: date, through: date) -> Decimal:
    """The share of the days from `first` to `last` that are over once `through` is, from 0 to 1."""
    days = (last - first).days + 1
    gone = min(max((through - first).days + 1, 0), days)
    return Decimal(gone) / Decimal(days)


def direction(baseline: Decimal, target: Decimal) -> str:
    """What is better follows from where it begins and where it is to end."""
    return "higher" if target > baseline else "lower"


def by_hand(value: Decimal | None, baseline: Decimal, target: Decimal, *, share: Decimal) -> Stand:
    """Checked in: it moves from baseline to target as the quarter goes, of which `share` is over."""
    if value is None:
        return Stand(None, None, share, Score(None, None), "grey")
    progress = grade(value, baseline, target)
    return _judged(value, progress, share)


def by_metric(
    value: Decimal | None,
    baseline: Decimal,
    target: Decimal,
    *,
    share: Decimal,
    adds_up: bool,
    bands: Bands | None = None,
    few: bool = False,
) -> Stand:
    """Tied to a figure of the quarter; of one that adds up, `value` is what has come together so far.

    Such a one owes `share` of its target, and its progress counts from the same share of its baseline, which is what
    would have come by now had nothing been better: else last quarter's revenue as a baseline would mean no progress
    until the last weeks. What rests on too `few` shows no light, and counts as it stands. At the quarter's end both are as `grade` says. Anything else is due in full at once.
    """
    due = share if adds_up else ONE
    if value is None:
        return Stand(None, None, due, Score(None, None), "grey")
    with localcontext() as context:
        context.prec = 60
        begins, expected = (baseline * due, target * due)
        progress = grade(value - begins + baseline, baseline, target)
    judged = bands or Bands()
    result = score(value=value, expected=expected, direction=direction(baseline, target), bands=judged)
    return Stand(value, progress, due, result, "grey" if few else light(result, judged))


@dataclass(frozen=True)
class Step:
    """A milestone: its weight, whether it is reached, and the day by whose end it is due."""

    weight: Decimal
    done: bool
    due_on: date


def by_milestones(steps: Sequence[Step], *, through: date) -> Stand:
    """The share that is reached, against the share whose day is over once `through` is."""
    if not steps:
        return NOWHERE
    progress = weighted([(step.weight, ONE if step.done else ZERO) for step in steps])
    due = weighted([(step.weight, ONE if step.due_on <= through else ZERO) for step in steps])
    return _judged(progress, progress, due)


def objective(parts: Sequence[tuple[Decimal, Stand]]) -> Stand:
    """Of key results with their weights: progress and what is due are weighted; so is the attainment that the light
    goes by, each held between 0 and 1.2. One without a value counts as 0; where none has one, there is no light.
    """
    if not parts:
        return NOWHERE
    due = weighted([(weight, stand.due if stand.due is not None else ZERO) for weight, stand in parts])
    if all(stand.progress is None for _weight, stand in parts):
        return Stand(None, None, due, Score(None, None), "grey")
    progress = weighted([(weight, stand.progress or ZERO) for weight, stand in parts])
    attained = weighted([(weight, _held(stand.score)) for weight, stand in parts])
    result = Score(attained, attained >= ONE)
    return Stand(progress, progress, due, result, light(result, Bands()))


def _judged(value: Decimal, progress: Decimal, due: Decimal) -> Stand:
    result = score(value=progress, expected=due, direction="higher", bands=Bands())
    return Stand(value, progress, due, result, light(result, Bands()))


def _held(result: Score) -> Decimal:
    if result.attainment is None:
        return ONE if result.met else ZERO
    return min(max(result.attainment, ZERO), CAP)


# -- Check-ins --------------------------------------------------------------------------------------


def week_of(day: date) -> date:
    """The Monday of the day's week, by which check-ins are kept."""
    return day - timedelta(days=day.weekday())


def is_missed(*, newest: date | None, since: date, last: date, today: date) -> bool:
    """Whether the week before this one passed without a check-in, and none has come since.

    `newest` is the Monday of the newest check-in's week. Asked for is each whole week after `since` until the quarter's
    `last` day.
    """
    before = week_of(today) - timedelta(days=7)
    if not since <= before <= last:
        return False
    return newest is None or newest < before


# -- Alignment --------------------------------------------------------------------------------------


def ring(one: Id, above: Id, supports: Mapping[Id, Id | None]) -> list[Id]:
    """The ring that would come about if `one` supported `above`: from `above` upwards until `one`; [] for none.

    `supports` says of each what it supports now.
    """
    way: list[Id] = []
    at: Id | None = above
    seen: set[Id] = set()
    while at is not None and at not in seen:
        way.append(at)
        if at == one:
            return way
        seen.add(at)
        at = supports.get(at)
    return []


def orphans(supports: Mapping[Id, Id | None], top: set[Id]) -> set[Id]:
    """Those that support nothing although they are not at the top."""
    return {one for one, above in supports.items() if above is None and one not in top}
