"""What lies above many areas, and who answers for them, read at once: for whoever asks about thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import product

from django.db.models import Q

from organization.models import DIMENSIONS, Duty, NodeAncestor, Person, Responsibility, Scope

Above = Mapping[str, AbstractSet[int]]
Nodes = tuple[int | None, ...]  # an area's node in each of DIMENSIONS


def nodes_of(scope: Scope) -> Nodes:
    return tuple(getattr(scope, f"{dimension}_id") for dimension in DIMENSIONS)


class Ancestry:
    """The nodes above those of some areas; one query."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        nodes = {pk for scope in scopes for pk in nodes_of(scope) if pk is not None}
        self._path: dict[int, dict[int, int]] = defaultdict(dict)  # node → node at or above it → its depth
        rows = NodeAncestor.objects.filter(node_id__in=nodes).values_list(
            "node_id", "ancestor_id", "ancestor_depth"
        )
        for node, ancestor, depth in rows:
            self._path[node][ancestor] = depth

    def above(self, scope: Scope) -> Above:
        """By dimension the ids of the area's node and of all above it."""
        return {
            dimension: self._path[pk].keys()
            for dimension, pk in zip(DIMENSIONS, nodes_of(scope), strict=True)
            if pk is not None
        }

    def covers(self, top: Nodes, scope: Scope) -> bool:
        """Whether an area lies at or below another."""
        return all(
            wanted is None or (own is not None and wanted in self._path[own])
            for wanted, own in zip(top, nodes_of(scope), strict=True)
        )

    def depth(self, top: Nodes, scope: Scope) -> int:
        """How deep an area lies that covers this one: the sum of its nodes' levels; a merged node lies nowhere."""
        return sum(
            self._path[own].get(wanted, 0)
            for wanted, own in zip(top, nodes_of(scope), strict=True)
            if wanted is not None and own is not None
        )

    def areas_above(self, scope: Scope) -> Iterator[Nodes]:
        """All areas that cover this one, by their nodes; itself not among them."""
        own = nodes_of(scope)
        ways = [(None,) if pk is None else (None, *self._path[pk]) for pk in own]
        for nodes in product(*ways):
            if nodes != own:
                yield nodes


class Answering:
    """Whose figures these are on a day, and who has a duty for them; the same answers as
    `organization.selectors.people` gives for one area, in three queries for any number."""

    def __init__(self, scopes: Collection[Scope], on: date, ancestry: Ancestry) -> None:
        self._on, self._ancestry = on, ancestry
        in_force = Responsibility.objects.filter(first_day__lte=on).filter(
            Q(last_day__isnull=True) | Q(last_day__gte=on)
        )
        self._owners: list[tuple[Nodes, Responsibility]] = []
        self._members: dict[int, list[Person]] = defaultdict(list)
        for one in in_force.select_related("person", "scope").order_by("pk"):
            nodes = nodes_of(one.scope)
            self._owners.append((nodes, one))
            if one.person is not None and one.scope.node_id is not None:
                self._members[one.scope.node_id].append(one.person)
        self._duties: dict[str, list[tuple[Nodes, Person]]] | None = None

    def owners(self, scope: Scope) -> list[Person]:
        """Who is responsible for the area: those named nearest to it."""
        return self._people(self._standing(scope))

    def leads_above(self, scope: Scope) -> list[Person]:
        """Who is responsible for the next wider area that is somebody else's; [] where there is none."""
        standing = self._standing(scope)
        own = {person.pk for person in self._people(standing)}
        depths = sorted({depth for depth, _one in standing}, reverse=True)
        for depth in depths[1:] if own else depths:
            people = self._people([one for one in standing if one[0] == depth])
            others = [person for person in people if person.pk not in own]
            if others:
                return others
        return []

    def on_duty(self, name: str, scope: Scope) -> list[Person]:
        """Who has this duty for the area: those named nearest to it."""
        if self._duties is None:
            self._duties = defaultdict(list)
            for duty in (
                Duty.objects.filter(person__is_active=True).select_related("person", "scope").order_by("pk")
            ):
                self._duties[duty.name.casefold()].append((nodes_of(duty.scope), duty.person))
        found = [
            (self._ancestry.depth(nodes, scope), person)
            for nodes, person in self._duties.get(name.strip().casefold(), ())
            if self._ancestry.covers(nodes, scope)
        ]
        nearest = max((depth for depth, _person in found), default=0)
        return [person for depth, person in found if depth == nearest]

    def _standing(self, scope: Scope) -> list[tuple[int, Responsibility]]:
        return [
            (self._ancestry.depth(nodes, scope), one)
            for nodes, one in self._owners
            if self._ancestry.covers(nodes, scope)
        ]

    def _people(self, standing: list[tuple[int, Responsibility]]) -> list[Person]:
        nearest = max((depth for depth, _one in standing), default=0)
        people: dict[int, Person] = {}
        for depth, one in standing:
            if depth < nearest:
                continue
            if one.person is not None:
                people.setdefault(one.person.pk, one.person)
            elif one.team_id is not None:
                people.update({m.pk: m for m in self._members[one.team_id] if m.pk not in people})
        return [person for person in people.values() if person.is_active]
