"""Until when complaints are answered and solved. Pure arithmetic: the caller brings the clock of the working hours.

A clock of the solution stands still while the customer is waited for. The first answer is due by its working time, and
by the calendar's hours at the very most, whatever holidays lie between. Times are given in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from decisions.clocks import Clock

NONE = timedelta(0)


@dataclass(frozen=True)
class Stretch:
    """While a clock stood still; `ended` is empty where it still does."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Due:
    """When it is to be warned of, and when it is over; empty where a pause that still runs comes first."""

    warn_at: datetime | None
    due_at: datetime | None


def deadline(received: datetime, span: timedelta, pauses: Iterable[Stretch], hours: Clock) -> datetime | None:
    """When so much working time outside of pauses has passed; None where a pause that still runs comes before it.

    Raises ValueError where a whole year has no working day.
    """
    start, left = received, span
    for pause in _in_order(pauses) if pauses else ():
        due = hours.after(start, left)
        if due <= pause.began:
            return due
        left -= hours.between(start, pause.began)
        if pause.ended is None:
            return None
        start = max(start, pause.ended)
    return hours.after(start, left)


def elapsed(received: datetime, until: datetime, pauses: Iterable[Stretch], hours: Clock) -> timedelta:
    """How much working time outside of pauses lies between two times."""
    total, start = NONE, received
    for pause in _in_order(pauses):
        if pause.began >= until:
            break
        total += hours.between(start, pause.began)
        if pause.ended is None:
            return total
        start = max(start, pause.ended)
    return total + hours.between(start, until)


def by_calendar(received: datetime, span: timedelta) -> datetime:
    """So many hours later, by day and night."""
    return received.astimezone(UTC) + span


def first_answer(received: datetime, span: timedelta, at_most: timedelta, warn: float, hours: Clock) -> Due:
    """`warn` is the share of the time, of whichever ends first, at which it is to be warned of; no pause stops this clock."""
    latest = Due(by_calendar(received, at_most * warn), by_calendar(received, at_most))
    working = solution(received, span, (), warn, hours)
    if working.due_at is None or latest.due_at is None or working.due_at > latest.due_at:
        return latest
    return working


def solution(begun: datetime, span: timedelta, pauses: Sequence[Stretch], warn: float, hours: Clock) -> Due:
    """Neither time where a whole year has no working day."""
    early = span * warn
    try:
        warn_at = deadline(begun, early, pauses, hours)
        if warn_at is not None and not pauses:
            return Due(warn_at, hours.after(warn_at, span - early))
        return Due(warn_at, deadline(begun, span, pauses, hours))
    except ValueError:
        return Due(None, None)


def _in_order(pauses: Iterable[Stretch]) -> list[Stretch]:
    return sorted(pauses, key=lambda pause: pause.began)
