"""Tasks about an alert: asked for by a person, or opened by the alert itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from alerts.alert_kind import KIND
from alerts.consequences import Case, Consequence, Done, register
from alerts.models import Episode
from decisions.models import Task
from decisions.selectors.rights import sees
from decisions.services import open_task
from organization.gate import Action, can
from organization.models import Person, Role, Scope
from organization.selectors import exceptions_between, responsible_people, role_holders
from organization.services import Refused
from organization.workdays import add_working_days

TASK = "task"
DAYS = 3  # working days until a task is due that an alert opens


def ask_about(
    *,
    episode: Episode,
    title: str,
    to: Person | None,
    due_on: date | None,
    token: UUID,
    person: Person,
    now: datetime,
) -> Task:
    """Asks somebody, or whoever is responsible for the area, to do something about an alert; a form sent twice asks once.

    Raises PermissionDenied for who may only look, Refused for nothing to do and for whom the area is not to see.
    """
    scope = episode.instance.scope
    if not can(person, Action.COMMENT, scope):
        raise PermissionDenied
    title = " ".join(title.replace("\0", "").split())
    if not title:
        raise Refused(_("Say what is to be done."))
    if to is not None and not (to.is_active and sees(to, KIND, episode.pk, scope)):
        raise Refused(_("%(name)s cannot see this area, so the task cannot be theirs.") % {"name": to.label})
    return open_task(
        kind=KIND, subject_id=episode.pk, scope=scope, title=title, opened_for=f"{KIND}:{episode.pk}:{token}",
        assigned_to=to, due_on=due_on, person=person, as_of=now,
    )  # fmt: skip


def register_task() -> None:
    register(
        Consequence(
            code=TASK,
            label=gettext_lazy("Open a task"),
            help=gettext_lazy("For whoever is responsible for the area, due in three working days."),
            carry_out=open_for_area,
            url_of=lambda pk: reverse("decisions:task", args=[pk]),
        )
    )


def open_for_area(case: Case) -> Done:
    """A task for whoever is responsible for the area, or leads it where nobody is; one for each level of an alert,
    though it may come to it again.
    """
    scope, today = case.instance.scope, timezone.localdate(case.now)
    opened_for = f"{KIND}:{case.episode.pk}:level:{case.event.tier}"
    known = Task.objects.filter(opened_for=opened_for).first()
    if known is not None:
        return Done(gettext_noop("There is a task for this level already."), subject_id=known.pk)
    task = open_task(
        kind=KIND,
        subject_id=case.episode.pk,
        scope=scope,
        title=f"{case.rule.name}: {scope.label}",
        opened_for=opened_for,
        assigned_to=None if responsible_people(scope, today) else _who_leads(scope),
        due_on=add_working_days(today, DAYS, exceptions_between(today, today + timedelta(days=60))),
        as_of=case.now,
    )
    return Done(gettext_noop("A task was opened, due in three working days."), subject_id=task.pk)


def _who_leads(scope: Scope) -> Person | None:
    """The nearest by role; None where the area has neither lead nor manager."""
    found = role_holders([Role.LEAD], scope) or role_holders([Role.MANAGER], scope)
    return next(iter(found), None)
