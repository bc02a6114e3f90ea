"""Reading the audit trail, newest first; quick however long it is: each page is a range of an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from organization.models import AuditEntry, Person

PAGE = 50


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; an empty one finds all. `action` is a whole action (`grant.make`) or a kind (`grant.`);
    `before` is the id from which a further page goes back."""

    action: str = ""
    text: str = ""
    person: Person | None = None
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None


@dataclass(frozen=True)
class AuditPage:
    entries: tuple[AuditEntry, ...]
    older: int | None


def audit_entries(wanted: AuditFilter, *, page: int = PAGE) -> AuditPage:
    """The newest entries first, at most a page; `older` is the next page's `before`. Days are the reader's."""
    found = tuple(_found(wanted)[: page + 1])
    return AuditPage(found[:page], found[page - 1].pk if len(found) > page else None)


def all_entries(
    wanted: AuditFilter, *, chunk: int = 1000, most: int | None = None
) -> Iterator[list[AuditEntry]]:
    """All that fits, newest first, in pieces that are read as they are asked for."""
    at = wanted
    left = most
    while True:
        page = audit_entries(at, page=chunk if left is None else min(chunk, left))
        if page.entries:
            yield list(page.entries)
        if left is not None:
            left -= len(page.entries)
        if page.older is None or left == 0:
            return
        at = AuditFilter(
            wanted.action, wanted.text, wanted.person, wanted.first_day, wanted.last_day, page.older
        )


def count_up_to(wanted: AuditFilter, most: int) -> int:
    """How many fit, counting no further than this."""
    return _found(wanted)[:most].count()


def _found(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.select_related("person").order_by("-at", "-pk")
    if wanted.action.endswith("."):
        found = found.filter(action__in=[one for one in audited_actions() if one.startswith(wanted.action)])
    elif wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.text:
        found = found.filter(subject__icontains=wanted.text)
    if wanted.person is not None:
        found = found.filter(person=wanted.person)
    if wanted.first_day is not None:
        found = found.filter(at__gte=_midnight(wanted.first_day))
    if wanted.last_day is not None:
        found = found.filter(at__lt=_midnight(wanted.last_day + timedelta(days=1)))
    if wanted.before is not None:
        at = AuditEntry.objects.filter(pk=wanted.before).values_list("at", flat=True).first()
        if at is None:
            return found.none()
        # The first condition bounds the index; the second tells entries of one moment apart.
        found = found.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=wanted.before))
    return found


def audited_actions() -> list[str]:
    """The names of all actions that ever happened, in order: a step in the index for each, not a look at each entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE steps AS (
                (SELECT action FROM organization_auditentry ORDER BY action LIMIT 1)
                UNION ALL
                SELECT (SELECT entry.action FROM organization_auditentry AS entry
                        WHERE entry.action > steps.action ORDER BY entry.action LIMIT 1)
                FROM steps WHERE steps.action IS NOT NULL)
            SELECT action FROM steps WHERE action IS NOT NULL
            """
        )
        return sorted(action for (action,) in cursor.fetchall())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
