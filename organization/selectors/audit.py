"""Reading the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from organization.models import AuditEntry, Person

PAGE = 50


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; an empty one finds all. `before` is the id from which a further page goes back."""

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
    found = AuditEntry.objects.select_related("person").order_by("-pk")
    if wanted.action:
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
        found = found.filter(pk__lt=wanted.before)
    entries = tuple(found[: page + 1])
    return AuditPage(entries[:page], entries[page - 1].pk if len(entries) > page else None)


def audited_actions() -> list[str]:
    """The names of all actions that ever happened, in order."""
    return list(AuditEntry.objects.values_list("action", flat=True).distinct().order_by("action"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
