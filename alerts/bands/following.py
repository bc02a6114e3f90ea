"""Follows many series at once and says of each period what was to be expected on the day before. Pure.

Robust exponential smoothing with a season (Gelper, Fried, Croux 2010, "Robust forecasting with exponential and
Holt-Winters smoothing"): each forecast's error, cut off at two spreads, moves the level and the factor of the weekday.
Six of them run side by side, three speeds with and without last year's movement of the level at this time of the year;
their mean counts, the better each did of late the more. What stays beyond two spreads on the same side for six days
(three weeks, three months) is a new level, not noise: the level jumps there, and these errors are forgotten.
Amounts are followed as logarithms where they are positive, as square roots where zeros are among them (so that counts
spread alike at every level), as they are where they go below zero: season and growth are factors where they can be.

A period's forecast rests on earlier periods alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from alerts.bands.values import Bools, Floats, Ints
from common.periods import Grain

CUT = 2.0  # spreads
NOTHING = 50.0  # spreads that a zero lies below, where logarithms are taken
FARTHEST = 1e9  # spreads; no residual counts for more
USUAL = 0.68  # of the errors lie within one spread, as with a normal one
TALL = 3  # the so-manieth largest error of late holds the spread up, so that a series of nearly all zeros has one,
TALL_SHARE = 0.2  # by this share of it; two wild figures do nothing
ROUNDING = 1e-9
UNUSUAL = 0.01  # share of zeros (or of amounts below) up to which they are accidents


class Kind(IntEnum):
    """As what a series is followed."""

    LOGARITHM = 0
    ROOT = 1
    PLAIN = 2


@dataclass(frozen=True)
class Pace:
    """How a grain is followed; all numbers count periods. `year` 0: the season's own factors have the whole year."""

    season: int  # factors in the season
    opening: int  # known periods before the first forecast
    speeds: tuple[float, ...]
    run: int  # periods on one side that make a new level
    year: int
    around: int  # for the movement of the level a year ago
    memory: float  # of which forecast does better
    widening: float  # by which the spread moves with each error


PACES = {
    Grain.DAY: Pace(7, 28, (0.03, 0.1, 0.3), 6, 364, 14, 90, 0.03),
    Grain.WEEK: Pace(1, 13, (0.05, 0.15, 0.5), 3, 52, 2, 26, 0.04),
    Grain.MONTH: Pace(12, 8, (0.05, 0.15, 0.5), 3, 0, 0, 12, 0.05),
}
LEAST_OPENING = 4
LEAST_GAIN = 0.05  # of a season's factor: some forty of its periods count


@dataclass(frozen=True)
class Followed:
    """Rows × periods, in the terms of `kind`. `residuals` over `spread`, NaN where there was none; `forgotten`: from
    which period on it does not count (a new level had begun).
    """

    kind: Kind
    expected: Floats
    spread: Floats
    residuals: Floats
    forgotten: Ints


def kinds(history: Floats, ordinary: Bools) -> Ints:
    """As what each series is followed for each period, from what is known before it; rows × (periods + 1)."""
    values = np.where(ordinary, history, np.nan)
    rows = len(values)

    def before(which: Bools) -> Ints:
        sums = np.zeros((rows, values.shape[1] + 1), dtype=np.int64)
        np.cumsum(which, axis=1, out=sums[:, 1:])
        return sums

    with np.errstate(invalid="ignore"):
        known, negative, nothing = before(np.isfinite(values)), before(values < 0), before(values <= 0)
    found = np.where(nothing > UNUSUAL * known, Kind.ROOT, Kind.LOGARITHM)
    return np.where(negative > UNUSUAL * known, Kind.PLAIN, found).astype(np.int64)


def into(values: Floats, kind: Kind) -> Floats:
    """In terms of the kind; the logarithm of nothing is minus infinity."""
    if kind is Kind.PLAIN:
        return values
    values = np.maximum(values, 0)
    with np.errstate(divide="ignore"):
        return np.log(values) if kind is Kind.LOGARITHM else np.sqrt(values)


def back(followed: Floats, kind: Kind) -> Floats:
    if kind is Kind.PLAIN:
        return followed
    return np.exp(followed) if kind is Kind.LOGARITHM else np.maximum(followed, 0) ** 2


def follow(history: Floats, ordinary: Bools, *, phase: int, grain: Grain, kind: Kind) -> Followed:
    """`history` is rows × periods; `ordinary` by period, False where the calendar explains it; `phase` is the first
    period's place in the season (its weekday, its month).
    """
    state = _State(into(np.where(ordinary, history, np.nan), kind), phase, PACES[grain], kind)
    for period in range(history.shape[1]):
        state.step(period)
    return Followed(
        kind, state.expected.T, state.spreads.T, state.residuals.T, np.ascontiguousarray(state.forgotten.T)
    )


