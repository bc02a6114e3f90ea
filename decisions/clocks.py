"""Until when something is due, in working hours. Pure arithmetic on local times: the caller brings zone and calendar.

A working day has nine hours, from 9:00 to 18:00; what comes on Friday at 15:00 with a working day's time is due on
Monday at 15:00, what comes at night begins in the morning. Emergencies run by day and night.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from organization.workdays import LONGEST_REST, Exceptions, is_working_day

BEGINS, ENDS = time(9), time(18)
HOURS_A_DAY = 9
ONE_DAY = timedelta(days=1)
NONE = timedelta(0)


def add_working_time(start: datetime, span: timedelta, exceptions: Exceptions) -> datetime:
    """When so much working time has passed since `start` (local, without a zone). No time at all gives `start` itself.

    Raises ValueError where a whole year has no working day.
    """
    if span <= NONE:
        return start
    day, rest = start.date(), 0
    while True:
        opens, closes = _open(day, start, exceptions)
        if closes - opens >= span:
            return opens + span
        span -= closes - opens
        rest = 0 if closes > opens else rest + 1
        if rest > LONGEST_REST:
            raise ValueError("The calendar has no working day within a year.")
        day += ONE_DAY


def working_time_between(start: datetime, end: datetime, exceptions: Exceptions) -> timedelta:
    """How much working time lies between two local times; none where the second is not later."""
    total, day = NONE, start.date()
    while day <= end.date():
        opens, closes = _open(day, start, exceptions)
        total += max(min(closes, end) - opens, NONE)
        day += ONE_DAY
    return total


def _open(day: date, start: datetime, exceptions: Exceptions) -> tuple[datetime, datetime]:
    """From when to when the day works, not before `start`; twice the same where it does not."""
    opens, closes = datetime.combine(day, BEGINS), datetime.combine(day, ENDS)
    if not is_working_day(day, exceptions):
        return closes, closes
    opens = min(max(opens, start), closes)
    return opens, closes


@dataclass(frozen=True)
class Clock:
    """Runs in the company's working hours, or by day and night. Takes and gives times with their zone."""

    zone: ZoneInfo
    exceptions: Exceptions
    day_and_night: bool

    def after(self, start: datetime, span: timedelta) -> datetime:
        if self.day_and_night:
            return start + max(span, NONE)
        return add_working_time(self._local(start), span, self.exceptions).replace(tzinfo=self.zone)

    def between(self, start: datetime, end: datetime) -> timedelta:
        if self.day_and_night:
            return max(end - start, NONE)
        return working_time_between(self._local(start), self._local(end), self.exceptions)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)
