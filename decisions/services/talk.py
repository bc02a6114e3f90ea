"""Comments and tasks."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from decisions.models import Comment, Task, TaskState
from decisions.selectors.rights import sees
from decisions.selectors.tasks import may_finish
from decisions.services.errors import Settled
from decisions.services.proposals import checked, limited
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.services import Refused, record


@transaction.atomic
def add_comment(
    *, kind: str, subject_id: int, scope: Scope, text: str, person: Person, as_of: datetime | None = None
) -> Comment:
    """Says something about a subject. Raises Refused for nothing at all, PermissionDenied for who may only look."""
    if not can(person, Action.COMMENT, scope):
        raise PermissionDenied
    made = Comment.objects.create(
        kind=kind, subject_id=subject_id, scope=scope, author=person,
        text=checked(text, _("Write something first.")), at=as_of or timezone.now(),
    )  # fmt: skip
    record(
        action="comment.add",
        subject=scope.key,
        person=person,
        kind=kind,
        subject_id=subject_id,
        comment=made.pk,
    )
    return made


@transaction.atomic
def open_task(
    *,
    kind: str,
    subject_id: int,
    scope: Scope,
    title: str,
    opened_for: str,
    what: str = "",
    assigned_to: Person | None = None,
    due_on: date | None = None,
    person: Person | None = None,
    as_of: datetime | None = None,
) -> Task:
    """Opens a task once: where one was opened for the same before, in whatever state, that one is returned.

    `title` goes through gettext where it is shown, so machines write it in English (gettext_noop). `assigned_to` None
    is whoever is responsible for the area.
    """
    task, made = Task.objects.get_or_create(
        opened_for=opened_for,
        defaults={
            "kind": kind, "subject_id": subject_id, "scope": scope, "title": title[:300], "what": what,
            "assigned_to": assigned_to, "due_on": due_on, "opened_at": as_of or timezone.now(), "opened_by": person,
        },
    )  # fmt: skip
    if made:
        _record("task.open", task, person, due_on=due_on)
    return task


@transaction.atomic
def complete_task(
    *, task: Task, person: Person | None, note: str = "", as_of: datetime | None = None, dropped: bool = False
) -> Task:
    """Done, or dropped as no longer needed. `person` None is the machine. A task that is over stays as it is.

    Raises PermissionDenied for somebody whose task it is not and who does not lead the area.
    """
    task = Task.objects.select_for_update(of=("self",)).select_related("scope").get(pk=task.pk)
    if person is not None and not may_finish(person, task, as_of=as_of or timezone.now()):
        raise PermissionDenied
    if task.state != TaskState.OPEN:
        return task
    task.state = TaskState.DROPPED if dropped else TaskState.DONE
    task.done_at, task.done_by, task.note = as_of or timezone.now(), person, limited(note)
    task.save(update_fields=["state", "done_at", "done_by", "note"])
    _record("task.drop" if dropped else "task.done", task, person)
    return task


@transaction.atomic
def hand_over_task(*, task: Task, to: Person, person: Person | None, as_of: datetime | None = None) -> Task:
    """Gives an open task to another. Raises Settled where it is over, Refused where the other cannot see the area,
    PermissionDenied for somebody whose task it is not and who does not lead the area."""
    task = Task.objects.select_for_update(of=("self",)).select_related("scope").get(pk=task.pk)
    if person is not None and not may_finish(person, task, as_of=as_of or timezone.now()):
        raise PermissionDenied
    if task.state != TaskState.OPEN:
        raise Settled(_("This task is over."))
    if not to.is_active or not sees(to, task.kind, task.subject_id, task.scope):
        raise Refused(_("%(name)s cannot see this area, so the task cannot be theirs.") % {"name": to.label})
    task.assigned_to = to
    task.save(update_fields=["assigned_to"])
    _record("task.hand_over", task, person, whom=to.username)
    return task


def _record(action: str, task: Task, person: Person | None, **details: object) -> None:
    record(
        action=action, subject=task.scope.key, person=person, kind=task.kind, subject_id=task.subject_id,
        task=task.pk, title=task.title, **details,
    )  # fmt: skip
