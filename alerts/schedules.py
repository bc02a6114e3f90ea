"""When a rule looks next without a figure having changed. Pure: times in, a time out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOURLY = timedelta(hours=1)
LONGEST_HOLIDAY = 60  # days; after so many without a working day it looks on the next one all the same


def next_daily(*, at: time, after: datetime, zone: ZoneInfo, counts: Callable[[date], bool]) -> datetime:
    """The next time of day `at` in that zone strictly after `after`, on a day that `counts`.

    A time that a change of the clock leaves out is taken as the moment after it.
    """
    day = after.astimezone(zone).date()
    for ahead in range(LONGEST_HOLIDAY):
        moment = datetime.combine(day + timedelta(days=ahead), at, tzinfo=zone)
        if moment > after and counts(moment.date()):
            return moment
    return datetime.combine(day + timedelta(days=1), at, tzinfo=zone)


def next_hourly(*, after: datetime) -> datetime:
    """An hour later: for what changes with time alone, where no other time is asked for."""
    return after + HOURLY
