"""A year's target suggested from the years before: growth, season, parts, one-offs, a range and three proposals. Pure.

Assumptions travel as codes with figures; they are worded where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median
from typing import Literal

import numpy as np
import pandas as pd

from kpis.forecasting import (
    EventDays,
    Fitted,
    Forecast,
    Outlier,
    TooLittle,
    Trial,
    a_year_before,
    back_test,
    fit,
)
from kpis.forecasting.history import Floats, number, to_date

LEAST_DAYS = 730  # two years
DIGITS = 4  # of a proposal: nobody plans 118,237,412.13
ONE = timedelta(days=1)
Kind = Literal["steady", "ambitious", "stretch"]
# The chance of reaching each: even, one in four, one in ten.
CHANCES: tuple[tuple[Kind, int], ...] = (("steady", 50), ("ambitious", 25), ("stretch", 10))


@dataclass(frozen=True)
class PastYear:
    """The same span in an earlier year, oldest first.

    `total` is what came, `usual` the same with one-offs replaced by what was expected. A year that is not over
    (`complete` false) has what came so far, and a usual total in which the rest is forecast. `growth` is of the usual
    total over the year before (0.1 is 10%); None where that is not known in full or is not above zero.
    """

    first_day: date
    last_day: date
    total: float
    usual: float
    complete: bool
    growth: float | None


@dataclass(frozen=True)
class MonthShare:
    """A month of the year suggested: its share of the year, by the season and the events of that year."""

    first_day: date
    share: float
    mean: float


@dataclass(frozen=True)
class Part:
    """One of the parts that the history splits into; `code` None is what nobody split.

    `last` is its usual total in the year before the suggested one, `expected` in the suggested one; the parts add up to
    the whole's. `growth` None where nothing came before. `contribution` is what the part adds to the growth of the
    whole: they add up to it.
    """

    code: str | None
    last: float
    expected: float
    share: float
    growth: float | None
    contribution: float | None


@dataclass(frozen=True)
class Proposal:
    """`growth` over the year before; `chance` of reaching the total by the forecast.

    `assumes`: `growth_goes_on` (no more than the usual growth), `like_the_best` (more than usual, no more than the best
    year had), `better_than_ever` (more than any year had), `unknown` where growth has no figure. For what should be low,
    the best growth is the lowest.
    """

    kind: Kind
    total: Decimal
    growth: float | None
    chance: float
    assumes: Literal["growth_goes_on", "like_the_best", "better_than_ever", "unknown"]


@dataclass(frozen=True)
class Suggestion:
    """`known` is what the suggested year has brought already; it is part of the forecast. `growth` is the median of
    the years' growths, `best` the best of them with its year."""

    first_day: date
    last_day: date
    years: tuple[PastYear, ...]
    growth: float | None
    best: PastYear | None
    months: tuple[MonthShare, ...]
    parts: tuple[Part, ...]
    outliers: tuple[Outlier, ...]
    known: float
    forecast: Forecast
    proposals: tuple[Proposal, ...]
    trials: tuple[Trial, ...]


def amount_of(value: float) -> Decimal:
    """What was reckoned, as an amount is written: to the hundredth."""
    return Decimal(str(round(value, 2)))


def suggest_year(
    history: pd.Series[float],
    first_day: date,
    last_day: date,
    *,
    events: Sequence[EventDays] = (),
    parts: Mapping[str, pd.Series[float]] | None = None,
    direction: str = "higher",
) -> Suggestion | TooLittle:
    """For the year from `first_day` to `last_day`, from a history as `forecast_total` takes it, of 2 years or more.

    `parts` are histories of what the whole splits into (product lines), in the same unit. The trials are what would have
    been said for each earlier year that has a year or more before it. Raises ValueError for a year that is over.
    """
    fitted = fit(history, events)
    if isinstance(fitted, TooLittle):
        return TooLittle(fitted.reason, LEAST_DAYS, fitted.known)
    span = len(fitted.history.days)
    if span < LEAST_DAYS:
        return TooLittle("short", LEAST_DAYS, span)
    known_through = to_date(fitted.history.last)
    if known_through >= last_day:
        raise ValueError("The year is over.")
    book = _Book(fitted)
    known = book.total(first_day, known_through) if known_through >= first_day else 0.0
    forecast = fitted.total(_days(max(first_day, known_through + ONE), last_day)).plus(known)
    years = _past_years(book, first_day, last_day)
    growths = [(year.growth, year) for year in years if year.growth is not None]
    pick = max if direction == "higher" else min
    best = pick(growths, key=lambda pair: pair[0])[1] if growths else None
    usual = median(growth for growth, _year in growths) if growths else None
    before = years[-1].usual if years else None
    return Suggestion(
        first_day,
        last_day,
        years,
        usual,
        best,
        _months(book, forecast, first_day, known_through),
        _parts(parts or {}, events, first_day, last_day, forecast.mean, before),
        tuple(fitted.outliers()),
        known,
        forecast,
        tuple(_proposal(kind, chance, forecast, before, usual, best, direction) for kind, chance in CHANCES),
        tuple(_trials(history, events, years)),
    )


