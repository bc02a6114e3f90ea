"""Closing the loop: what is done about a topic or a cause, by whom, until when, and what came of it."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings as site
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from decisions.models import TaskState
from decisions.selectors.rights import sees, today_of
from decisions.selectors.tasks import may_finish
from decisions.services import complete_task, open_task
from feedback.action_kind import KIND
from feedback.models import Cause, FeedbackAction, Topic
from organization.gate import Action, can
from organization.letterhead import AccountWords, write
from organization.models import AddressKind, Person, Scope
from organization.selectors.addresses import is_confirmed
from organization.services import Refused, ensure_scope, record
from organization.services.mails import queue_mail
from organization.speaking import speaking_to

TITLE, RESULT = 200, 4000
COUNTED = frozenset({"channel", "region", "product"})


class ActionRefused(Refused):
    """`field`: of the form, empty where it is about all of it."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@transaction.atomic
def begin_action(
    *,
    topic: Topic | None = None,
    cause: Cause | None = None,
    scope: Scope,
    title: str,
    owner: Person,
    due_on: date | None,
    person: Person,
    now: datetime,
) -> FeedbackAction:
    """Begins it today, with a task for its owner, who gets a mail. The same one again on a day is one (a double click).

    Exactly one of `topic` and `cause`. Raises PermissionDenied for who handles no complaints there, ActionRefused.
    """
    if not can(person, Action.HANDLE_COMPLAINTS, scope):
        raise PermissionDenied
    if (topic is None) == (cause is None):
        raise ActionRefused(_("An action is about one topic, or about one cause."))
    if not scope.node_ids().keys() <= COUNTED:
        raise ActionRefused(
            _("What customers say is known by channel, region and product line. Choose an area of these."),
            "area",
        )
    title, today = title.replace("\0", "").strip(), today_of(now)
    if not title:
        raise ActionRefused(_("Say what is to be done."), "title")
    if len(title) > TITLE:
        raise ActionRefused(_("This is too long: at most %(most)s characters.") % {"most": TITLE}, "title")
    if due_on is not None and due_on < today:
        raise ActionRefused(_("This day is over. Name one that is to come."), "due_on")
    if scope.pk is None:
        scope = ensure_scope(nodes=[getattr(scope, dimension) for dimension in scope.node_ids()])
    if not owner.is_active or not can(owner, Action.VIEW, scope):
        said = _("%(name)s cannot see this area, so the action cannot be theirs.")
        raise ActionRefused(said % {"name": owner.label}, "owner")
    Scope.objects.select_for_update(no_key=True, of=("self",)).get(pk=scope.pk)  # who begins at once waits
    made, new = FeedbackAction.objects.get_or_create(
        topic=topic, cause=cause, scope=scope, title=title, owner=owner, begun_on=today, ended_on=None,
        defaults={"due_on": due_on, "made_by": person, "made_at": now},
    )  # fmt: skip
    if not new:
        return made
    made.task = open_task(
        kind=KIND, subject_id=made.pk, scope=scope, title=title, opened_for=f"{KIND}:{made.pk}", assigned_to=owner,
        due_on=due_on, person=person, as_of=now,
    )  # fmt: skip
    made.save(update_fields=["task"])
    record(
        action="feedback.action_begin", subject=scope.key, person=person, feedback_action=made.pk, title=title,
        topic=topic.pk if topic else None, cause=cause.pk if cause else None, owner=owner.username, due_on=due_on,
    )  # fmt: skip
    if owner != person:
        _tell(made, owner, person, now)
    return made


@transaction.atomic
def finish_action(*, action: FeedbackAction, result: str, person: Person, now: datetime) -> FeedbackAction:
    """Ends it with what came of it; its task is done. One that is over stays as it is.

    Raises PermissionDenied for whoever neither owns it nor leads the area, ActionRefused for nothing said.
    """
    row = (
        FeedbackAction.objects.select_for_update(of=("self",))
        .select_related("task", "scope")
        .get(pk=action.pk)
    )
    if not may_end(person, row, now=now):
        raise PermissionDenied
    if row.ended_on is not None:
        return row
    result = result.replace("\0", "").strip()
    if not result:
        raise ActionRefused(_("Say what was done, and what came of it."), "result")
    if len(result) > RESULT:
        raise ActionRefused(_("This is too long: at most %(most)s characters.") % {"most": RESULT}, "result")
    row.result, row.ended_on = result, today_of(now)
    row.save(update_fields=["result", "ended_on"])
    if row.task is not None and row.task.state == TaskState.OPEN:
        complete_task(task=row.task, person=person, note=result, as_of=now)
    record(
        action="feedback.action_end",
        subject=row.scope.key,
        person=person,
        feedback_action=row.pk,
        title=row.title,
    )
    return row


def may_end(person: Person, action: FeedbackAction, *, now: datetime) -> bool:
    if can(person, Action.HANDLE_COMPLAINTS, action.scope):
        return True
    return action.task is not None and may_finish(person, action.task, as_of=now)


def _tell(made: FeedbackAction, owner: Person, by: Person, now: datetime) -> None:
    if not owner.email or not is_confirmed(owner, AddressKind.EMAIL):
        return
    if not sees(owner, KIND, made.pk, made.scope):
        return
    with speaking_to(owner):
        about = (
            made.topic.label if made.topic is not None else made.cause.name if made.cause is not None else ""
        )
        said = _("Yours to do: %(title)s") % {"title": made.title}
        paragraphs = [
            _("%(name)s began an action on “%(about)s” in %(area)s, and gave it to you.")
            % {"name": by.label, "about": about, "area": made.scope.label}
        ]
        if made.due_on is not None:
            paragraphs.append(_("It is due by %(day)s.") % {"day": formats.day(made.due_on, owner.language)})
        subject, text, html = write(
            AccountWords(
                subject=said,
                headline=said,
                paragraphs=paragraphs,
                link=site.SITE_URL + reverse("feedback:action", args=[made.pk]),
                button=_("Look at it"),
            )
        )
    queue_mail(
        kind="feedback-action",
        whom=owner,
        address=owner.email,
        subject=subject,
        text=text,
        html=html,
        now=now,
    )
