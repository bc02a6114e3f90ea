"""Who may see, set and check in what. An objective is seen where its area is; a stranger's is 404, a weaker role 403.

Objectives of the company are set by its managers; those of teams and people by whoever leads their area, and by their
owner. A key result is checked in by who keeps it, and by whoever may set its objective.
"""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from kpis.models.okr import KeyResult, Level, Milestone, Objective
from organization.gate import Action, can, can_somewhere, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person, Role, Scope

SCOPE = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


def visible_objectives(person: Person) -> QuerySet[Objective]:
    """With all that a page says of them at hand."""
    return Objective.objects.filter(scope__in=visible_scopes(person)).select_related(
        *SCOPE,
        "owner",
        "team",
        "closed_by",
        "supports_objective__scope",
        "supports_key_result__objective__scope",
    )


def objective_or_404(person: Person, pk: int) -> Objective:
    objective = visible_objectives(person).filter(pk=pk).first()
    if objective is None:
        raise Http404
    return objective


def objective_to_set(person: Person, pk: int) -> Objective:
    """Raises Http404 where she may not see it, PermissionDenied where she may not set it."""
    objective = objective_or_404(person, pk)
    if not may_set_this(person, objective):
        raise PermissionDenied
    return objective


def key_result_or_404(person: Person, pk: int) -> KeyResult:
    """A key result of an objective that she may see, on an area that she may see."""
    found = (
        KeyResult.objects.filter(pk=pk, removed_at__isnull=True, objective__scope__in=visible_scopes(person))
        .select_related("objective__scope", "objective__owner", "metric", "scope", "owner")
        .first()
    )
    if found is None or (found.scope is not None and not can(person, Role.VIEWER, found.scope)):
        raise Http404
    return found


def key_result_to_set(person: Person, pk: int) -> KeyResult:
    found = key_result_or_404(person, pk)
    if not may_set_this(person, found.objective):
        raise PermissionDenied
    return found


def key_result_to_check_in(person: Person, pk: int) -> KeyResult:
    found = key_result_or_404(person, pk)
    if found.keeper != person.pk and not may_set_this(person, found.objective):
        raise PermissionDenied
    return found


def milestone_to_tick(person: Person, pk: int) -> Milestone:
    milestone = Milestone.objects.filter(pk=pk).select_related("key_result").first()
    if milestone is None:
        raise Http404
    milestone.key_result = key_result_to_check_in(person, milestone.key_result_id)
    return milestone


def may_set_this(person: Person, objective: Objective) -> bool:
    return may_set(person, objective.level, objective.scope, objective.owner)


def may_set(person: Person, level: str, scope: Scope, owner: Person | None) -> bool:
    """Whether she may set an objective of this level on an area that she may see."""
    if level == Level.COMPANY:
        return can(person, Role.MANAGER)
    return (owner is not None and owner.pk == person.pk) or can(person, Action.SET_TARGETS, scope)


def may_lead(person: Person) -> bool:
    """Whether she may set objectives of others anywhere, and so choose among people."""
    return can_somewhere(person, Action.SET_TARGETS)


def settable(person: Person, objectives: Collection[Objective]) -> set[int]:
    """The ids of those that she may set. Three queries at most."""
    scopes = {one.scope_id for one in objectives if one.level != Level.COMPANY}
    hers = set(scopes_where(person, Action.SET_TARGETS).filter(pk__in=scopes).values_list("pk", flat=True))
    company = any(one.level == Level.COMPANY for one in objectives) and can(person, Role.MANAGER)
    return {
        one.pk
        for one in objectives
        if (company if one.level == Level.COMPANY else one.owner_id == person.pk or one.scope_id in hers)
    }
