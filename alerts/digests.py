"""Of which day a digest is due. Pure: the caller brings the person's zone and the calendar."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from organization.workdays import Exceptions, is_working_day


def due_day(
    *, when: str, at: time, weekday: int, zone: ZoneInfo, now: datetime, exceptions: Exceptions
) -> date | None:
    """The person's day whose digest may go out by now; None before its time and on other days.

    A digest that was missed is caught up until midnight; of days that are over none is written. `when`: a value of
    `alerts.models.Digest`. `weekday` 0 is Monday.
    """
    local = now.astimezone(zone)
    if local.time() < at:
        return None
    day = local.date()
    match when:
        case "daily":
            return day
        case "working":
            return day if is_working_day(day, exceptions) else None
        case "weekly":
            return day if day.weekday() == weekday else None
        case _:
            return None
