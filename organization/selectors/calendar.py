"""Reading the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from organization.models import CalendarDay, CalendarEvent, EventKind
from organization.selectors.scopes import company
from organization.workdays import Exceptions, add_working_days, is_working_day


def exceptions_between(first: date, last: date) -> Exceptions:
    """The days that are not as usual, and whether they work. One query."""
    return dict(CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "working"))


def closed_through(as_of: date) -> date:
    """Periods that end on this day or before it are closed.

    A period closes on the n-th working day after its end, n being the company's `close_after_working_days`.
    """
    days = company().close_after_working_days
    exceptions = exceptions_between(as_of - timedelta(days=90), as_of)
    day = as_of
    while True:
        days -= is_working_day(day, exceptions)
        if days <= 0:
            return day - timedelta(days=1)
        day -= timedelta(days=1)


def closing_day(end: date) -> date:
    """The day on which a period that ends then closes, or has closed. Two queries."""
    days = company().close_after_working_days
    return add_working_days(end, days, exceptions_between(end, end + timedelta(days=120)))


@dataclass(frozen=True)
class NamedDay:
    day: date
    name: str
    working: bool
    provisional: bool


@dataclass(frozen=True)
class NamedEvent:
    """`pk` to open it by."""

    pk: int
    name: str
    kind: str
    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class KnownEvent:
    """An event as its newest days call it; `label` in the reader's language."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class CalendarYear:
    """A year's days that are not as usual, and its events, names in the reader's language."""

    year: int
    days: tuple[NamedDay, ...]
    events: tuple[NamedEvent, ...]

    @property
    def provisional(self) -> bool:
        return any(day.provisional for day in self.days)


def calendar_year(year: int) -> CalendarYear:
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = CalendarDay.objects.filter(day__range=(first, last)).order_by("day")
    events = CalendarEvent.objects.filter(first_day__lte=last, last_day__gte=first).order_by(
        "first_day", "code"
    )
    return CalendarYear(
        year,
        # The names that we load stand in the catalogue (organization/calendars.py); others are shown as they are.
        tuple(NamedDay(day.day, _(day.name), day.working, day.provisional) for day in days),
        tuple(
            NamedEvent(
                event.pk, _(event.name), str(EventKind(event.kind).label), event.first_day, event.last_day
            )
            for event in events
        ),
    )


def calendar_years() -> list[int]:
    """The years of which any day or event is known, in order. Two queries."""
    days = CalendarDay.objects.dates("day", "year")
    events = CalendarEvent.objects.dates("first_day", "year")
    return sorted({day.year for day in [*days, *events]})


def known_events() -> dict[str, KnownEvent]:
    """What events there are, by their codes, in the order of their names. One query."""
    newest = {event.code: event for event in CalendarEvent.objects.order_by("first_day")}
    known = {code: KnownEvent(event.name, _(event.name), event.kind) for code, event in newest.items()}
    return dict(sorted(known.items(), key=lambda one: one[1].label))
