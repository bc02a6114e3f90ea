"""From the days so far to the band of a day. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from alerts.bands.following import PACES, Followed, Kind, back, follow, kinds
from alerts.bands.tails import Residuals, needed
from alerts.bands.values import Bands, Bools, Direction, Floats, Ints, Mark, Terms, marks_on
from common.periods import Grain, Period

# So many periods back errors count, and twice as many as are needed: what was before the season was known lay farther.
REMEMBERED = {Grain.DAY: 728, Grain.WEEK: 104, Grain.MONTH: 36}
ROWS = 2000  # at once, so that two years of their days take some tens of MB
ONE_IN_A_HUNDRED = Terms()
EXACT = 1e-9  # of the expected value: what rounding does is no breach


def learn(
    history: Floats,
    *,
    first: Period,
    judged: Sequence[date],
    marks: Sequence[Mark] = (),
    terms: Terms = ONE_IN_A_HUNDRED,
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
        """Raises ValueError for a day outside of what was studied."""
        return self.on_terms(judged, [terms])[0]

    def on_terms(self, judged: Sequence[date], several: Sequence[Terms]) -> list[Bands]:
        """As `bands`; further terms cost little."""
        places = [_place(self.first, day) for day in judged]
        if any(not 0 <= place < self.history.shape[1] for place in places):
            raise ValueError("A judged period lies outside of what was studied.")
        upto = max(places, default=-1) + 1
        ordinary = np.array([not marks for marks in self.marks], dtype=np.bool_)[:upto]
        history = self.history[:, :upto]
        numbers = np.full((len(several), 3, len(history), len(places)), np.nan)  # expected, low, high
        usable = np.zeros((len(several), len(history), len(places)), dtype=np.int64)
        for begin in range(0, len(history), ROWS):
            part = slice(begin, begin + ROWS)
            for kind in Kind:
                mine = self.kinds[part][:, places] == kind
                rows = np.flatnonzero(mine.any(axis=1))
                if not len(rows):
                    continue
                followed = self._followed(history[part][rows], ordinary, kind)
                for column, place in enumerate(places):
                    here = np.flatnonzero(mine[rows, column])
                    if not len(here):
                        continue
                    into = begin + rows[here], column
                    for turn, residuals in enumerate(self._residuals(followed, here, place, several)):
                        ends = _ends(followed, here, place, several[turn], residuals)
                        for which, array in enumerate(ends):
                            numbers[(turn, which, *into)] = array
                        usable[(turn, *into)] = residuals.count

        there = np.zeros((len(history), upto + 1), dtype=np.int64)
        np.cumsum(np.isfinite(history) & ordinary, axis=1, out=there[:, 1:])
        usable = np.minimum(usable + PACES[self.first.grain].opening, there[:, places])
        marks = tuple(self.marks[place] for place in places)
        told = []
        for terms, known, arrays in zip(several, usable, numbers, strict=True):
            arrays[:, known < self.needed(terms)] = np.nan
            expected, low, high = arrays
            told.append(Bands(tuple(judged), expected, low, high, known, self.needed(terms), marks))
        return told

    def _residuals(
        self, followed: Followed, rows: Ints, place: int, several: Sequence[Terms]
    ) -> Iterator[Residuals]:
        """For each of the terms; sorted once for those that look back equally far."""
        made: dict[int, Residuals] = {}
        for terms in several:
            begin = max(0, place - max(REMEMBERED[self.first.grain], 2 * needed(terms.one_in)))
            if begin not in made:
                forgotten = followed.forgotten[rows, begin:place] <= place
                made[begin] = Residuals.of(np.where(forgotten, np.nan, followed.residuals[rows, begin:place]))
            yield made[begin]

    def needed(self, terms: Terms) -> int:
        """Known ordinary periods before a band is told: those before the first forecast, and its errors."""
        return PACES[self.first.grain].opening + needed(terms.one_in)

    def _followed(self, history: Floats, ordinary: Bools, kind: Kind) -> Followed:
        grain = self.first.grain
        start = self.first.start
        phase = start.weekday() if grain is Grain.DAY else start.month - 1
        return follow(history, ordinary, phase=phase, grain=grain, kind=kind)


def _ends(
    followed: Followed, rows: Ints, place: int, terms: Terms, residuals: Residuals
) -> tuple[Floats, Floats, Floats]:
    """Expected, low and high by row, in the figure's unit."""
    below, above = residuals.reach(terms.one_in, terms.direction)
    middle, spread = followed.expected[rows, place], followed.spread[rows, place]
    expected = back(middle, followed.kind)
    with np.errstate(over="ignore"):  # beyond all bounds is above everything
        low = back(middle - below * spread, followed.kind)
        high = back(middle + above * spread, followed.kind)
    least = np.maximum(terms.least, EXACT * np.abs(expected))
    low, high = np.minimum(low, expected - least), np.maximum(high, expected + least)
    if terms.direction is Direction.LOW:
        high = np.full_like(high, np.inf)
    elif terms.direction is Direction.HIGH:
        low = np.full_like(low, -np.inf)
    return expected, low, high


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
    history = np.pad(history, ((0, 0), (0, periods - history.shape[1])), constant_values=np.nan)
    each = []
    period = first
    for _ in range(periods):
        each.append(marks_on(marks, period.start, period.end))
        period = period.next()
    ordinary = np.array([not found for found in each], dtype=np.bool_)
    return Study(history, first, tuple(each), kinds(history, ordinary))


def _place(first: Period, day: date) -> int:
    """Where the period that begins on this day lies, counted from the first. Raises ValueError."""
    period = Period(first.grain, day, first.fiscal_start)
    if first.grain is Grain.MONTH:
        return (day.year - first.start.year) * 12 + day.month - first.start.month
    return (period.start - first.start).days // (7 if first.grain is Grain.WEEK else 1)
