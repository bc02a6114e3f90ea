"""When rules look by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.conditions import Terms
from alerts.models import Rule, Schedule, WithoutData
from alerts.schedules import LONGEST_HOLIDAY, next_daily, next_hourly
from organization.selectors import company, is_working_day
from organization.selectors.calendar import exceptions_between


def next_look(rule: Rule, terms: Terms | None, *, now: datetime) -> datetime | None:
    """At the rule's time of day in the company's zone; hourly where it changes with time alone, or missing data mean
    something; else never.
    """
    if rule.schedule == Schedule.CHANGES or rule.look_at is None:
        by_time = rule.without_data != WithoutData.STAY or (terms is not None and terms.ages)
        return next_hourly(after=now) if by_time else None
    zone = ZoneInfo(company().time_zone)
    today = now.astimezone(zone).date()
    exceptions = exceptions_between(today, today + timedelta(days=LONGEST_HOLIDAY))
    return next_daily(
        at=rule.look_at,
        after=now,
        zone=zone,
        counts=lambda day: rule.schedule == Schedule.DAILY or is_working_day(day, exceptions),
    )
