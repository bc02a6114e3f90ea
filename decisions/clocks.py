"""Until when something is due, in working hours. Pure arithmetic on times: the caller brings zone, calendar and hours.

Here a working day has nine hours, from 9:00 to 18:00, unless the caller says otherwise; what comes on Friday at 15:00
with a working day's time is due on Monday at 15:00, what comes at night begins in the morning. Emergencies run by day
and night.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from organization.workdays import LONGEST_REST, Exceptions, is_working_day

BEGINS, ENDS = time(9), time(18)
HOURS_A_DAY = 9
ONE_DAY = timedelta(days=1)
NONE = timedelta(0)

# From when to when a day works; twice the same where it does not.
OpenOf = Callable[[date], tuple[datetime, datetime]]


def add_working_time(start: datetime, span: timedelta, exceptions: Exceptions) -> datetime:
    """When so much working time has passed since `start` (local, without a zone). No time at all gives `start` itself.

    Raises ValueError where a whole year has no working day.
    """
    return _after(start, span, start.date(), lambda day: _local_hours(day, exceptions))


def working_time_between(start: datetime, end: datetime, exceptions: Exceptions) -> timedelta:
    """How much working time lies between two local times; none where the second is not later."""
    return _between(start, end, start.date(), end.date(), lambda day: _local_hours(day, exceptions))


def _local_hours(day: date, exceptions: Exceptions) -> tuple[datetime, datetime]:
    closes = datetime.combine(day, ENDS)
    return (datetime.combine(day, BEGINS), closes) if is_working_day(day, exceptions) else (closes, closes)


def _after(start: datetime, span: timedelta, day: date, open_of: OpenOf) -> datetime:
    if span <= NONE:
        return start
    rest = 0
    while True:
        opens, closes = open_of(day)
        begins = min(max(opens, start), closes)
        if closes - begins >= span:
            return begins + span
        span -= closes - begins
        rest = 0 if closes > begins else rest + 1
        if rest > LONGEST_REST:
            raise ValueError("The calendar has no working day within a year.")
        day += ONE_DAY


def _between(start: datetime, end: datetime, day: date, last: date, open_of: OpenOf) -> timedelta:
    total = NONE
    while day <= last:
        opens, closes = open_of(day)
        total += max(min(closes, end) - min(max(opens, start), closes), NONE)
        day += ONE_DAY
    return total


@dataclass(frozen=True)
class Clock:
    """Runs in working hours, or by day and night. Takes times with any zone, and gives them in UTC.

    An hour is an hour that passes: a night in which clocks are put forward has one less. Times without a zone of their
    own would count what the hands show.
    """

    zone: ZoneInfo
    exceptions: Exceptions
    day_and_night: bool
    opens: time = BEGINS
    closes: time = ENDS
    _known: dict[date, tuple[datetime, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # thousands of complaints ask about the same days

    def after(self, start: datetime, span: timedelta) -> datetime:
        """Raises ValueError where a whole year has no working day."""
        start = start.astimezone(UTC)
        if self.day_and_night:
            return start + max(span, NONE)
        return _after(start, span, self._day(start), self._hours)

    def between(self, start: datetime, end: datetime) -> timedelta:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if self.day_and_night:
            return max(end - start, NONE)
        return _between(start, end, self._day(start), self._day(end), self._hours)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        known = self._known.get(day)
        if known is None:
            closes = self._utc(day, self.closes)
            works = is_working_day(day, self.exceptions)
            known = self._known[day] = (self._utc(day, self.opens), closes) if works else (closes, closes)
        return known

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)
