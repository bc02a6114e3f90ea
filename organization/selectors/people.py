"""Whose a figure is, who signs or is told, and who was granted what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from organization.models import DIMENSIONS, Duty, Grant, NodeAncestor, Person, Responsibility, Role, Scope


def at_or_above(scope: Scope) -> Q:
    """The scopes that cover this one, as a condition on a relation called `scope`."""
    nodes = scope.node_ids()
    condition = Q()
    for dimension in DIMENSIONS:
        covered = Q(**{f"scope__{dimension}__isnull": True})
        if dimension in nodes:
            above = NodeAncestor.objects.filter(node_id=nodes[dimension]).values("ancestor_id")
            covered |= Q(**{f"scope__{dimension}__in": above})
        condition &= covered
    return condition


def _depth() -> Combinable:
    """How far below the company a relation's scope lies: the sum of its nodes' levels."""
    depth: Combinable = Value(0, output_field=IntegerField())
    for dimension in DIMENSIONS:
        depth += Coalesce(F(f"scope__{dimension}__depth"), 0)
    return depth


def responsibilities_of(scope: Scope, on: date) -> list[Responsibility]:
    """Whose the scope's figures are on that day: those named nearest to it, on itself or above; [] for nobody's.

    "Nearest" is the scope that lies deepest among those that cover this one. Two that lie equally deep
    (one says the region's, one the channel's) both count.
    """
    found = list(
        Responsibility.objects.filter(at_or_above(scope), first_day__lte=on)
        .filter(Q(last_day__isnull=True) | Q(last_day__gte=on))
        .annotate(nearness=_depth())
        .select_related("person", "team", "scope")
        .order_by("-nearness", "pk")
    )
    return [one for one in found if _nearness(one) == _nearness(found[0])]


def responsible_people(scope: Scope, on: date) -> list[Person]:
    """The people of `responsibilities_of`, active ones only, each once. A team stands for its own people:
    those who are responsible for the team's scope (not for what lies above it).
    """
    people: dict[int, Person] = {}
    for one in responsibilities_of(scope, on):
        if one.person is not None:
            people.setdefault(one.person.pk, one.person)
        elif one.team is not None:
            members = Responsibility.objects.filter(
                Q(last_day__isnull=True) | Q(last_day__gte=on),
                scope__node=one.team,
                first_day__lte=on,
                person__isnull=False,
            ).select_related("person")
            for member in members:
                if member.person is not None:
                    people.setdefault(member.person.pk, member.person)
    return [person for person in people.values() if person.is_active]


def duty_holders(name: str, scope: Scope, *, but: Person | None = None) -> list[Person]:
    """Who has this duty for the scope: those named nearest to it, on itself or above, one left out; [] for nobody."""
    found = list(
        Duty.objects.filter(at_or_above(scope), name__iexact=name.strip(), person__is_active=True)
        .exclude(person=but)
        .annotate(nearness=_depth())
        .select_related("person")
        .order_by("-nearness", "pk")
    )
    return [duty.person for duty in found if _nearness(duty) == _nearness(found[0])]


def role_holders(roles: Collection[Role], scope: Scope, *, but: Person | None = None) -> list[Person]:
    """Who has one of these roles on the scope by the nearest grants, on itself or above, one left out; each once."""
    found = list(
        Grant.objects.filter(at_or_above(scope), role__in=roles, person__is_active=True)
        .exclude(person=but)
        .annotate(nearness=_depth())
        .select_related("person")
        .order_by("-nearness", "pk")
    )
    return list(
        {one.person_id: one.person for one in found if _nearness(one) == _nearness(found[0])}.values()
    )


def _nearness(row: object) -> int:
    return int(getattr(row, "nearness"))  # noqa: B009  # annotated above, unknown to the type checker


def people_with_grants() -> QuerySet[Person]:
    """Everybody, those who left last, with what they were granted (two queries)."""
    return Person.objects.prefetch_related("grants__scope").order_by("-is_active", "display_name", "username")


def grants_of(person: Person) -> QuerySet[Grant]:
    scopes = (f"scope__{dimension}" for dimension in DIMENSIONS)
    return (
        Grant.objects.filter(person=person).select_related("granted_by", *scopes).order_by("granted_at", "pk")
    )


def administrators() -> list[Person]:
    """Those who administer the company and are still active, in the order in which they came."""
    administers = Q(is_superuser=True) | Q(grants__role=Role.ADMIN, grants__scope__key="company")
    return list(Person.objects.filter(administers, is_active=True).distinct().order_by("pk"))
