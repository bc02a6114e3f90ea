"""Does a figure break a rule, and how badly? Pure: a figure and the rule's tiers in, an outcome with its reason out.

A tier's condition is kept as typed JSON, `{"kind": "attainment", "below": "0.85"}`, so that a new kind of condition
is a new class here and no new column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Any


class Level(IntEnum):
    """How bad. NONE is no tier at all."""

    NONE = 0
    WATCH = 1
    WARNING = 2
    CRITICAL = 3


class Result(StrEnum):
    CLEAR = "clear"  # no condition holds, margin included
    NEAR = "near"  # no condition holds, but one would within the margin
    BREACH = "breach"
    NO_DATA = "no-data"
    ERROR = "error"


class Why(StrEnum):
    """The reason of an outcome."""

    BELOW = "below"
    WITHIN_MARGIN = "within-margin"
    ON_PLAN = "on-plan"
    NO_FIGURE = "no-figure"  # nothing was published for the period
    NOTHING_TO_JUDGE = "nothing-to-judge"  # grey: no value, or no target
    NO_NUMBER = "no-number"  # met or not, but no attainment (nothing was expected yet, or a zero)
    ESTIMATED = "estimated"  # days spread from a coarser source are not counted
    BAD_CONDITION = "bad-condition"


class ConditionError(ValueError):
    """A stored condition that is not understood."""


@dataclass(frozen=True)
class Figure:
    """What a rule looks at: one metric on one area for one period. `attainment` is a ratio, 1 is on plan."""

    start: date
    value: Decimal | None = None
    target: Decimal | None = None
    expected: Decimal | None = None
    attainment: Decimal | None = None
    status: str = "grey"
    through: date | None = None
    estimated: bool = False


@dataclass(frozen=True)
class Attainment:
    """Holds where attainment is under `below` (a ratio); exactly on it does not hold."""

    below: Decimal
    kind: str = "attainment"

    def holds(self, figure: Figure, *, margin: Decimal = Decimal(0)) -> bool:
        return figure.attainment is not None and figure.attainment < self.below + margin

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind, "below": format(self.below.normalize(), "f")}


def parse(condition: Mapping[str, Any]) -> Attainment:
    """Reads the stored form. Raises ConditionError."""
    if condition.get("kind") != "attainment":
        raise ConditionError(f"There is no condition of the kind {condition.get('kind')!r}.")
    try:
        below = Decimal(str(condition["below"]))
    except (KeyError, InvalidOperation):
        raise ConditionError("An attainment condition needs a number `below`.") from None
    if not below.is_finite():
        raise ConditionError("An attainment condition needs a finite number `below`.")
    return Attainment(below)


@dataclass(frozen=True)
class Tier:
    """`periods`: how many periods in a row the condition must hold before the tier counts."""

    level: Level
    condition: Attainment
    periods: int = 1


@dataclass(frozen=True)
class Terms:
    """A rule as the pure modules see it.

    `margin` is how far past a threshold a figure must come to count as better (0.02 is two points of attainment);
    `keep` how many periods in a row it must be clear before the alert ends.
    """

    tiers: tuple[Tier, ...]
    margin: Decimal = Decimal(0)
    keep: int = 1
    skip_estimated: bool = False

    def threshold(self, level: int) -> Decimal | None:
        """Of the tier, as a ratio; None where the rule has no such tier."""
        return next((tier.condition.below for tier in self.tiers if tier.level == level), None)

    @property
    def longest(self) -> int:
        """How many periods back matter."""
        return max([self.keep, *(tier.periods for tier in self.tiers)])


@dataclass(frozen=True)
class Outcome:
    """`level` is the worst tier whose condition holds, `near` the worst that would hold within the margin."""

    result: Result
    reason: Why
    period: date | None
    level: Level = Level.NONE
    near: Level = Level.NONE

    def __post_init__(self) -> None:
        if self.near < self.level:
            raise ValueError("What holds, holds within the margin too.")


def judge(figure: Figure | None, terms: Terms) -> Outcome:
    """The outcome of looking once. No number is no data: it neither opens nor ends an alert."""
    if figure is None:
        return Outcome(Result.NO_DATA, Why.NO_FIGURE, None)
    if figure.status == "grey":
        return Outcome(Result.NO_DATA, Why.NOTHING_TO_JUDGE, figure.start)
    if figure.attainment is None:
        return Outcome(Result.NO_DATA, Why.NO_NUMBER, figure.start)
    if terms.skip_estimated and figure.estimated:
        return Outcome(Result.NO_DATA, Why.ESTIMATED, figure.start)
    level = _worst(tier.level for tier in terms.tiers if tier.condition.holds(figure))
    near = _worst(tier.level for tier in terms.tiers if tier.condition.holds(figure, margin=terms.margin))
    if level:
        return Outcome(Result.BREACH, Why.BELOW, figure.start, level, near)
    if near:
        return Outcome(Result.NEAR, Why.WITHIN_MARGIN, figure.start, level, near)
    return Outcome(Result.CLEAR, Why.ON_PLAN, figure.start)


def broken(figure: Figure | None) -> Outcome:
    """The outcome for a rule that cannot be read."""
    return Outcome(Result.ERROR, Why.BAD_CONDITION, figure.start if figure else None)


def in_order(thresholds: Sequence[tuple[int, Decimal]]) -> bool:
    """Whether each worse tier asks for a lower figure: only then is the worst that holds the right one."""
    ordered = [below for _, below in sorted(thresholds)]
    return all(milder > worse for milder, worse in pairwise(ordered))


def _worst(levels: Iterable[Level]) -> Level:
    return max(levels, default=Level.NONE)
