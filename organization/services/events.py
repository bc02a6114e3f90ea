"""The events of the calendar as people know them: added, given other days, taken out.

What floors above have learnt from them stays as it is; what is learnt later is learnt from what stands here then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.models import CalendarEvent, EventKind, Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.slugs import slugify

MOST_DAYS = 62
YEARS = (2000, 2100)
_LOCK = 7421  # names our advisory lock


class EventMoved(Exception):
    """Somebody else changed the event first; nothing was written. `current` is how it stands, None if it is gone."""

    def __init__(self, current: CalendarEvent | None) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class EventDraft:
    """`code` is that of an event that other years have too; empty for a new one, which gets its code by its name."""

    name: str
    kind: EventKind
    first_day: date
    last_day: date
    code: str = ""


@transaction.atomic
def add_event(*, draft: EventDraft, person: Person | None) -> CalendarEvent:
    """Raises Refused for days that cannot be, and for a new event whose name is one that there is."""
    _hold()
    code = draft.code or _new_code(draft.name)
    if not draft.code and CalendarEvent.objects.filter(code=code).exists():
        raise Refused(
            _("There is an event “%(name)s”. Choose it from the list to give it days in another year.")
            % {"name": draft.name}
        )
    _check(draft, code)
    made = CalendarEvent.objects.create(
        code=code,
        name=draft.name,
        kind=draft.kind,
        first_day=draft.first_day,
        last_day=draft.last_day,
    )
    record(action="event.add", subject=draft.name, person=person, after=_days(draft))
    return made


@transaction.atomic
def change_event(
    *, event: CalendarEvent, draft: EventDraft, based_on: int, person: Person | None
) -> CalendarEvent:
    """Its code stays. Raises Refused for days that cannot be, EventMoved where another revision than `based_on` stands."""
    _hold()
    current = CalendarEvent.objects.filter(pk=event.pk).first()
    if current is None or current.revision != based_on:
        raise EventMoved(current)
    _check(draft, current.code, except_for=current)
    before = _days(current)
    current.name, current.kind = draft.name, draft.kind
    current.first_day, current.last_day = draft.first_day, draft.last_day
    current.revision += 1
    current.save(update_fields=["name", "kind", "first_day", "last_day", "revision"])
    record(action="event.change", subject=current.name, person=person, before=before, after=_days(current))
    return current


@transaction.atomic
def remove_event(*, event: CalendarEvent, person: Person | None) -> None:
    """Twice is once."""
    if CalendarEvent.objects.filter(pk=event.pk).update(removed_at=timezone.now()):
        record(action="event.remove", subject=event.name, person=person, before=_days(event))


def _hold() -> None:
    """One at a time: whether days overlap is asked of all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])


def _new_code(name: str) -> str:
    try:
        code = slugify(name)
    except ValueError:
        raise Refused(_("A name needs a letter or a digit.")) from None
    return code[: CalendarEvent._meta.get_field("code").max_length or 50].strip("-")


def _check(draft: EventDraft, code: str, *, except_for: CalendarEvent | None = None) -> None:
    length = (draft.last_day - draft.first_day).days + 1
    if length < 1:
        raise Refused(_("The last day lies before the first."))
    if length > MOST_DAYS:
        raise Refused(
            _("An event has at most %(most)s days; this one has %(days)s.")
            % {"most": MOST_DAYS, "days": length}
        )
    if not (YEARS[0] <= draft.first_day.year and draft.last_day.year <= YEARS[1]):
        raise Refused(_("Days lie between %(first)s and %(last)s.") % {"first": YEARS[0], "last": YEARS[1]})
    others = CalendarEvent.objects.filter(
        code=code, first_day__lte=draft.last_day, last_day__gte=draft.first_day
    )
    if except_for is not None:
        others = others.exclude(pk=except_for.pk)
    if (other := others.first()) is not None:
        raise Refused(
            _("It has other days that overlap these: %(first)s to %(last)s.")
            % {"first": other.first_day.isoformat(), "last": other.last_day.isoformat()}
        )


def _days(event: EventDraft | CalendarEvent) -> str:
    return f"{event.first_day} – {event.last_day}"
