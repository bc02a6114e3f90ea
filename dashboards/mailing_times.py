"""When a page that is sent regularly goes out next. Pure: times in, a time out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboards.models.mailings import Every

LATE = timedelta(days=1)  # what should have gone out within it still does; what is older is left out


def next_time(*, every: str, day: int, hour: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The next time strictly after `after`. `day`: 1 (Monday) to 7 of a week, 1 to 28 of a month; `hour` by the clock of
    `zone`. An hour that a change of the clock leaves out is taken as the moment after it; of one that comes twice, the
    first counts.
    """
    today = after.astimezone(zone).date()
    for candidate in _days(every, day, today):
        moment = datetime.combine(candidate, time(hour), tzinfo=zone).astimezone(after.tzinfo)
        if moment > after:
            return moment
    raise AssertionError("one of three times in a row lies ahead")


def is_too_late(*, due_at: datetime, now: datetime) -> bool:
    return now - due_at > LATE


def _days(every: str, day: int, today: date) -> list[date]:
    """Of this week or month and the two after it."""
    if every == Every.WEEK:
        first = today - timedelta(days=today.isoweekday() - day)
        return [first + timedelta(weeks=ahead) for ahead in range(3)]
    months = [today.year * 12 + today.month - 1 + ahead for ahead in range(3)]
    return [date(month // 12, month % 12 + 1, day) for month in months]
