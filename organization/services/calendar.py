"""Filling the calendar."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from organization import calendars
from organization.models import CalendarDay, CalendarEvent, Person
from organization.services.audit import record


@transaction.atomic
def load_holidays(year: int, *, person: Person | None = None) -> int:
    """Brings China's public holidays and make-up working days of the year; returns how many days are known.

    Provisional days give way once the year has been announced. Twice is once; nothing is audited where nothing
    changed.
    """
    wanted = {day.day: day for day in calendars.days_of(year)}
    kept = {row.day: row for row in CalendarDay.objects.select_for_update().filter(day__year=year)}
    gone = [row.pk for day, row in kept.items() if row.provisional and day not in wanted]
    changed = [
        day
        for day in wanted.values()
        if (row := kept.get(day.day)) is None
        or (row.working, row.name, row.provisional) != (day.working, day.name, day.provisional)
    ]
    CalendarDay.objects.filter(pk__in=gone).delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(**asdict(day)) for day in changed],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["working", "name", "provisional"],
    )
    if changed or gone:
        record(action="calendar.load", subject=str(year), person=person, changed=len(changed), gone=len(gone))
    return len(wanted)


@transaction.atomic
def load_events(year: int, *, person: Person | None = None) -> int:
    """Brings the year's moving events (Spring Festival, 618, 11.11); returns how many. Twice is once.

    An event that has been given other days by hand keeps them, and one that was taken out stays out.
    """
    wanted = calendars.events_of(year)
    known = set(
        CalendarEvent.every.filter(
            first_day__year=year, code__in=[event.code for event in wanted]
        ).values_list("code", flat=True)
    )
    missing = [event for event in wanted if event.code not in known]
    CalendarEvent.objects.bulk_create(
        [CalendarEvent(**asdict(event)) for event in missing], ignore_conflicts=True
    )
    if missing:
        record(
            action="calendar.load_events",
            subject=str(year),
            person=person,
            events=[one.code for one in missing],
        )
    return len(wanted)
