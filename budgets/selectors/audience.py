"""To whom a budget is open."""

from __future__ import annotations

from dataclasses import dataclass

from budgets.models import Budget, Line
from organization.gate import Action, can
from organization.models import DIMENSIONS, NodeReader, Person, Scope

NAMED = 5


@dataclass(frozen=True)
class Audience:
    """`areas`: those that it is closed to; none where every member may look. `blind`: owners of its lines who do not see
    it, since their areas are not among them."""

    areas: tuple[Scope, ...]
    blind: tuple[Person, ...]

    @property
    def keys(self) -> list[str]:
        return [scope.key for scope in self.areas]


def audience_of(budget: Budget) -> Audience:
    rows = NodeReader.objects.filter(node=budget.node_id).select_related(
        *(f"scope__{dimension}" for dimension in DIMENSIONS)
    )
    areas = tuple(sorted((row.scope for row in rows), key=lambda scope: scope.key))
    if not areas:
        return Audience((), ())
    owners = {
        line.owner
        for line in Line.objects.filter(budget=budget, owner__is_active=True).select_related("owner")
        if line.owner is not None
    }
    blind = [one for one in owners if not can(one, Action.VIEW, budget.node.scope)]
    return Audience(areas, tuple(sorted(blind, key=lambda one: one.label)[:NAMED]))
