"""How a year's amounts fall on its days, learnt from up to three earlier years. Pure: no database, no clock.

A day's weight is its level in the season (ordinary days, freed of the weekday, smoothed over a week, each year on its
own level, averaged over the years) × its weekday × what day n of an event was to the season around it. Events are laid
on each other by their own days, not by the date: the Spring Festival moves. One-off orders are set aside first: what
lies farther than 3.5 × 1.4826 × MAD from the median of what the season leaves over (Iglewicz and Hoaglin 1993), unless
another year did the same on these days. Source of the rule: formulas.md, "Pace and forecast".

Arrays are scopes × days, NaN where nothing was reported. Each row is computed from itself alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from common.periods import add_months

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

WHOLE = 1_000_000_000  # a year in the parts that are kept
YEARS = 3
SILENCE = 28  # so many days without a report are not known; fewer are days on which nothing came
AROUND = 14  # days before and after an event that moves, which move with it
ACTIVE_DAYS = 4  # a month; who sells on fewer has no shape of her own
OUTLYING = 3.5 * 1.4826
LEAST_SPREAD = 0.05  # of what the season leaves over, so that figures without any noise are not all outliers
AGAIN = 2  # days by which a peak may move from year to year and still be the same


@dataclass(frozen=True)
class Event:
    """One occurrence; the same code in another year is the same event on other days."""

    code: str
    first_day: date
    last_day: date

    @property
    def length(self) -> int:
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Shapes:
    """What the scopes' own history says. `weights`: scopes × days of the year, 0 in months never seen, else a row adds
    up to 1. `seen`: scopes × months of the fiscal year. `years`: scopes × earlier years, the newest first. `months`:
    how many months of history there are, at most 36.
    """

    weights: Floats
    seen: Bools
    years: Bools
    months: Ints


def year_days(year: date) -> int:
    return (add_months(year, 12) - year).days


def history_start(year: date) -> date:
    """The first day that is looked at for the fiscal year that begins on this day."""
    return add_months(year, -12 * YEARS)


def learn(history: Floats, *, year: date, events: Sequence[Event]) -> Shapes:
    """The shapes of the year that begins on `year`, from the days between `history_start(year)` and the day before."""
    first = history_start(year)
    days = (year - first).days
    assert history.shape[1] == days, "a column for each day of the three years before"
    months = _Months(first, YEARS * 12)
    target = _Months(year, 12)
    known = _known(history)
    known = np.where(np.nansum(known, axis=1, keepdims=True) < 0, -known, known)
    seen = _seen(known, months)
    known = np.where(np.repeat(seen, months.lengths, axis=1), known, np.nan)

    calendar = _Calendar(first, year, events)
    ordinary = np.where(calendar.eventful[:days], np.nan, known)
    ordinary = np.where(_one_off(ordinary, first, year), np.nan, ordinary)
    weekday = _weekdays(ordinary, first)
    level = _filled(_level(ordinary, weekday, first), np.isfinite(known))

    by_year = np.stack([level[:, at] for at in _same_days(first, year)], axis=1)
    by_year, used = _on_one_level(by_year, seen.reshape(-1, YEARS, 12), target)
    shape = _mean(by_year, axis=1)
    weights = shape * weekday[:, (year.weekday() + np.arange(shape.shape[1])) % 7]
    for day, factor in calendar.factors(known, level, weekday):
        weights[:, day] *= factor
    weights = np.where(weights > 0, weights, 0)  # nor NaN
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    # A scope of which the months seen brought nothing says nothing.
    useful = used[:, :, None] & seen.reshape(-1, YEARS, 12) & (total[:, :, None] > 0)
    return Shapes(
        weights=weights,
        seen=useful.any(axis=1),
        years=useful.any(axis=2)[:, ::-1],
        months=useful.sum(axis=(1, 2)),
    )


def complete(own: Floats, seen: Bools, lent: Floats, *, year: date) -> Floats:
    """Weights of which each row adds up to 1: months never seen go as `lent` does, on the level of those that were.

    `lent` are whole shapes, a row a scope (equal days where nobody has any).
    """
    by_day = np.repeat(seen, _Months(year, 12).lengths, axis=1)
    mine = (own * by_day).sum(axis=1, keepdims=True)
    theirs = (lent * by_day).sum(axis=1, keepdims=True)
    # Whoever lends nothing for the months seen gives no level for the others: equal days do.
    equal = np.full_like(lent, 1 / lent.shape[1])
    lent = np.where((theirs <= 0) & (mine > 0), equal, lent)
    theirs = np.where(theirs > 0, theirs, by_day.mean(axis=1, keepdims=True))
    scale = np.divide(mine, theirs, out=np.ones_like(mine), where=(mine > 0) & (theirs > 0))
    weights = np.where(by_day & (mine > 0), own, lent * scale)
    total: Floats = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), equal)


def equal_days(year: date) -> Floats:
    days = year_days(year)
    return np.full((1, days), 1 / days)


def cumulative(weights: Floats) -> Ints:
    """Weights as they are kept: parts of WHOLE up to the end of each day. Never falling; the last is WHOLE."""
    upto = np.rint(np.cumsum(weights, axis=1) * WHOLE).astype(np.int64)
    upto = np.minimum(upto, WHOLE)
    upto[:, -1] = WHOLE
    return upto


def parts_between(kept: Sequence[int] | None, year: date, first: date, last: date) -> int:
    """The parts of the year that fall on these days, both included; without a kept shape their number.

    The same as the SQL of kpis.figures: days outside of the year have no shape.
    """
    if last < first:
        return 0
    begin, end = (first - year).days, (last - year).days + 1
    if not kept or begin < 0 or end > len(kept):
        return end - begin
    return kept[end - 1] - (kept[begin - 1] if begin else 0)


def share_by(
    kept: Sequence[int] | None, year: date, first: date, last: date, through: date
) -> tuple[int, int]:
    """What is due of a period by a day, as a fraction (over, under); by equal days where the period weighs nothing."""
    under = parts_between(kept, year, first, last)
    if under == 0:
        kept, under = None, (last - first).days + 1
    return parts_between(kept, year, first, min(through, last)), under


# -- Days and months --------------------------------------------------------------------------------


class _Months:
    """Consecutive months: where each begins, counted from the first day, and how long it is."""

    def __init__(self, first: date, count: int) -> None:
        days = [add_months(first, step) for step in range(count + 1)]
        self.starts = np.array([(day - first).days for day in days[:-1]])
        self.lengths = np.diff([(day - first).days for day in days])

    def sums(self, by_day: npt.NDArray[np.generic]) -> Floats:
        return np.add.reduceat(by_day, self.starts, axis=-1, dtype=np.float64)


@lru_cache(maxsize=32)  # to count a thousand days takes longer than what is then done with them
def _same_days(first: date, year: date) -> tuple[Ints, ...]:
    """For each earlier year, the oldest first: where the days of `year` lie in the history, by month and day."""
    found = []
    for before in range(YEARS, 0, -1):
        begin = add_months(year, -12 * before)
        own = [
            (min(_in_year(day, before), add_months(begin, 12) - timedelta(days=1)) - first).days
            for day in (year + timedelta(days=step) for step in range(year_days(year)))
        ]
        at = np.array(own)
        at.flags.writeable = False  # one for all who ask
        found.append(at)
    return tuple(found)


def _in_year(day: date, before: int) -> date:
    try:
        return day.replace(year=day.year - before)
    except ValueError:  # 29 February
        return date(day.year - before, 2, 28)


def _known(history: Floats) -> Floats:
    """Days without a report between days with one brought nothing, unless there are SILENCE of them in a row."""
    reported = np.isfinite(history)
    at = np.arange(history.shape[1])
    before = np.maximum.accumulate(np.where(reported, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(reported, at, history.shape[1])[:, ::-1], axis=1)[:, ::-1]
    quiet = ~reported & (before >= 0) & (after < history.shape[1]) & (after - before - 1 < SILENCE)
    return np.where(quiet, 0.0, np.where(reported, history, np.nan))


def _seen(known: Floats, months: _Months) -> Bools:
    """Scopes × months of the history that are known for half of their days, in years with more than a few sales."""
    there = months.sums(np.isfinite(known)) * 2 >= months.lengths
    active = months.sums(np.isfinite(known) & (known != 0)).reshape(-1, YEARS, 12)
    dense = active.sum(axis=2) >= ACTIVE_DAYS * np.maximum((active > 0).sum(axis=2), 1)
    lively: Bools = there & np.repeat(dense, 12, axis=1)
    return lively


# -- Season -----------------------------------------------------------------------------------------


def _one_off(ordinary: Floats, first: date, year: date) -> Bools:
    """Which days lie far from the same weekday of the weeks around, without the like on these days of another year."""
    near = _median_of_five(*(_shifted(ordinary, 7 * step) for step in (-2, -1, 0, 1, 2)))
    usual = _medians(np.where(ordinary != 0, ordinary, np.nan))
    around = np.where(near > 0, near, np.where(usual > 0, usual, np.nan))
    left_over = ordinary / around
    # Where days without an amount are common, such a day is no outlier.
    zeros = np.sum(ordinary == 0, axis=1, keepdims=True)
    common = zeros * 10 > np.sum(np.isfinite(ordinary), axis=1, keepdims=True)
    left_over = np.where((ordinary == 0) & common, np.nan, left_over)
    far = left_over - _medians(left_over)
    spread = np.maximum(OUTLYING * _medians(np.abs(far)), 3.5 * LEAST_SPREAD)
    return _alone(np.where(far > spread, far, 0), first, year) | _alone(
        np.where(far < -spread, -far, 0), first, year
    )


def _alone(far: Floats, first: date, year: date) -> Bools:
    """Which days are far out while no other year went a third as far, give or take AGAIN days."""
    widened = far.copy()
    for step in range(1, AGAIN + 1):
        widened[:, step:] = np.maximum(widened[:, step:], far[:, :-step])
        widened[:, :-step] = np.maximum(widened[:, :-step], far[:, step:])
    others = np.zeros_like(far)
    index = _same_days(first, year)
    by_year = [widened[:, at] for at in index]
    for mine, at in enumerate(index):
        others[:, at] = np.maximum(*(by_year[other] for other in range(YEARS) if other != mine))
    return (far > 0) & (others * 3 < far)


def _weekdays(ordinary: Floats, first: date) -> Floats:
    """Scopes × Monday to Sunday: the weekday's amounts over those of the weeks around them; their mean is 1."""
    finite = np.isfinite(ordinary)
    whole = finite & (_around(finite.astype(np.float64)) == 7)
    amounts = np.where(finite, ordinary, 0)
    amount, level = np.where(whole, amounts, 0), np.where(whole, _around(amounts) / 7, 0)
    factors = np.ones((len(ordinary), 7))
    for weekday in range(7):
        mine = slice((weekday - first.weekday()) % 7, None, 7)
        above, below = amount[:, mine].sum(axis=1), level[:, mine].sum(axis=1)
        np.divide(above, below, out=factors[:, weekday], where=below > 0)
    factors = np.maximum(factors, 0)
    mean = factors.mean(axis=1, keepdims=True)
    normal: Floats = np.divide(factors, mean, out=np.ones_like(factors), where=mean > 0)
    return normal


