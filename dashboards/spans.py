"""The periods of a page: those of the calendar, and the last so many days. Pure: today is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from common.periods import Grain, Period

GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
ROLLING = (7, 28)
DAYS_KEPT = 30  # of the pages that a device keeps
A_YEAR = timedelta(days=364)  # 52 weeks, so that Mondays stand beside Mondays


@dataclass(frozen=True)
class LastDays:
    """So many days up to `end`, that day included; written `last-28`. Asked the same things as a Period."""

    days: int
    end: date
    fiscal_start: int = 1

    @property
    def grain(self) -> str:
        return "days"

    @property
    def start(self) -> date:
        return self.end - timedelta(days=self.days - 1)

    def next(self, steps: int = 1) -> LastDays:
        return LastDays(self.days, self.end + timedelta(days=self.days * steps), self.fiscal_start)

    def last_year(self) -> LastDays:
        return LastDays(self.days, self.end - A_YEAR, self.fiscal_start)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return f"last-{self.days}"


Span = Period | LastDays


def parse(text: str, *, newest: date, fiscal_start: int, single_days: bool = False) -> Span | None:
    """What was asked for; `newest` ends the last days. None where the text is no period of a page."""
    text = text.strip()
    for days in (*ROLLING, DAYS_KEPT):
        if text == f"last-{days}":
            return LastDays(days, newest, fiscal_start)
    try:
        period = Period.parse(text, fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        return None
    known = (*GRAINS, Grain.DAY) if single_days else GRAINS
    return period if period.grain in known and 2000 <= period.start.year <= 2100 else None


def same_days(period: Span, beside: Span, through: date) -> date:
    """The day up to which `beside` has had as many days as `period` has had by `through`."""
    if through >= period.end:
        return beside.end
    return min(beside.start + (through - period.start), beside.end)


def is_kept(period: Span) -> bool:
    """Whether figures of such periods are kept for every area."""
    return isinstance(period, Period) and period.grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
