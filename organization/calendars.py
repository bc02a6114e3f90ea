"""China's public holidays and the trade's moving events, year by year. Pure: no database, no clock.

Holidays come from the `holidays` package, which has what the State Council announced (usually in November for
the year to come), make-up working days included. A year not yet announced has the days that the law names,
without exchanged ones: it is provisional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import holidays
from django.utils.translation import gettext_noop as _

# Part of the package's English name → ours. Ours stand in the message catalogue and are kept in the database.
NAMES = (
    ("New Year's Day", _("New Year's Day")),
    ("Tomb-Sweeping", _("Tomb-Sweeping Day")),
    ("Labor Day", _("Labour Day")),
    ("Dragon Boat", _("Dragon Boat Festival")),
    ("Mid-Autumn", _("Mid-Autumn Festival")),
    ("National Day", _("National Day")),
    ("Day off", _("Day off in exchange")),
)
SPRING_FESTIVAL = _("Spring Festival")
MAKE_UP_DAY = _("Make-up working day")
CHINESE_NEW_YEAR = "Chinese New Year (Spring Festival)"


@dataclass(frozen=True)
class Day:
    day: date
    working: bool
    name: str
    provisional: bool


@dataclass(frozen=True)
class Event:
    code: str
    name: str
    first_day: date
    last_day: date
    kind: str = "promotion"


def days_of(year: int) -> list[Day]:
    """The year's days that are not as usual, in order."""
    # The next year's too: its New Year may be paid for with a weekend of this December.
    known = holidays.country_holidays("CN", years=[year, year + 1], language="en_US")
    make_up = sorted(day for day in known.weekend_workdays if day.year == year)
    provisional = not any(day.year == year for day in _announced(year))
    off = [
        Day(day, working=False, name=_our_name(name), provisional=provisional)
        for day, name in sorted(known.items())
        if day.year == year
    ]
    on = [Day(day, working=True, name=MAKE_UP_DAY, provisional=False) for day in make_up]
    return sorted(off + on, key=lambda day: day.day)


def events_of(year: int) -> list[Event]:
    """The year's events, each as long in every year, so that day n of one can be laid beside day n of another."""
    new_year = new_years_day(year)
    return [
        # From the eve to the seventh day of the first month.
        Event(
            "spring-festival",
            SPRING_FESTIVAL,
            new_year - timedelta(days=1),
            new_year + timedelta(days=6),
            "holiday",
        ),
        Event("618", _("618 shopping festival"), date(year, 6, 1), date(year, 6, 20)),
        Event("double-11", _("11.11 shopping festival"), date(year, 11, 1), date(year, 11, 11)),
    ]


def new_years_day(year: int) -> date:
    """The first day of the lunar year that begins in this year."""
    found = holidays.country_holidays("CN", years=year, language="en_US", observed=False)
    return min(found.get_named(CHINESE_NEW_YEAR, lookup="exact"))


def _announced(year: int) -> Iterator[date]:
    """Every announcement since 2001 exchanged some weekend, so a year without any has none."""
    return (day for day in holidays.country_holidays("CN", years=year).weekend_workdays if day.year == year)


def _our_name(name: str) -> str:
    return next((ours for part, ours in NAMES if name.startswith(part)), SPRING_FESTIVAL)
