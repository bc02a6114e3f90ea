"""What goes into a band and what comes out of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

COMMONEST, RAREST = 5, 1000
MARKED_SHARE = 0.25  # of a week's or month's days, from which it is marked as a whole


class Direction(StrEnum):
    """On which side of its band a figure is trouble."""

    BOTH = "both"
    LOW = "low"
    HIGH = "high"


class Side(StrEnum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Mark:
    """One occurrence of an event in the calendar: holiday, promotion, price cut, storm.

    `before` and `after` are days around it that go with it (the slow fortnight before the Spring Festival).
    """

    name: str
    first_day: date
    last_day: date
    kind: str = ""
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Terms:
    """`one_in`: of so many ordinary periods one may lie outside by chance. `least`: what is nearer to the expected
    value than this (the figure's unit) is always within. Raises ValueError.
    """

    one_in: int = 100
    direction: Direction = Direction.BOTH
    least: float = 0.0

    def __post_init__(self) -> None:
        if not COMMONEST <= self.one_in <= RAREST:
            raise ValueError(f"The false-alarm rate is one in {COMMONEST} to one in {RAREST} periods.")
        if not (math.isfinite(self.least) and self.least >= 0):
            raise ValueError("The least size is a finite number of 0 or more.")

    @property
    def rate(self) -> float:
        return 1 / self.one_in


@dataclass(frozen=True)
class TooLittle:
    """Why there is no band. Both count ordinary periods with a figure before the judged one."""

    known: int
    needed: int


@dataclass(frozen=True)
class Band:
    """One period of one series; `start` is its first day. The ends belong to the band.

    The end that the direction does not look at is infinite. With `too_little` all three numbers are NaN.
    """

    start: date
    expected: float
    low: float
    high: float
    marks: tuple[Mark, ...] = ()
    too_little: TooLittle | None = None


@dataclass(frozen=True)
class Bands:
    """Arrays are series × judged periods, in the figure's unit; NaN where too little is known. `known`: ordinary
    periods with a figure before each, less those at which a new level began; `needed`: as many give a band. `marks` by
    judged period.
    """

    starts: tuple[date, ...]
    expected: Floats
    low: Floats
    high: Floats
    known: Ints
    needed: int
    marks: tuple[tuple[Mark, ...], ...]

    @property
    def marked(self) -> Bools:
        """By judged period."""
        return np.array([bool(marks) for marks in self.marks], dtype=np.bool_)

    def at(self, series: int, period: int = 0) -> Band:
        """One of them, by its place in the arrays."""
        known = int(self.known[series, period])
        expected = float(self.expected[series, period])
        return Band(
            start=self.starts[period],
            expected=expected,
            low=float(self.low[series, period]),
            high=float(self.high[series, period]),
            marks=self.marks[period],
            too_little=TooLittle(known, self.needed) if math.isnan(expected) else None,
        )


@dataclass(frozen=True)
class Breach:
    """A figure outside of its band: by how much it is beyond the end, and how far from the expected value (signed)."""

    side: Side
    beyond: float
    off: float


def breach(value: float | None, band: Band) -> Breach | None:
    """None within the band (the ends included), without a band, without a value, and on a marked day: that is
    expected or explained. `outside` tells of marked days as well.
    """
    return None if band.marks else outside(value, band)


def outside(value: float | None, band: Band) -> Breach | None:
    """Where the figure lies, whatever the calendar says: for "outside, but it was the Spring Festival"."""
    if value is None or math.isnan(value) or band.too_little:
        return None
    if value < band.low:
        return Breach(Side.LOW, band.low - value, value - band.expected)
    if value > band.high:
        return Breach(Side.HIGH, value - band.high, value - band.expected)
    return None


def breaches(values: Floats, bands: Bands) -> Ints:
    """As `breach`, for all at once: -1 below, 1 above, else 0. `values` is shaped like the bands."""
    with np.errstate(invalid="ignore"):
        sides = (values > bands.high).astype(np.int64) - (values < bands.low)
    sides[:, bands.marked] = 0
    return sides


def marks_on(marks: Sequence[Mark], first: date, last: date) -> tuple[Mark, ...]:
    """The marks of a period, where they cover enough of its days from first to last, alone or together: of a single
    day, it.
    """
    share = 0.0 if first == last else MARKED_SHARE
    covered = np.zeros((last - first).days + 1, dtype=np.bool_)
    found = []
    for mark in marks:
        begin = max((mark.first_day - first).days - mark.before, 0)
        end = min((mark.last_day - first).days + mark.after + 1, len(covered))
        if begin < end:
            covered[begin:end] = True
            found.append(mark)
    return tuple(found) if found and covered.mean() >= share else ()
