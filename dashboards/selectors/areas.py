"""Where an overview looks: the area itself, the way back up, and what it can be split into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from organization.gate import Reach
from organization.models import DIMENSIONS, Company, Node, NodeAncestor, Scope
from organization.selectors import scope_key

SPLITS = (
    "channel",
    "region",
    "product",
)  # the dimensions that facts have, in the order in which they are offered
CAMPAIGN_DEPTH = 2


class Found(StrEnum):
    """Where the amounts of an area are kept."""

    SINGLE = "single"  # the company or one node: by day
    CROSS = "cross"  # top channel × region × product line: by day
    DEEP = "deep"  # a campaign × region or product line: by month
    NOWHERE = "nowhere"  # finer than that


@dataclass(frozen=True)
class Area:
    """What the page is about. `scope_id` is None for a cross-cut that nobody has pointed to: it has no targets."""

    key: str
    name: str
    nodes: Mapping[str, Node]
    scope_id: int | None

    @property
    def is_company(self) -> bool:
        return not self.nodes

    @property
    def found(self) -> Found:
        return found_of(self.nodes)


def found_of(nodes: Mapping[str, Node]) -> Found:
    if len(nodes) <= 1:
        return Found.SINGLE
    if not set(nodes) <= set(SPLITS):
        return Found.NOWHERE
    depth = nodes["channel"].depth if "channel" in nodes else 1
    if depth == 1:
        return Found.CROSS
    return Found.DEEP if depth == CAMPAIGN_DEPTH else Found.NOWHERE


@dataclass(frozen=True)
class Place:
    """Somewhere to go."""

    key: str
    name: str
    nodes: Mapping[str, Node]


def company_name(company: Company, *, chinese: bool) -> str:
    return company.name_zh if chinese and company.name_zh else company.name


def area_of(scope: Scope, *, company: str) -> Area:
    nodes = {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}
    return Area(scope.key, name_of(nodes, company=company), nodes, scope.pk)


def name_of(nodes: Mapping[str, Node], *, company: str) -> str:
    return " × ".join(node.label for node in nodes.values()) or company


@dataclass(frozen=True)
class Lineage:
    """The nodes above those of an area, topmost first and itself last, by dimension."""

    chains: Mapping[str, tuple[Node, ...]]

    @classmethod
    def of(cls, nodes: Mapping[str, Node]) -> Lineage:
        """One query; none for the company."""
        chains: dict[str, tuple[Node, ...]] = {}
        if nodes:
            rows = NodeAncestor.objects.filter(node__in=list(nodes.values())).select_related("ancestor")
            for row in sorted(rows, key=lambda one: one.ancestor_depth):
                above = row.ancestor
                chains[above.dimension] = (*chains.get(above.dimension, ()), above)
        return cls(chains)

    def ids(self) -> dict[str, list[int]]:
        return {dimension: [node.pk for node in chain] for dimension, chain in self.chains.items()}

    def leavable(self, reach: Reach) -> frozenset[str]:
        """The dimensions without which the area would still be hers to see."""
        ids = self.ids()
        return frozenset(
            dimension
            for dimension in ids
            if reach.covers({one: above for one, above in ids.items() if one != dimension})
        )


def way_up(reach: Reach, area: Area, lineage: Lineage, *, company: str) -> tuple[Place, ...]:
    """The areas above, topmost first, one level more at each step, as far as they are hers to see. No query."""
    steps: list[dict[str, Node]] = [{}]
    for dimension in DIMENSIONS:
        for node in lineage.chains.get(dimension, ()):
            steps.append({**steps[-1], dimension: node})
    found = []
    for nodes in steps[:-1]:
        above = {
            dimension: [one.pk for one in lineage.chains[dimension] if one.depth <= node.depth]
            for dimension, node in nodes.items()
        }
        if reach.covers(above):
            found.append(Place(scope_key(nodes), name_of(nodes, company=company), nodes))
    return tuple(found)


def granted(reach: Reach, *, company: str) -> tuple[Place, ...]:
    """Where somebody of several grants may turn to; nothing for others. At most one query."""
    if len(reach.scopes) < 2:
        return ()
    scopes = Scope.objects.filter(key__in=reach.scopes).select_related(*DIMENSIONS).order_by("key")
    found = [{one: getattr(scope, one) for one in scope.node_ids()} for scope in scopes]
    return tuple(Place(scope_key(nodes), name_of(nodes, company=company), nodes) for nodes in found)


def parts_of(area: Area) -> dict[str, list[Node]]:
    """What the area can be split into, by dimension: the children of its own node, else the topmost of that tree.

    Whoever sees the area sees its parts. One query.
    """
    if not set(area.nodes) <= set(SPLITS) and len(area.nodes) > 1:
        return {}
    wanted = Q()
    for dimension in SPLITS:
        node = area.nodes.get(dimension)
        if node:
            wanted |= Q(parent_id=node.pk)
        else:
            wanted |= Q(dimension=dimension, depth=1)
    found: dict[str, list[Node]] = {}
    for node in Node.objects.filter(wanted, merged_into__isnull=True).order_by("pk"):
        if found_of({**area.nodes, node.dimension: node}) != Found.NOWHERE:
            found.setdefault(node.dimension, []).append(node)
    return found
