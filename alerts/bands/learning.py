"""From the days so far to the band of a day. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from alerts.bands.following import PACES, Followed, Kind, back, follow, kinds
from alerts.bands.tails import needed, reach
from alerts.bands.values import Bands, Bools, Direction, Floats, Ints, Mark, Terms, marks_on
from common.periods import Grain, Period

REMEMBERED = {Grain.DAY: 728, Grain.WEEK: 260, Grain.MONTH: 120}  # periods whose errors count
MARKED_SHARE = 0.25  # of a week's or month's days, from which it is marked as a whole
ROWS = 2000  # at once, so that two years of their days fit into a few hundred MB
EXACT = 1e-9  # of the expected value: what rounding does is no breach


def learn(
    history: Floats,
    *,
    first: Period,
    judged: Sequence[date],
    marks: Sequence[Mark] = (),
    terms: Terms = Terms(),
) -> Bands:
    """The band of each judged period, learnt only from the periods before it.

    `history` is series × periods from `first` on (day, week or month), in the figure's unit, NaN where nothing is
    known (yet); zero is a figure. `judged` are first days of periods, at any place from `first` on; what the history
    has on them or after is not looked at. Every series is learnt from itself alone, so one gets the same band in
    any company. Raises ValueError for another grain, for infinite amounts, and for a day that begins no period.
    """
    return study(history, first=first, marks=marks, through=max(judged, default=None)).bands(judged, terms)


@dataclass(frozen=True)
class Study:
    """A history that has been gone through, from which bands on other terms cost little more."""

    history: Floats
    first: Period
    marks: tuple[tuple[Mark, ...], ...]  # by period
    kinds: Ints  # series × periods

    def bands(self, judged: Sequence[date], terms: Terms) -> Bands:
        places = [_place(self.first, day) for day in judged]
        if any(not 0 <= place < self.history.shape[1] for place in places):
            raise ValueError("A judged period lies outside of what was studied.")
        shape = len(self.history), len(places)
        expected, low, high = (np.full(shape, np.nan) for _ in range(3))
        known = np.zeros(shape, dtype=np.int64)
        ordinary = np.array([not marks for marks in self.marks], dtype=np.bool_)
        for begin in range(0, len(self.history), ROWS):
            part = slice(begin, begin + ROWS)
            for kind in Kind:
                mine = self.kinds[part][:, places] == kind
                rows = np.flatnonzero(mine.any(axis=1))
                if not len(rows):
                    continue
                upto = max(places) + 1
                followed = self._followed(self.history[part][rows, :upto], ordinary[:upto], kind)
                for column, place in enumerate(places):
                    here = np.flatnonzero(mine[rows, column])
                    if len(here):
                        at = begin + rows[here], column
                        expected[at], low[at], high[at], known[at] = self._band(
                            followed, here, place, terms
                        )
        known_enough = known >= self.needed(terms)
        for array in (expected, low, high):
            array[~known_enough] = np.nan
        return Bands(
            starts=tuple(judged),
            expected=expected,
            low=low,
            high=high,
            known=known,
            needed=self.needed(terms),
            marks=tuple(self.marks[place] for place in places),
        )

    def needed(self, terms: Terms) -> int:
        """Known ordinary periods before a band is told."""
        return PACES[self.first.grain].opening + needed(terms.one_in)

    def _followed(self, history: Floats, ordinary: Bools, kind: Kind) -> Followed:
        grain = self.first.grain
        start = self.first.start
        phase = start.weekday() if grain is Grain.DAY else start.month - 1
        return follow(history, ordinary, phase=phase, grain=grain, kind=kind)

    def _band(
        self, followed: Followed, rows: Ints, place: int, terms: Terms
    ) -> tuple[Floats, Floats, Floats, Ints]:
        begin = max(0, place - REMEMBERED[self.first.grain])
        residuals = followed.residuals[rows, begin:place]
        residuals = np.where(followed.forgotten[rows, begin:place] > place, residuals, np.nan)
        below, above, count = reach(residuals, one_in=terms.one_in, direction=terms.direction)
        middle, spread = followed.expected[rows, place], followed.spread[rows, place]
        expected = back(middle, followed.kind)
        low = back(middle - below * spread, followed.kind)
        high = back(middle + above * spread, followed.kind)
        least = np.maximum(terms.least, EXACT * np.abs(expected))
        low, high = np.minimum(low, expected - least), np.maximum(high, expected + least)
        if terms.direction is Direction.LOW:
            high = np.full_like(high, np.inf)
        elif terms.direction is Direction.HIGH:
            low = np.full_like(low, -np.inf)
        return expected, low, high, count + PACES[self.first.grain].opening * (count > 0)


def study(
    history: Floats, *, first: Period, marks: Sequence[Mark] = (), through: date | None = None
) -> Study:
    """As `learn`, up to where `bands` takes over. `through`: the last period that will be judged, if beyond."""
    grain = first.grain
    if grain not in PACES:
        raise ValueError(f"Bands are learnt by day, week or month, not by {grain}.")
    if np.isinf(history).any():
        raise ValueError("A history has no infinite amounts.")
    periods = history.shape[1] if through is None else max(history.shape[1], _place(first, through) + 1)
    history = np.pad(
        history, ((0, 0), (0, periods - history.shape[1])), constant_values=np.nan
    )
    share = 0.0 if grain is Grain.DAY else MARKED_SHARE
    each = []
    period = first
    for _ in range(periods):
        each.append(marks_on(marks, period.start, period.end, share))
        period = period.next()
    ordinary = np.array([not found for found in each], dtype=np.bool_)
    return Study(history, first, tuple(each), kinds(history, ordinary))


def _place(first: Period, day: date) -> int:
    """Where the period that begins on this day lies, counted from the first. Raises ValueError."""
    period = Period(first.grain, day, first.fiscal_start)
    if first.grain is Grain.MONTH:
        return (day.year - first.start.year) * 12 + day.month - first.start.month
    return (period.start - first.start).days // (7 if first.grain is Grain.WEEK else 1)
