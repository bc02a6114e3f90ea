"""What a rule looks at, and what a look gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TypeAlias


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

    BREACHED = "breached"
    WITHIN_MARGIN = "within-margin"
    FINE = "fine"
    NO_FIGURE = "no-figure"  # nothing was published for the period
    NOTHING_TO_JUDGE = "nothing-to-judge"  # grey: no value, or no target
    NO_NUMBER = "no-number"  # met or not, but no attainment (nothing was expected yet, or a zero)
    NOT_OVER = "not-over"  # the period still runs, and what adds up is not whole before it ends
    NO_BASE = "no-base"  # nothing, or a zero, to compare with
    NO_BAND = "no-band"  # too little history to say what is usual
    MARKED = "marked"  # the calendar explains it
    ESTIMATED = "estimated"  # days spread from a coarser source are not counted
    BAD_CONDITION = "bad-condition"
    METRIC_AWAY = "metric-away"  # put away by a person, and computed no longer


# What says that data are missing, and not that they cannot be judged yet.
WITHOUT_DATA = (Why.NO_FIGURE, Why.NOTHING_TO_JUDGE)


@dataclass(frozen=True)
class Band:
    """What is usual for a figure, learnt from the periods before it.

    An end that nobody looks at is None. `marked` names what the calendar says of the period.
    """

    low: Decimal | None
    expected: Decimal
    high: Decimal | None
    marked: str = ""


Usual: TypeAlias = tuple[int, str]  # a false alarm in so many periods, looking at "both", "low" or "high"


@dataclass(frozen=True)
class Figure:
    """One metric on one area for one period, with what it is held against.

    `attainment` is a ratio, 1 is on plan. `stop` is the last day of the period, `through` the last day that the value
    looks at; `before` and `year_ago` the values of the period before and of the like period a year earlier. `bands`
    by how rare a false alarm is to be (one in so many periods) and which way is looked, `age` for how many days up to
    yesterday data are missing.
    """

    start: date
    value: Decimal | None = None
    target: Decimal | None = None
    expected: Decimal | None = None
    attainment: Decimal | None = None
    status: str = "grey"
    through: date | None = None
    estimated: bool = False
    stop: date | None = None
    adds_up: bool = False
    before: Decimal | None = None
    year_ago: Decimal | None = None
    bands: tuple[tuple[Usual, Band], ...] = ()
    age: int | None = None

    @property
    def runs(self) -> bool:
        """Whether days of the period are still to come."""
        return self.stop is not None and self.through is not None and self.through < self.stop

    @property
    def partial(self) -> bool:
        """Whether more will be added to the value."""
        return self.adds_up and self.runs


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
