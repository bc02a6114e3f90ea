"""What the same method would have said in earlier times, and how far off it was. Never looks ahead."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from kpis.forecasting.fitting import Fitted, fit
from kpis.forecasting.history import History, number, regular
from kpis.forecasting.values import Accuracy, EventDays, TooLittle, Trial

ONE = timedelta(days=1)


def back_test(
    history: pd.Series[float],
    spans: Iterable[tuple[date, date]],
    events: Sequence[EventDays] = (),
    *,
    wait: int = 0,
) -> list[Trial]:
    """A trial for each span (first and last day), told what was known `wait` days before its first.

    Of a source of weeks or months only what was complete by then: an unfinished week had not been published. Spans
    that the history does not hold in full, or before which there was too little, are left out. Events are known
    beforehand, as calendars are.
    """
    row = regular(history)
    if row is None:
        return []
    trials: list[Trial] = []
    fits: dict[int, Fitted | TooLittle] = {}
    for first, last in spans:
        origin = first - ONE - wait * ONE
        actual = _total(row, first, last)
        known = _known_then(row, number(origin))
        if actual is None or known <= 0:
            continue
        if known not in fits:
            days = row.days[:known].astype("datetime64[D]")
            fits[known] = fit(pd.Series(row.values[:known], index=pd.DatetimeIndex(days)), events)
        fitted = fits[known]
        if isinstance(fitted, TooLittle):
            continue
        ahead = [first + ONE * day for day in range((last - first).days + 1)]
        told = fitted.total(ahead)
        naive = _total(row, *a_year_before(first, last))
        trials.append(Trial(origin, first, last, actual, told.mean, told.low, told.high, naive))
    return trials


def accuracy(trials: Sequence[Trial]) -> Accuracy:
    size = sum(abs(trial.actual) for trial in trials)
    compared = [trial for trial in trials if trial.naive is not None]
    beside = sum(abs(trial.actual) for trial in compared)
    return Accuracy(
        trials=len(trials),
        held=sum(trial.held for trial in trials) / len(trials) if trials else None,
        error=sum(abs(trial.mean - trial.actual) for trial in trials) / size if size else None,
        compared=len(compared),
        error_compared=sum(abs(one.mean - one.actual) for one in compared) / beside if beside else None,
        error_naive=sum(abs((one.naive or 0.0) - one.actual) for one in compared) / beside
        if beside
        else None,
    )


def last_months(through: date, count: int, *, months: int = 1) -> list[tuple[date, date]]:
    """The last `count` spans of whole months that end by that day, oldest first; each begins a month after the one
    before, and is `months` long."""
    end = through.year * 12 + through.month - (2 if through.day < _length(through) else 1)
    return [(_first(end - back - months + 1), _last(end - back)) for back in reversed(range(count))]


def a_year_before(first: date, last: date) -> tuple[date, date]:
    """The same days of the year before; the end of a month stays one."""
    end = last.year - 1, last.month
    days = monthrange(*end)[1]
    return first.replace(
        year=first.year - 1, day=min(first.day, monthrange(first.year - 1, first.month)[1])
    ), date(*end, days if last.day == _length(last) else min(last.day, days))


def _known_then(row: History, origin: int) -> int:
    """How many days of the row were known at the end of `origin`."""
    days = origin - int(row.days[0]) + 1
    if not row.coarse:
        return min(days, len(row.days))
    complete = row.starts[row.starts <= days]
    return int(complete[-1]) if len(complete) else 0


def _total(row: History, first: date, last: date) -> float | None:
    begin, end = number(first) - int(row.days[0]), number(last) - int(row.days[0]) + 1
    if begin < 0 or end > len(row.values):
        return None
    total = float(np.sum(row.values[begin:end]))
    return None if np.isnan(total) else total


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _first(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _last(month: int) -> date:
    return _first(month + 1) - ONE
