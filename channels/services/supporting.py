"""A task to support a channel, a dealer or a region whose figures fall."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from alerts.alert_kind import KIND as ALERT
from alerts.consequences import Case, Done
from channels.selectors.profiles import profiles_of
from channels.services.carrying_out import due
from decisions.models import Task, TaskState
from decisions.selectors.rights import sees
from decisions.services import open_task
from organization.models import Dimension, Person, Role, Scope
from organization.selectors import responsible_people, role_holders

TITLE = gettext_noop("Support them: their figures fall")
WHAT = gettext_noop(
    "Talk with them about stock, prices, people and what others do nearby. Write into the note what you agreed, and by when"
    " it should show."
)
OPENED = gettext_noop("A support task was opened, due in five working days.")
THERE = gettext_noop("A support task is open already.")


def support(case: Case) -> Done:
    """For the channel's owner, else whoever is responsible for the area or leads it; one for each alert, however often
    it comes back to its level, and none while another is open for the area.
    """
    scope = case.instance.scope
    opened_for = f"{ALERT}:{case.episode.pk}:support"
    still_open = Q(title=TITLE, scope=scope, state=TaskState.OPEN)
    known = Task.objects.filter(Q(opened_for=opened_for) | still_open).order_by("-pk").first()
    if known is not None:
        return Done(THERE, subject_id=known.pk)
    task = open_task(
        kind=ALERT,
        subject_id=case.episode.pk,
        scope=scope,
        title=TITLE,
        what=WHAT,
        opened_for=opened_for,
        assigned_to=_whose(case, scope),
        due_on=due(timezone.localdate(case.now)),
        as_of=case.now,
    )
    return Done(OPENED, subject_id=task.pk)


def _whose(case: Case, scope: Scope) -> Person | None:
    """None: whoever is responsible for the area."""
    node = scope.node
    if node is not None and node.dimension == Dimension.CHANNEL:
        owner = profiles_of([node.pk])[node.pk].owner
        if owner is not None and owner.is_active and sees(owner, ALERT, case.episode.pk, scope):
            return owner
    if responsible_people(scope, timezone.localdate(case.now)):
        return None
    found = role_holders([Role.LEAD], scope) or role_holders([Role.MANAGER], scope)
    return next(iter(found), None)
