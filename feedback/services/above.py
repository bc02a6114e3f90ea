"""To whom complaints of many areas are taken up: first to who manages the area, then to who administers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from organization.models import Grant, Person, Role, Scope
from organization.selectors.answering import Ancestry, nodes_of
from organization.selectors.people import administrators


class Above:
    """The same answers as `role_holders` gives for one area, in three queries for any number."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self._scopes = scopes
        self._managers: dict[int, list[tuple[int, Person]]] = {}

    def of(self, scope: Scope, level: int, *, but: Person | None) -> list[Person]:
        """On the second level and above, and where nobody manages the area, those who administer the company."""
        found = [one for one in self._managing(scope) if one[1] != but] if level == 1 else []
        nearest = max((depth for depth, _person in found), default=0)
        managers = {person.pk: person for depth, person in found if depth == nearest}
        return list(managers.values()) or [one for one in self._administrators if one != but]

    def _managing(self, scope: Scope) -> list[tuple[int, Person]]:
        if scope.pk not in self._managers:
            self._managers[scope.pk] = [
                (self._ancestry.depth(nodes_of(grant.scope), scope), grant.person)
                for grant in self._grants
                if self._ancestry.covers(nodes_of(grant.scope), scope)
            ]
        return self._managers[scope.pk]

    @cached_property
    def _ancestry(self) -> Ancestry:
        return Ancestry(self._scopes)

    @cached_property
    def _grants(self) -> list[Grant]:
        held = Grant.objects.filter(role=Role.MANAGER, person__is_active=True)
        return list(held.select_related("person", "scope").order_by("pk"))

    @cached_property
    def _administrators(self) -> list[Person]:
        return administrators()
