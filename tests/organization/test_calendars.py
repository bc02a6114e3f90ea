from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command

from organization import calendars
from organization.models import AuditEntry, CalendarDay, CalendarEvent, Company
from organization.selectors import calendar_year, closed_through, exceptions_between
from organization.services import load_events, load_holidays
from organization.workdays import is_working_day


def test_announced_years_have_their_make_up_days() -> None:
    days = {day.day: day for day in calendars.days_of(2025)}
    assert days[date(2025, 10, 6)].name == "Mid-Autumn Festival"
    assert days[date(2025, 10, 8)].name == "Day off in exchange"
    assert days[date(2025, 1, 28)].name == "Spring Festival"
    assert days[date(2025, 10, 11)].working
    assert days[date(2025, 1, 26)].working
    assert not any(day.provisional for day in days.values())


def test_a_make_up_day_in_december_for_the_next_new_year_is_this_years() -> None:
    assert date(2011, 12, 31) in {day.day for day in calendars.days_of(2011) if day.working}


def test_a_year_that_nobody_has_announced_is_provisional() -> None:
    days = calendars.days_of(2045)
    assert days
    assert all(day.provisional and not day.working for day in days)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2023, date(2023, 1, 22)),
        (2024, date(2024, 2, 10)),
        (2025, date(2025, 1, 29)),
        (2026, date(2026, 2, 17)),
        (2027, date(2027, 2, 6)),
    ],
)
def test_spring_festival_moves_and_keeps_its_length(year: int, day: date) -> None:
    assert calendars.new_years_day(year) == day
    festival = calendars.events_of(year)[0]
    assert (festival.last_day - festival.first_day).days == 7
    assert festival.first_day < day <= festival.last_day


@pytest.mark.django_db
def test_loading_twice_is_loading_once() -> None:
    assert load_holidays(2025) == load_holidays(2025) == CalendarDay.objects.count()
    assert load_events(2025) == load_events(2025) == CalendarEvent.objects.count() == 3
    assert AuditEntry.objects.filter(action__startswith="calendar.").count() == 2


@pytest.mark.django_db
def test_provisional_days_give_way_to_the_announced_ones() -> None:
    CalendarDay.objects.create(day=date(2025, 3, 3), working=False, name="Guess", provisional=True)
    CalendarDay.objects.create(day=date(2025, 3, 4), working=False, name="The founder's birthday")
    CalendarDay.objects.create(day=date(2025, 10, 1), working=False, name="Guess", provisional=True)
    load_holidays(2025)
    names = dict(CalendarDay.objects.values_list("day", "name"))
    assert date(2025, 3, 3) not in names
    assert names[date(2025, 3, 4)] == "The founder's birthday"
    assert names[date(2025, 10, 1)] == "National Day"


@pytest.mark.django_db
def test_the_command_fills_five_years_and_the_page_reads_them() -> None:
    call_command("load_calendar", 2024, 2025, verbosity=0)
    year = calendar_year(2025)
    assert [event.name for event in year.events] == [
        "Spring Festival",
        "618 shopping festival",
        "11.11 shopping festival",
    ]
    assert not year.provisional
    assert not calendar_year(2023).days


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "closed"),
    [
        # Five working days after September 2025: 9, 10, 11 (made up), 13 and 14 October.
        (date(2025, 10, 13), date(2025, 9, 27)),
        (date(2025, 10, 14), date(2025, 9, 30)),
    ],
)
def test_september_closes_after_the_golden_week(today: date, closed: date) -> None:
    Company.objects.update(close_after_working_days=5)
    load_holidays(2025)
    through = closed_through(today)
    assert (through >= date(2025, 9, 30)) == (closed >= date(2025, 9, 30))


@pytest.mark.django_db
def test_exceptions_are_read_in_one_query(django_assert_num_queries: object) -> None:
    load_holidays(2025)
    exceptions = exceptions_between(date(2025, 10, 1), date(2025, 10, 11))
    assert not is_working_day(date(2025, 10, 8), exceptions)
    assert is_working_day(date(2025, 10, 11), exceptions)