def _level(ordinary: Floats, weekday: Floats, first: date) -> Floats:
    """The amounts of the seven days around each over their weekdays' factors; NaN where none of them is ordinary."""
    finite = np.isfinite(ordinary)
    factors = weekday[:, (first.weekday() + np.arange(ordinary.shape[1])) % 7]
    below = _around(np.where(finite, factors, 0))
    above = _around(np.where(finite, ordinary, 0))
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _filled(level: Floats, wanted: Bools) -> Floats:
    """Gaps as a straight line between their edges, or as the one edge that there is; NaN where nothing is wanted."""
    days = level.shape[1]
    at = np.arange(days)
    finite = np.isfinite(level)
    before = np.maximum.accumulate(np.where(finite, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(finite, at, days)[:, ::-1], axis=1)[:, ::-1]
    before, after = np.where(before < 0, after, before), np.where(after >= days, before, after)
    left = np.take_along_axis(level, np.clip(before, 0, days - 1), axis=1)
    right = np.take_along_axis(level, np.clip(after, 0, days - 1), axis=1)
    part = np.divide(at - before, after - before, out=np.zeros_like(level), where=after > before)
    return np.where(wanted, left + (right - left) * part, np.nan)


def _on_one_level(by_year: Floats, seen: Bools, months: _Months) -> tuple[Floats, Bools]:
    """Each year over its own level, months that a year has not seen left out of the comparison; and which years count.

    Months × years of rank one, in turn: what a month is to all years, what a year is to its months.
    """
    wide = np.where(np.repeat(seen, months.lengths, axis=2), by_year, np.nan)
    number = months.sums(np.isfinite(wide))
    total = months.sums(np.where(np.isfinite(wide), wide, 0))
    mean = np.divide(total, number, out=np.zeros_like(number), where=number > 0)
    there = (number > 0).astype(np.float64)
    level = np.ones(seen.shape[:2])
    for _turn in range(30):
        over = np.divide(mean, level[:, :, None], out=np.zeros_like(mean), where=level[:, :, None] > 0)
        count = (there * (level[:, :, None] > 0)).sum(axis=1, keepdims=True)
        of_month = np.divide(
            over.sum(axis=1, keepdims=True), count, out=np.zeros_like(count), where=count > 0
        )
        below = (of_month * there).sum(axis=2)
        level = np.divide(mean.sum(axis=2), below, out=np.zeros_like(level), where=below > 0)
    used = level > 0
    return np.divide(wide, level[:, :, None], out=np.full_like(wide, np.nan), where=used[:, :, None]), used


# -- Events -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Day `n` of an occurrence, counted from 0; below 0 before it, from its length on after it."""

    occurrence: Event
    n: int


class _Calendar:
    """Which days of the history and of the year belong to which event."""

    def __init__(self, first: date, year: date, events: Sequence[Event]) -> None:
        self.first, self.year = first, year
        self.days = (year - first).days
        self.places: dict[int, _Place] = {}
        ordered = sorted(events, key=lambda one: (one.length, one.code, one.first_day))
        moving = _moving(ordered)
        # An event's own days before what only surrounds another; the shorter is the more particular.
        for around in (0, AROUND):
            for one in ordered:
                if around and one.code not in moving:
                    continue
                for n in range(-around, one.length + around):
                    at = (one.first_day - first).days + n
                    if 0 <= at < self.days + year_days(year):
                        self.places.setdefault(at, _Place(one, n))
        self.eventful = np.zeros(self.days + year_days(year), dtype=bool)
        self.eventful[list(self.places)] = True
        self.earlier: dict[str, list[Event]] = {}
        for one in sorted(
            {place.occurrence for at, place in self.places.items() if at < self.days}, key=_when
        ):
            self.earlier.setdefault(one.code, []).append(one)

    def factors(self, known: Floats, level: Floats, weekday: Floats) -> Iterator[tuple[int, Floats]]:
        """Days of the year (counted from 0) and what they are to the season, by the like day of earlier occurrences.

        The middle one of three; of fewer their sums over the sums of the season. 1 where none is known.
        """
        for at, place in sorted(self.places.items()):
            if at < self.days:
                continue
            amounts, seasons = [], []
            for one in self.earlier.get(place.occurrence.code, ()):
                n = _like_day(place.n, place.occurrence.length, one.length)
                there = (one.first_day - self.first).days + n
                if 0 <= there < self.days and self.places.get(there) == _Place(one, n):
                    amounts.append(known[:, there])
                    seasons.append(level[:, there] * weekday[:, (self.first.weekday() + there) % 7])
            if not amounts:
                continue
            amount, season = np.stack(amounts, axis=1), np.stack(seasons, axis=1)
            there_too = np.isfinite(amount) & (season > 0)
            amount, season = np.where(there_too, amount, 0), np.where(there_too, season, 0)
            below = season.sum(axis=1)
            factor = np.divide(amount.sum(axis=1), below, out=np.ones_like(below), where=below > 0)
            if len(amounts) >= 3:
                each = np.divide(amount, season, out=np.full_like(amount, np.nan), where=there_too)
                middle = _medians(each)[:, 0]
                factor = np.where((there_too.sum(axis=1) >= 3) & (middle > 0), middle, factor)
            yield at - self.days, np.maximum(factor, 0)


def _when(event: Event) -> date:
    return event.first_day


def _moving(events: Sequence[Event]) -> set[str]:
    """Codes whose occurrences begin on other dates: the days around them move too."""
    begins: dict[str, set[tuple[int, int]]] = {}
    for one in events:
        begins.setdefault(one.code, set()).add((one.first_day.month, one.first_day.day))
    return {code for code, days in begins.items() if len(days) > 1}


def _like_day(n: int, length: int, other: int) -> int:
    """Day n of an event of so many days in one of another length: the head by the head, the tail by the tail."""
    if n < 0:
        return n
    if n >= length:
        return other + (n - length)
    tail = (other + 1) // 2
    if length - n <= tail:
        return other - (length - n)
    return min(n, other // 2)


# -- Arithmetic that knows NaN ----------------------------------------------------------------------


def _shifted(rows: Floats, days: int) -> Floats:
    """Each row moved by so many days; where nothing is known there the other way, and else not at all."""
    found = rows
    for by in (-days, days):
        if by:
            moved = np.full_like(rows, np.nan)
            moved[:, max(by, 0) : rows.shape[1] + min(by, 0)] = rows[
                :, max(-by, 0) : rows.shape[1] - max(by, 0)
            ]
            found = np.where(np.isfinite(moved), moved, found)
    return found


def _median_of_five(a: Floats, b: Floats, c: Floats, d: Floats, e: Floats) -> Floats:
    """By comparisons, since sorting half a million rows of five is slow."""
    bottom = np.maximum(np.minimum(a, b), np.minimum(d, e))
    top = np.minimum(np.maximum(a, b), np.maximum(d, e))
    return np.maximum(np.minimum(bottom, top), np.minimum(np.maximum(bottom, top), c))


def _medians(rows: Floats) -> Floats:
    """The median of each row's known values, as a column; NaN for a row without any."""
    ordered = np.sort(rows, axis=1)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, rows.shape[1] - 1), axis=1)
    return np.where(count > 0, (low + high) / 2, np.nan)


def _around(rows: Floats) -> Floats:
    """Sums of each day and the three before and after it.

    Summed one by one: differences of running sums would carry a large order's rounding to the end of the row.
    """
    days = rows.shape[1]
    padded = np.pad(rows, ((0, 0), (3, 3)))
    sums = padded[:, :days].copy()
    for step in range(1, 7):
        sums += padded[:, step : step + days]
    return sums


def _mean(rows: Floats, axis: int) -> Floats:
    finite = np.isfinite(rows)
    count = finite.sum(axis=axis)
    sums = np.where(finite, rows, 0).sum(axis=axis)
    means: Floats = np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)
    return means
