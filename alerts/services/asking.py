"""Tasks about an alert."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from alerts.alert_kind import KIND
from alerts.models import Episode
from decisions.models import Task
from decisions.selectors.rights import sees
from decisions.services import open_task
from organization.gate import Action, can
from organization.models import Person
from organization.services import Refused


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
