"""What goes into a forecast and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

# Shares of the distribution that a forecast keeps, in percent: 1, 2, … 99.
PERCENTS = tuple(range(1, 100))
LOW, HIGH = 10, 90  # the ends of the 80% interval


@dataclass(frozen=True)
class EventDays:
    """One occurrence of an event; the same code in other years is the same event on other days."""

    code: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class TooLittle:
    """No forecast. `reason` is a code: `empty` (no amount at all) or `short`; `needed` and `known` count days."""

    reason: Literal["empty", "short"]
    needed: int
    known: int


@dataclass(frozen=True)
class DayAhead:
    """What a day is likely to bring, and what all days up to it (this one included) bring together."""

    day: date
    mean: float
    low: float
    high: float
    total_mean: float
    total_low: float
    total_high: float


@dataclass(frozen=True)
class Forecast:
    """The total over the days ahead, in the unit of the history: expected, and by percentiles.

    `percentiles` are the values that the total stays under with a chance of 1%, 2%, … 99%. 80% of outcomes lie between
    `low` and `high`. `days` are in order.
    """

    mean: float
    percentiles: tuple[float, ...]
    days: tuple[DayAhead, ...] = ()

    @property
    def low(self) -> float:
        return self.percentiles[LOW - 1]

    @property
    def high(self) -> float:
        return self.percentiles[HIGH - 1]

    def chance(self, target: float, direction: str = "higher") -> float:
        """How likely the total is to reach the target, from 0.01 to 0.99 (no forecast is surer than that).

        `direction` "higher": the total is at least the target; "lower": at most. Where all outcomes are one amount,
        0 or 1.
        """
        first, last = self.percentiles[0], self.percentiles[-1]
        if first == last:
            return float(target <= first if direction == "higher" else target >= first)
        # Equal percentiles (a floor of zero) are one step: the chance of staying *under* the target counts up to its
        # foot, that of staying at or under it up to its top.
        side: Literal["left", "right"] = "left" if direction == "higher" else "right"
        place = int(np.searchsorted(self.percentiles, target, side=side))
        if place == 0:
            under = 0.01
        elif place == len(self.percentiles):
            under = 0.99
        else:
            below, above = self.percentiles[place - 1], self.percentiles[place]
            part = (target - below) / (above - below) if above > below else 0.0
            under = (PERCENTS[place - 1] + part) / 100
        return 1 - under if direction == "higher" else under

    def plus(self, known: float) -> Forecast:
        """The same with an amount that is known already, such as the days of the month that are over."""
        return replace(
            self,
            mean=self.mean + known,
            percentiles=tuple(value + known for value in self.percentiles),
            days=tuple(
                replace(
                    day,
                    total_mean=day.total_mean + known,
                    total_low=day.total_low + known,
                    total_high=day.total_high + known,
                )
                for day in self.days
            ),
        )


@dataclass(frozen=True)
class Outlier:
    """Days that brought far more or less than the season explains; a single one unless the source is coarser."""

    first_day: date
    last_day: date
    amount: float
    expected: float


@dataclass(frozen=True)
class Trial:
    """What would have been forecast at the end of `origin` for the days `first_day` to `last_day`, and what came.

    `naive` is the same span a year before (None where it is not known in full).
    """

    origin: date
    first_day: date
    last_day: date
    actual: float
    mean: float
    low: float
    high: float
    naive: float | None

    @property
    def held(self) -> bool:
        return self.low <= self.actual <= self.high


@dataclass(frozen=True)
class Accuracy:
    """Over trials: the share of 80% intervals that `held`, and the `error` as a share of what came (Σ|error| ÷ Σ|actual|).

    `error_compared` and `error_naive` are over the `compared` trials that know the year before. None where nothing can
    be said.
    """

    trials: int
    held: float | None
    error: float | None
    compared: int
    error_compared: float | None
    error_naive: float | None
