"""Areas by what a program wrote: through the gate, and narrowed in the database."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from organization import gate
from organization.api.errors import Fault, Problem
from organization.models import NodeAncestor, Person, Role, Scope


def scope_or_problem(
    person: Person, key: str, *, pointer: str, needs: gate.Action | Role = Role.VIEWER
) -> Scope:
    """The area, unsaved where nobody has pointed to it. Raises Problem 404, whether it is foreign or nowhere, and 403."""
    try:
        return gate.get_scope_or_404(person, key, needs)
    except Http404:
        raise not_found(pointer) from None


def not_found(pointer: str) -> Problem:
    reason = _("There is no such area, or it is not yours to see.")
    return Problem(404, reason, errors=[Fault(pointer, reason)])


def narrowed(person: Person, question: Any) -> QuerySet[Scope]:
    """The areas that a list is about: those she may see, of these the one asked for, or all below one."""
    seen = gate.visible_scopes(person)
    if question["scope"]:
        return seen.filter(key=scope_or_problem(person, question["scope"], pointer="?scope").key)
    if question["within"]:
        top = scope_or_problem(person, question["within"], pointer="?within")
        return seen.filter(_at_or_below(top))
    return seen


def _at_or_below(top: Scope) -> Q:
    condition = Q()
    for dimension, node_id in top.node_ids().items():
        below = NodeAncestor.objects.filter(ancestor_id=node_id).values("node_id")
        condition &= Q(**{f"{dimension}__in": below})
    return condition
