"""How every change of a complaint is kept: its row held, what happened beside it, its day marked for publishing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext as _

from decisions.services import Settled
from feedback.models import Complaint, ComplaintEvent, Happened
from feedback.models.complaints import TEXT
from feedback.services.publishing import feedback_source, mark_days
from organization.gate import Action, can
from organization.models import DIMENSIONS, Person
from organization.services import Refused, record

SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


def hold(complaint: Complaint) -> Complaint:
    """The row as it stands, held to the end of the transaction. Others may still point to it meanwhile."""
    return (
        Complaint.objects.select_for_update(of=("self",), no_key=True)
        .select_related("scope", *SCOPES, "category", "customer", "assigned_to", "answer")
        .get(pk=complaint.pk)
    )


def hold_for(complaint: Complaint, person: Person, revision: int | None) -> Complaint:
    """Raises PermissionDenied for whoever may not handle it, Settled where it has changed since she looked."""
    row = hold(complaint)
    if not can(person, Action.HANDLE_COMPLAINTS, row.scope):
        raise PermissionDenied
    if revision is not None and row.revision != revision:
        raise Settled(
            _("Somebody has changed this complaint meanwhile. Look at what is new, and then do it again.")
        )
    return row


def happened(
    row: Complaint,
    kind: Happened,
    now: datetime,
    *,
    person: Person | None = None,
    text: str = "",
    **values: Any,
) -> ComplaintEvent:
    return ComplaintEvent.objects.create(
        complaint=row, kind=kind, at=now, person=person, text=text, values=values
    )


def keep(row: Complaint, *fields: str) -> None:
    """Saves what was changed, counts it as a change, and lets the figures of its day follow."""
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])
    mark([row])


def mark(rows: Iterable[Complaint]) -> None:
    """The figures of the days on which they came in are due again; in the transaction of the change."""
    days = {row.day for row in rows}
    if days:
        mark_days(source_id=feedback_source().pk, days=sorted(days))


def note_down(action: str, row: Complaint, person: Person | None, **details: Any) -> None:
    """Into the audit trail; never what anybody wrote."""
    record(action=f"feedback.{action}", subject=row.scope.key, person=person, complaint=row.pk, **details)


def checked(text: str, empty: str) -> str:
    """Raises Refused for nothing, where `empty` says so, and for too much."""
    text = text.replace("\0", "").strip()
    if not text and empty:
        raise Refused(empty)
    if len(text) > TEXT:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": TEXT})
    return text


def line_up() -> None:
    """Whoever gives out complaints does so one after the other, to the end of the transaction, so that the next one sees
    whose the last one is. Take it after a complaint's own row, if at all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('feedback.complaints'))")


def try_to_line_up() -> bool:
    """The same without waiting; False where somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('feedback.complaints'))")
        (got,) = cursor.fetchone()
    return bool(got)
