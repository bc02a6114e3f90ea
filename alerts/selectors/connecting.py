"""Which connections somebody may let a rule send to."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from alerts.models import Connection, Rule
from organization.gate import Action, can
from organization.models import Person


def usable_connections(person: Person, rule: Rule | None = None) -> QuerySet[Connection]:
    """Her own, for administrators all, and those that the rule sends to already."""
    found = Connection.objects.order_by("name", "pk")
    if can(person, Action.ADMINISTER):
        return found
    mine = Q(owner=person)
    if rule is not None:
        mine |= Q(pk__in=rule.recipients.filter(connection__isnull=False).values("connection"))
    return found.filter(mine)