class _Book:
    """Totals of a fitted history over any days: known ones from the history, later ones forecast."""

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted
        days, usual = fitted.usual()
        self.first, self.last = to_date(days[0]), to_date(days[-1])
        self.amounts = fitted.history.values
        self._usual = usual

    def total(self, first: date, last: date) -> float:
        """What came on those days, gaps left out."""
        return float(np.nansum(self._cut(self.amounts, first, last)))

    def usual(self, first: date, last: date) -> float | None:
        """The same without one-offs, days after the history forecast; None where it begins before the history, and
        where a tenth or more of it is a gap."""
        if first < self.first:
            return None
        ahead = max(first, self.last + ONE)
        later = self.fitted.total(_days(ahead, last)).mean if ahead <= last else 0.0
        seen = self._cut(self._usual, first, min(last, self.last))
        if len(seen) and np.isnan(seen).mean() >= 0.1:
            return None
        # What lies in a small gap is taken for the mean of the other days.
        return float(np.nanmean(seen)) * len(seen) + later if len(seen) else later

    def _cut(self, amounts: Floats, first: date, last: date) -> Floats:
        begin = number(self.first)
        return amounts[max(0, number(first) - begin) : max(0, number(last) - begin + 1)]


def _days(first: date, last: date) -> list[date]:
    return [first + ONE * day for day in range((last - first).days + 1)]


def _past_years(book: _Book, first: date, last: date) -> tuple[PastYear, ...]:
    found: list[PastYear] = []
    span = a_year_before(first, last)
    usual = book.usual(*span)
    while usual is not None:
        begin, end = span
        span = a_year_before(begin, end)
        before = book.usual(*span)
        growth = usual / before - 1 if before is not None and before > 0 else None
        found.append(
            PastYear(begin, end, book.total(begin, end), usual, end <= book.last, growth),
        )
        usual = before
    return tuple(reversed(found))


def _months(book: _Book, forecast: Forecast, first: date, known_through: date) -> tuple[MonthShare, ...]:
    by_month: dict[date, float] = {}
    for day in _days(first, known_through) if known_through >= first else []:
        month = day.replace(day=1)
        by_month[month] = by_month.get(month, 0.0) + book.total(day, day)
    for ahead in forecast.days:
        month = ahead.day.replace(day=1)
        by_month[month] = by_month.get(month, 0.0) + ahead.mean
    total = sum(by_month.values())
    return tuple(
        MonthShare(max(month, first), amount / total if total else 0.0, amount)
        for month, amount in sorted(by_month.items())
    )


def _parts(
    parts: Mapping[str, pd.Series[float]],
    events: Sequence[EventDays],
    first: date,
    last: date,
    whole: float,
    before: float | None,
) -> tuple[Part, ...]:
    """Each part by a forecast of its own, or like the year before where it has too little history; then all scaled, so
    that they add up to the whole with what nobody split."""
    if not parts or before is None or before <= 0:
        return ()
    year_before = a_year_before(first, last)
    rows: list[tuple[str | None, float, float]] = []
    for code, history in parts.items():
        fitted = fit(history, events)
        if isinstance(fitted, TooLittle):
            known = history[~history.isna()]
            came = float(
                known[
                    [year_before[0] <= pd.Timestamp(str(day)).date() <= year_before[1] for day in known.index]
                ].sum()
            )
            rows.append((code, came, came * whole / before))
            continue
        book = _Book(fitted)
        ahead = max(first, book.last + ONE)
        later = fitted.total(_days(ahead, last)).mean if ahead <= last else 0.0
        usual = book.usual(*year_before)
        came = usual if usual is not None else book.total(*year_before)
        rows.append((code, came, later + (book.total(first, book.last) if book.last >= first else 0.0)))
    rest = before - sum(came for _code, came, _expected in rows)
    if abs(rest) > 0.001 * before:
        rows.append((None, rest, rest * whole / before))
    told = sum(expected for _code, _came, expected in rows)
    scale = whole / told if told > 0 else 1.0
    return tuple(
        Part(
            code,
            came,
            expected * scale,
            expected * scale / whole if whole else 0.0,
            expected * scale / came - 1 if came > 0 else None,
            (expected * scale - came) / before,
        )
        for code, came, expected in sorted(rows, key=lambda row: (row[0] is None, -row[2], row[0] or ""))
    )


def _proposal(
    kind: Kind,
    chance: int,
    forecast: Forecast,
    before: float | None,
    usual: float | None,
    best: PastYear | None,
    direction: str,
) -> Proposal:
    higher = direction == "higher"
    at = 100 - chance if higher else chance
    total = _round(forecast.percentiles[at - 1])
    growth = float(total) / before - 1 if before is not None and before > 0 else None
    assumes: Literal["growth_goes_on", "like_the_best", "better_than_ever", "unknown"] = "unknown"
    if growth is not None and usual is not None and best is not None and best.growth is not None:
        sign = 1 if higher else -1
        if sign * growth <= sign * usual:
            assumes = "growth_goes_on"
        elif sign * growth <= sign * best.growth:
            assumes = "like_the_best"
        else:
            assumes = "better_than_ever"
    return Proposal(kind, total, growth, forecast.chance(float(total), direction), assumes)


def _round(amount: float) -> Decimal:
    exact = Decimal(repr(amount))
    if not exact:
        return Decimal(0)
    step = Decimal(1).scaleb(max(exact.adjusted() - DIGITS + 1, -4))
    return Decimal(f"{(exact / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step:f}")


def _trials(history: pd.Series[float], events: Sequence[EventDays], years: Sequence[PastYear]) -> list[Trial]:
    """Of the earlier years with at least one before them; a year begun is told from the day before its first."""
    spans = [(year.first_day, year.last_day) for year in years[1:] if year.complete]
    return back_test(history, spans, events)