class _State:
    """Where the forecasts stand: arrays are forecasts × rows, `factors` season × forecasts × rows; what is kept of each
    period is periods × rows, since a period is written at once.
    """

    def __init__(self, values: Floats, phase: int, pace: Pace, kind: Kind) -> None:
        rows, periods = values.shape
        self.phase, self.pace, self.kind = phase, pace, kind
        self.values = np.ascontiguousarray(values.T)
        self.rows = rows
        turns = (0.0, 1.0) if pace.year else (0.0,)
        self.speed = np.array([speed for speed in pace.speeds for _ in turns])[:, None]
        self.turn = np.array([turn for _ in pace.speeds for turn in turns])[:, None]
        self.level = np.full((len(self.speed), rows), np.nan)
        self.factors = np.zeros((pace.season, len(self.speed), rows))
        self.seen = np.zeros((pace.season, rows))
        self.error = np.full((len(self.speed), rows), np.nan)
        self.spread = np.full(rows, np.nan)
        self.tall = np.full((TALL, rows), np.nan)  # the largest errors of late, the largest first
        self.count = np.zeros(rows, dtype=np.int64)
        self.gap = np.zeros(rows, dtype=np.int64)  # unknown periods since the last known one
        self.run = np.zeros(rows, dtype=np.int64)  # positive above, negative below
        self.ring = np.zeros((pace.run, rows))  # the errors of the run, and where they were
        self.ring_at = np.zeros((pace.run, rows), dtype=np.int64)
        self.levels = np.full((periods, rows), np.nan)
        self.expected = np.full((periods, rows), np.nan)
        self.spreads = np.full((periods, rows), np.nan)
        self.residuals = np.full((periods, rows), np.nan)
        self.forgotten = np.full((periods, rows), periods + 1, dtype=np.int64)

    def step(self, period: int) -> None:
        season = (self.phase + period) % self.pace.season
        self._open(period)
        self.level += self.turn * self._year_ago(period)
        weight = self._weights()
        forecasts = self.level + self.factors[season]
        expected = (weight * forecasts).sum(axis=0)
        # A level that nobody has seen for a while may have gone somewhere: the variance of a local level model grows by
        # speed squared with each unknown period (Durbin, Koopman 2012, 2.2 and 2.7).
        wide = self.spread * np.sqrt(1 + self.gap * (weight * self.speed).sum(axis=0) ** 2)
        self.expected[period], self.spreads[period] = expected, wide
        self.levels[period] = (weight * self.level).sum(axis=0)

        value = self.values[period]
        known = ~np.isnan(value)
        self.count += known
        known &= np.isfinite(expected)
        value = np.where(np.isneginf(value), expected - NOTHING * self.spread, value)
        off = np.where(known, value - expected, 0.0)
        farthest = FARTHEST * wide
        self.residuals[period] = np.where(known, np.clip(off, -farthest, farthest) / wide, np.nan)
        self.gap = np.where(known, 0, self.gap + 1)
        self._move(season, np.where(known, value - forecasts, 0.0), known)
        trouble = self._jump(period, off, known)
        self._widen(np.abs(off), known, trouble)

    def _weights(self) -> Floats:
        """The mean error of late to the power of -24: a tenth more error, a tenth of the weight."""
        eighth = (self.error.min(axis=0) / self.error) ** 2
        eighth *= eighth
        eighth *= eighth
        weight = eighth * eighth * eighth
        return np.asarray(weight / weight.sum(axis=0))

    def _open(self, period: int) -> None:
        """Begins the rows that have just become known well enough: medians of the last eight weeks or the like."""
        rows = np.flatnonzero((self.count >= self.pace.opening) & np.isnan(self.spread))
        if not len(rows):
            return
        first = max(0, period - 2 * self.pace.opening)
        before = self.values[first:period, rows].T
        there = np.isfinite(before).sum(axis=1) >= LEAST_OPENING  # a gap may have eaten up the rest
        rows, before = rows[there], np.where(np.isfinite(before), before, np.nan)[there]
        if not len(rows):
            return
        level = medians(before)
        if self.pace.season == 7:
            weekday = (self.phase + np.arange(first, period)) % 7
            for day in range(7):
                mine = before[:, weekday == day]
                count = np.isfinite(mine).sum(axis=1)
                factor = np.where(count > 1, np.nan_to_num(medians(mine) - level) * count / (count + 1), 0)
                self.factors[day][:, rows], self.seen[day, rows] = factor, count
                before[:, weekday == day] -= factor[:, None]
            level = medians(before)
        off = np.sort(np.abs(before - level[:, None]), axis=1)
        place = np.floor(USUAL * (np.isfinite(off).sum(axis=1) - 1)).astype(np.int64)
        # What was fitted to these same days lies nearer to them than what comes.
        fitted = np.sqrt(self.pace.opening / (self.pace.opening - 1 - (self.pace.season == 7) * 7))
        spread = np.take_along_axis(off, np.maximum(place, 0)[:, None], axis=1)[:, 0] * fitted
        tall = -np.sort(-np.nan_to_num(off), axis=1)[:, :TALL].T
        self.level[:, rows] = level
        self.tall[:, rows] = tall
        self.spread[rows] = np.maximum(np.maximum(spread, TALL_SHARE * tall[-1]), self._least(level))
        self.error[:, rows] = self.spread[rows]

    def _least(self, level: Floats) -> Floats:
        """A spread that only rounding has; a series without any noise has to have one."""
        size = np.ones_like(level) if self.kind is Kind.LOGARITHM else np.abs(level)
        least: Floats = np.maximum(np.nan_to_num(size), np.finfo(np.float64).tiny / ROUNDING) * ROUNDING
        return least

    def _year_ago(self, period: int) -> Floats:
        """How the level moved in a period at this time of the years before; 0 where that is not known."""
        moved, years = np.zeros(self.rows), np.zeros(self.rows)
        pace = self.pace
        for back_to in (pace.year, 2 * pace.year) if pace.year else ():
            # A level comes after what it follows, by half of what is looked at around.
            begin = period - back_to + pace.around // 2 - pace.around
            if begin < 0:
                break
            slope = (self.levels[begin + 2 * pace.around] - self.levels[begin]) / (2 * pace.around)
            there = np.isfinite(slope)
            moved += np.where(there, slope, 0)
            years += there
        return np.divide(moved, years, out=np.zeros_like(moved), where=years > 0)

    def _move(self, season: int, off: Floats, known: Bools) -> None:
        cut = np.where(known, np.clip(off, -CUT * self.spread, CUT * self.spread), 0.0)
        self.level += self.speed * cut
        if self.pace.season > 1:
            self.factors[season] += np.maximum(1 / (self.seen[season] + 2), LEAST_GAIN) * cut
            self.seen[season] += known
        error = np.minimum(np.abs(off), 2 * CUT * self.spread)
        self.error += np.where(known, (error - self.error) / self.pace.memory, 0.0)
        self.error = np.where(known, np.maximum(self.error, ROUNDING * self.spread), self.error)

    def _jump(self, period: int, off: Floats, known: Bools) -> Bools:
        """Returns which rows are in the third error in a row or a later one."""
        side = np.where(np.abs(off) > CUT * self.spread, np.sign(off), 0).astype(np.int64)
        same = (side != 0) & (side * self.run > 0)
        self.run = np.where(known, np.where(same, self.run + side, side), self.run)
        self.ring = np.where(known, np.concatenate([self.ring[1:], off[None]]), self.ring)
        here = np.full((1, len(off)), period)
        self.ring_at = np.where(known, np.concatenate([self.ring_at[1:], here]), self.ring_at)
        trouble: Bools = known & (np.abs(self.run) >= TALL)
        rows = np.flatnonzero(known & (np.abs(self.run) >= self.pace.run))
        if len(rows):
            self.level[:, rows] += np.median(self.ring[:, rows], axis=0)
            self.forgotten[self.ring_at[:, rows], rows] = period + 1
            self.run[rows] = 0
        return trouble

    def _widen(self, off: Floats, known: Bools, trouble: Bools) -> None:
        """Takes the spread to where USUAL of the errors lie within; by steps of one size, so however wild one is."""
        gain = np.maximum(self.pace.widening, 1 / np.maximum(self.count, 1))
        beyond = np.where(known, (off > self.spread) - (1 - USUAL), 0)
        spread = self.spread * np.exp(gain * beyond)
        off = np.where(trouble, 0.0, off)
        self.tall *= np.where(known, 1 - 1 / (3 * self.pace.memory), 1.0)
        for place in range(TALL):  # a step of insertion sort for all rows
            higher = np.maximum(self.tall[place], off)
            off, self.tall[place] = np.minimum(self.tall[place], off), higher
        floor = np.maximum(TALL_SHARE * self.tall[-1], self._least(self.level[0]))
        self.spread = np.maximum(spread, floor)


def medians(rows: Floats) -> Floats:
    """The median of each row's known values; NaN for a row without any."""
    ordered = np.sort(rows, axis=1)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, rows.shape[1] - 1), axis=1)
    middle: Floats = np.where(count > 0, (low + high) / 2, np.nan)[:, 0]
    return middle
