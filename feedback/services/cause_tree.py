"""Keeping the tree of causes: names, what is put away, and two that are one. What complaints say of the past stays."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from feedback.models import Cause, Complaint, FeedbackAction
from feedback.models.complaints import DEEPEST
from feedback.services.causes import LONGEST
from organization.gate import Action, can
from organization.models import Person
from organization.services import Refused, record


@transaction.atomic
def rename(*, cause: Cause, name: str, person: Person, now: datetime) -> Cause:
    """Raises Refused for nothing, for too much, and where its parent has one of this name already."""
    row = _held(cause, person)
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Refused(_("Write how it is called."))
    if len(name) > LONGEST:
        raise Refused(_("A why has at most %(n)s letters.") % {"n": LONGEST})
    if row.name == name:
        return row
    if Cause.objects.filter(parent=row.parent, name__iexact=name).exclude(pk=row.pk).exists():
        raise Refused(_("There is one of this name beside it already. Merge the two."))
    row.name = name
    row.save(update_fields=["name"])
    record(action="feedback.cause_renamed", subject="", person=person, cause=row.pk)
    return row


@transaction.atomic
def put_away(*, cause: Cause, person: Person, now: datetime) -> Cause:
    """It is offered no more, nor what lies below; complaints keep it. Who types it again brings it back."""
    row = _held(cause, person)
    level = [row.pk]
    while level:
        Cause.objects.filter(pk__in=level, archived_at__isnull=True).update(archived_at=now)
        level = list(Cause.objects.filter(parent__in=level).values_list("pk", flat=True))
    record(action="feedback.cause_put_away", subject="", person=person, cause=row.pk)
    row.refresh_from_db()
    return row


@transaction.atomic
def bring_back(*, cause: Cause, person: Person, now: datetime) -> Cause:
    """With what lies above it, so that it can be found."""
    row = _held(cause, person)
    if row.merged_into_id is not None:
        raise Refused(_("It was merged into another, which stands for it."))
    at: Cause | None = row
    while at is not None:
        Cause.objects.filter(pk=at.pk, merged_into__isnull=True).update(archived_at=None)
        at = at.parent
    record(action="feedback.cause_brought_back", subject="", person=person, cause=row.pk)
    row.refresh_from_db()
    return row


@transaction.atomic
def merge(*, cause: Cause, into: Cause, person: Person, now: datetime) -> Cause:
    """Complaints, actions and what lies below go over to `into`; the merged one stays, put away, so that the history of
    complaints still reads as it was written. Returns `into`.

    Raises Refused for itself, for one below itself, and where what lies below would be too deep.
    """
    row, target = _held(cause, person), _held(into, person)
    if row.pk == target.pk:
        raise Refused(_("Choose another one to merge it into."))
    if target.merged_into_id is not None or row.merged_into_id is not None:
        raise Refused(_("One of the two was merged already."))
    at: Cause | None = target
    while at is not None:
        if at.pk == row.pk:
            raise Refused(_("A cause cannot go into one that lies below it."))
        at = at.parent
    if target.depth + _height(row) > DEEPEST:
        raise Refused(_("What lies below it would be too deep: at most %(n)s whys.") % {"n": DEEPEST})
    _pour(row, target, now)
    if target.archived_at is not None:
        Cause.objects.filter(pk=target.pk).update(archived_at=None)
    record(action="feedback.cause_merged", subject="", person=person, cause=row.pk, into=target.pk)
    target.refresh_from_db()
    return target


def _pour(row: Cause, target: Cause, now: datetime) -> None:
    Complaint.objects.filter(cause=row).update(cause=target)
    FeedbackAction.objects.filter(cause=row).update(cause=target)
    there = {one.name.casefold(): one for one in Cause.objects.filter(parent=target)}
    for deeper in Cause.objects.filter(parent=row):
        same = there.get(deeper.name.casefold())
        while same is not None and same.merged_into is not None:
            same = same.merged_into
        if same is None:
            _move(deeper, target)
        elif same.pk != deeper.pk:
            _pour(deeper, same, now)
    Cause.objects.filter(pk=row.pk).update(merged_into=target, archived_at=row.archived_at or now)


def _move(row: Cause, parent: Cause) -> None:
    """With all below it."""
    Cause.objects.filter(pk=row.pk).update(parent=parent, depth=parent.depth + 1)
    row.refresh_from_db()
    for deeper in Cause.objects.filter(parent=row):
        _move(deeper, row)


def _height(row: Cause) -> int:
    """How many levels lie below."""
    height, level = 0, [row.pk]
    while level := list(Cause.objects.filter(parent__in=level).values_list("pk", flat=True)):
        height += 1
    return height


def _held(cause: Cause, person: Person) -> Cause:
    """Who changes the tree does so one after the other: a merge touches many rows."""
    if not can(person, Action.KEEP_SURVEYS):
        raise PermissionDenied
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('feedback.causes'))")
    return Cause.objects.get(pk=cause.pk)
