"""Who may look at a budget: every member, or those of named areas."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from budgets.models import Budget
from budgets.selectors.rights import may_keep
from organization.models import Node, NodeReader, Person, Scope
from organization.services import record


class AudienceMoved(Exception):
    """Somebody else changed it first; nothing was written."""


def open_up(budget: Budget, person: Person | None, now: datetime) -> None:
    """Its plan is approved: from now on its members look at it, all of them or those of the areas it is closed to."""
    Node.objects.filter(pk=budget.node_id, open=False).update(open=True)


@transaction.atomic
def set_audience(
    *, budget: Budget, areas: Sequence[Scope], based_on: Collection[str], person: Person, now: datetime
) -> bool:
    """Closes it to these areas, or with none of them opens it to every member; whether that changed anything.

    Holds for its lines too, and before its plan is approved for later. `based_on` are the keys of the areas that were on
    screen. Raises PermissionDenied for whoever may not keep it, AudienceMoved where others stand there meanwhile.
    """
    if not may_keep(person, budget):
        raise PermissionDenied
    node = Node.objects.select_for_update(of=("self",)).get(pk=budget.node_id)
    standing = {row.scope.key: row for row in NodeReader.objects.filter(node=node).select_related("scope")}
    wanted = {scope.key: scope for scope in areas}
    if set(standing) == set(wanted):
        return False
    if set(standing) != set(based_on):
        raise AudienceMoved
    gone = [row.pk for key, row in standing.items() if key not in wanted]
    NodeReader.objects.filter(pk__in=gone).delete()
    NodeReader.objects.bulk_create(
        NodeReader(node=node, scope=scope) for key, scope in sorted(wanted.items()) if key not in standing
    )
    record(
        action="budget.audience", subject=node.code, person=person, old=sorted(standing), new=sorted(wanted)
    )
    return True
