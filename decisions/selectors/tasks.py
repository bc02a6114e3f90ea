"""Whose a task is: somebody's by name, or that of whoever is responsible for the area."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet

from decisions.models import Task, TaskState
from decisions.selectors.rights import at_or_below, seen_by, sees, today_of
from organization.gate import Action, can
from organization.models import DIMENSIONS, NodeAncestor, Person, Responsibility, Scope
from organization.selectors import responsible_people

SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


def may_finish(person: Person, task: Task, *, as_of: datetime) -> bool:
    """Whose it is may, and who leads the area."""
    if not sees(person, task.kind, task.subject_id, task.scope):
        return False
    if task.assigned_to_id == person.pk or can(person, Action.SET_TARGETS, task.scope):
        return True
    return task.assigned_to_id is None and person in responsible_people(task.scope, today_of(as_of))


def open_tasks_of(person: Person, on: date) -> QuerySet[Task]:
    """Her open tasks that she can see, the most urgent first: by name, or as the one responsible for the area.

    A handful of queries, however many tasks there are.
    """
    hers, seen = Q(assigned_to=person), seen_by(person)
    unassigned = Task.objects.filter(state=TaskState.OPEN, assigned_to=None).filter(
        below_hers(person, on, "scope")
    )
    candidates = list(unassigned.filter(seen).select_related("scope"))
    if candidates:
        mine = _areas_of(person, {task.scope_id: task.scope for task in candidates}, on)
        hers |= Q(assigned_to=None, pk__in=[task.pk for task in candidates if task.scope_id in mine])
    return (
        Task.objects.filter(hers, state=TaskState.OPEN)
        .filter(seen)
        .select_related("assigned_to", *SCOPES)
        .order_by("due_on", "pk")
    )


def _in_force(on: date) -> QuerySet[Responsibility]:
    return Responsibility.objects.filter(first_day__lte=on).filter(
        Q(last_day__isnull=True) | Q(last_day__gte=on)
    )


def below_hers(person: Person, on: date, relation: str) -> Q:
    """What lies on or below any area that she, or a team that is hers, is responsible for; `relation` leads to the
    scopes. Two queries.
    """
    teams = _teams_of(person, on)
    found = Q(pk__in=())
    for one in _in_force(on).filter(Q(person=person) | Q(team__in=teams)).select_related("scope"):
        found |= at_or_below(one.scope, relation)
    return found


def _teams_of(person: Person, on: date) -> set[int]:
    """The teams whose own people she is one of."""
    rows = _in_force(on).filter(person=person, scope__node__dimension="team")
    return set(rows.values_list("scope__node_id", flat=True))


def _areas_of(person: Person, scopes: dict[int, Scope], on: date) -> set[int]:
    """Of these scopes, those for which nobody is named nearer than she is; by the rule of `responsibilities_of`."""
    teams = _teams_of(person, on)
    above = _above({pk for scope in scopes.values() for pk in scope.node_ids().values()})
    named = [
        (one.scope.node_ids(), _depth(one.scope), one.person_id == person.pk or one.team_id in teams)
        for one in _in_force(on).select_related(*SCOPES)
    ]
    mine = set()
    for pk, scope in scopes.items():
        places = scope.node_ids()
        covering = [
            (depth, hers)
            for nodes, depth, hers in named
            if all(dim in places and node in above.get(places[dim], ()) for dim, node in nodes.items())
        ]
        nearest = max((depth for depth, _hers in covering), default=None)
        if any(hers and depth == nearest for depth, hers in covering):
            mine.add(pk)
    return mine


def _above(nodes: Iterable[int]) -> dict[int, Collection[int]]:
    above: dict[int, set[int]] = {}
    rows = NodeAncestor.objects.filter(node_id__in=set(nodes)).values_list("node_id", "ancestor_id")
    for node, ancestor in rows:
        above.setdefault(node, set()).add(ancestor)
    return dict(above)


def _depth(scope: Scope) -> int:
    return sum(getattr(scope, dimension).depth for dimension in scope.node_ids())
