"""Working days: Monday to Friday, but for exceptions (a holiday, a make-up working day). Pure arithmetic.

`exceptions` says of single days whether they work; a day without an entry is as usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

Exceptions = Mapping[date, bool]
ONE_DAY = timedelta(days=1)
# Longer than any holiday; a calendar without a single working day would else be searched for ever.
LONGEST_REST = 366


def is_working_day(day: date, exceptions: Exceptions) -> bool:
    return exceptions.get(day, day.weekday() < 5)


def add_working_days(day: date, days: int, exceptions: Exceptions) -> date:
    """The n-th working day after the day (before it where n is negative); the day itself does not count.

    Zero days gives the day itself, working or not. Raises ValueError where a whole year has no working day.
    """
    step = ONE_DAY if days > 0 else -ONE_DAY
    rest = 0
    left = abs(days)
    while left:
        day += step
        if is_working_day(day, exceptions):
            left, rest = left - 1, 0
        else:
            rest += 1
            if rest > LONGEST_REST:
                raise ValueError("The calendar has no working day within a year.")
    return day


def working_days_between(first: date, last: date, exceptions: Exceptions) -> int:
    """How many days work from the first to the last, both included; 0 where the last lies before the first."""
    span = (last - first).days + 1
    if span <= 0:
        return 0
    weeks, odd = divmod(span, 7)
    count = weeks * 5 + sum((first.weekday() + day) % 7 < 5 for day in range(odd))
    for day, working in exceptions.items():
        if first <= day <= last:
            count += working - (day.weekday() < 5)
    return count
