"""Teams: who is in them, and which areas are theirs on a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from organization.models import DIMENSIONS, Node, Person, Responsibility, Scope


@dataclass(frozen=True)
class Crew:
    """`areas`: what the team, or those in it, are responsible for, by key; without the team itself."""

    people: tuple[Person, ...]
    areas: tuple[Scope, ...]


def in_force(on: date) -> QuerySet[Responsibility]:
    return Responsibility.objects.filter(first_day__lte=on).filter(
        Q(last_day__isnull=True) | Q(last_day__gte=on)
    )


def teams_of(person: Person, on: date) -> tuple[Node, ...]:
    """The teams whose own people she is one of. One query."""
    rows = in_force(on).filter(person=person, scope__team__isnull=False).select_related("scope__team")
    found = {one.scope.team_id: one.scope.team for one in rows if one.scope.team is not None}
    return tuple(sorted(found.values(), key=lambda node: node.path))


def crew_of(team: Node, on: date) -> Crew:
    """Two queries."""
    members = (
        in_force(on)
        .filter(scope__node=team, person__isnull=False, person__is_active=True)
        .select_related("person")
    )
    people = {one.person.pk: one.person for one in members if one.person is not None}
    return Crew(tuple(people.values()), _areas(Q(team=team) | Q(person__in=people), on))


def crew_of_one(person: Person, on: date) -> Crew:
    """Herself, with the areas that are her own or her teams'. Two queries."""
    teams = teams_of(person, on)
    return Crew((person,), _areas(Q(person=person) | Q(team__in=teams), on))


def _areas(whose: Q, on: date) -> tuple[Scope, ...]:
    rows = in_force(on).filter(whose).select_related(*(f"scope__{one}" for one in DIMENSIONS))
    areas: Collection[Scope] = {one.scope_id: one.scope for one in rows if one.scope.team_id is None}.values()
    return tuple(sorted(areas, key=lambda scope: scope.key))
