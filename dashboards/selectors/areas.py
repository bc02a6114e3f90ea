"""Where an overview looks: the area itself, the way back up, what it can be split into, and where else one may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from kpis.models import Metric
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Company, Grant, Node, NodeAncestor, Person, Scope

SPLITS = (
    "channel",
    "region",
    "product",
)  # the dimensions that facts have, in the order in which they are offered
CHOICES = 400


@dataclass(frozen=True)
class Area:
    """What the page is about. `scope_id` is None for a cross-cut that nobody has pointed to: it has no figures."""

    key: str
    name: str
    nodes: Mapping[str, Node]
    scope_id: int | None

    @property
    def is_company(self) -> bool:
        return not self.nodes


@dataclass(frozen=True)
class Place:
    """Somewhere to go; `depth` is how far below the topmost of its group it lies."""

    key: str
    name: str
    depth: int = 0


@dataclass(frozen=True)
class Choices:
    """A group of places to choose from; `dimension` is empty for the company and for cross-cuts."""

    dimension: str
    places: tuple[Place, ...]


def company_name(company: Company, *, chinese: bool) -> str:
    return company.name_zh if chinese and company.name_zh else company.name


def area_of(scope: Scope, *, company: str) -> Area:
    nodes = {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}
    name = " × ".join(node.label for node in nodes.values()) or company
    return Area(scope.key, name, nodes, scope.pk)


def way_up(person: Person, area: Area, *, company: str) -> tuple[Place, ...]:
    """The areas above, topmost first, as far as they are hers to see. One query."""
    if area.is_company:
        return ()
    above = NodeAncestor.objects.filter(node__in=list(area.nodes.values())).values("ancestor_id")
    scopes = (
        visible_scopes(person)
        .filter(Q(key="company") | Q(node__in=above))
        .exclude(key=area.key)
        .select_related("node")
    )
    found = sorted(scopes, key=lambda scope: (_rank(scope.node), scope.node.depth if scope.node else 0))
    return tuple(Place(scope.key, scope.node.label if scope.node else company) for scope in found)


def _rank(node: Node | None) -> int:
    return DIMENSIONS.index(node.dimension) if node else -1


def parts_of(area: Area) -> dict[str, list[tuple[Scope, Node]]]:
    """What the area can be split into, by dimension: the children of its own node, else the topmost of that tree
    crossed with it. Whoever sees the area sees its parts. One query; crossed parts that nobody has pointed to have
    no figures and are left out.
    """
    if area.scope_id is None:
        return {}
    wanted = Q()
    for dimension in SPLITS:
        node = area.nodes.get(dimension)
        one = Q(**{f"{dimension}__parent_id": node.pk}) if node else Q(**{f"{dimension}__depth": 1})
        for other in DIMENSIONS:
            if other != dimension:
                own = area.nodes.get(other)
                one &= Q(**{f"{other}_id": own.pk}) if own else Q(**{f"{other}__isnull": True})
        wanted |= one
    found: dict[str, list[tuple[Scope, Node]]] = {}
    for scope in Scope.objects.filter(wanted).select_related(*SPLITS):
        dimension = next(
            dimension
            for dimension in SPLITS
            if getattr(scope, f"{dimension}_id") and scope_differs(scope, area, dimension)
        )
        found.setdefault(dimension, []).append((scope, getattr(scope, dimension)))
    return found


def scope_differs(scope: Scope, area: Area, dimension: str) -> bool:
    node = area.nodes.get(dimension)
    return bool(getattr(scope, f"{dimension}_id") != (node.pk if node else None))


def choices(person: Person, area: Area, *, company: str) -> tuple[Choices, ...]:
    """The areas between which she may switch: of each tree the topmost two levels that are hers, what she was
    granted, and where she is. Two queries.
    """
    scopes = list(
        visible_scopes(person)
        .filter(Q(key="company") | Q(node__dimension__in=SPLITS, node__archived_at__isnull=True))
        .select_related("node")
        .order_by("node__depth", "node__path")[:CHOICES]
    )
    groups: dict[str, list[Place]] = {}
    if any(scope.is_company for scope in scopes):
        groups[""] = [Place("company", company)]
    for dimension in SPLITS:
        nodes = [
            (scope.key, scope.node) for scope in scopes if scope.node and scope.node.dimension == dimension
        ]
        if nodes:
            groups[dimension] = list(_two_levels(nodes))
    known = {place.key for places in groups.values() for place in places}
    crossed = [
        grant.scope
        for grant in Grant.objects.filter(person=person).select_related(
            *(f"scope__{one}" for one in DIMENSIONS)
        )
        if grant.scope.key not in known
    ]
    more = {scope.key: Place(scope.key, scope.label) for scope in crossed}
    if area.key not in known:
        more[area.key] = Place(area.key, area.name)
    order = [Choices(dimension, tuple(places)) for dimension, places in groups.items()]
    return (*order, Choices("other", tuple(more.values()))) if more else tuple(order)


def _two_levels(nodes: Iterable[tuple[str, Node]]) -> Iterable[Place]:
    """Parents before their children, siblings by name."""
    nodes = list(nodes)
    top = min(node.depth for _key, node in nodes)
    below: dict[int | None, list[tuple[str, Node]]] = {}
    for key, node in nodes:
        below.setdefault(node.parent_id if node.depth > top else None, []).append((key, node))
    for key, node in sorted(below.get(None, []), key=lambda one: one[1].label):
        yield Place(key, node.label)
        for child_key, child in sorted(below.get(node.pk, []), key=lambda one: one[1].label):
            yield Place(child_key, child.label, 1)


METRICS = ("revenue", "cost", "roas", "orders", "new_customers", "cac", "ctr")


def metrics() -> dict[str, Metric]:
    """The metrics of the overview by code, in its order; those that somebody took away are missing. One query."""
    found = {metric.code: metric for metric in Metric.objects.filter(code__in=METRICS)}
    return {code: found[code] for code in METRICS if code in found}
