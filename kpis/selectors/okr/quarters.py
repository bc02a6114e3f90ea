"""Quarters of objectives: which is meant, how it is called, whether it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language

from common import formats
from common.periods import Grain, Period, add_months
from organization.selectors import closed_through, company

FIRST_YEAR, LAST_YEAR = 1991, 2100


@dataclass(frozen=True)
class Quarter:
    """`text` is its written form, for addresses; before and after are its neighbours'."""

    start: date
    text: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return formats.period(self.text, get_language() or "en")

    @property
    def last_day(self) -> date:
        return add_months(self.start, 3) - timedelta(days=1)


def quarter_asked(text: str, *, today: date) -> Quarter:
    """The quarter that an address names; today's for anything else, so that no address breaks."""
    fiscal_start = company().fiscal_year_start
    try:
        period = Period.parse(text, fiscal_start=fiscal_start)
    except ValueError:
        period = Period.containing(today, Grain.QUARTER, fiscal_start=fiscal_start)
    if period.grain != Grain.QUARTER or not FIRST_YEAR <= period.start.year < LAST_YEAR:
        period = Period.containing(today, Grain.QUARTER, fiscal_start=fiscal_start)
    return Quarter(period.start, str(period), str(period.next(-1)), str(period.next()))


def quarter_text(start: date, fiscal_start: int) -> str:
    """2026-Q4; its first month where the fiscal year has been moved since an objective was made."""
    try:
        return str(Period(Grain.QUARTER, start, fiscal_start))
    except ValueError:
        return f"{start:%Y-%m}"


def quarter_in_words(start: date) -> str:
    return formats.period(quarter_text(start, company().fiscal_year_start), get_language() or "en")


def is_over(start: date, *, today: date) -> bool:
    """Whether the quarter that begins on this day is closed, as its last month is."""
    return add_months(start, 3) - timedelta(days=1) <= closed_through(today)
