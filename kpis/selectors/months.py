"""Which months are closed, and which are left of a year."""

from __future__ import annotations

from datetime import date, timedelta

from common.periods import Grain, Period
from organization.selectors import closed_through, company


def last_closed(closed: date) -> Period:
    """The newest month that has closed; `closed` as `closed_through` says it."""
    return Period.containing(closed + timedelta(days=1), Grain.MONTH).next(-1)


def months_left(month: date, *, today: date) -> list[Period]:
    """The months whose targets a calibration of `month` may change: those that are open, to the end of the fiscal year
    of the first of them. Three queries.
    """
    first = max(Period(Grain.MONTH, month).next(), last_closed(closed_through(today)).next())
    year = Period.containing(first.start, Grain.YEAR, fiscal_start=company().fiscal_year_start)
    return [one for one in year.months() if one.start >= first.start]
