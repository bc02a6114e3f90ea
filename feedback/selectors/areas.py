"""The area that a page of feedback is turned to: what lies above it, the ways up, and the benchmark that holds there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis.models import Benchmark, Unit
from organization.gate import Reach
from organization.models import DIMENSIONS, Node, NodeAncestor, Scope
from organization.selectors import scope_key

COUNTED = ("region", "channel", "product")  # dimensions of which answers and complaints keep a node


@dataclass(frozen=True)
class Crumb:
    """`key` of the area that it leads to."""

    label: str
    key: str


@dataclass(frozen=True)
class Area:
    """`above`: by dimension its node and all above it, from the top down."""

    scope: Scope
    above: Mapping[str, tuple[Node, ...]]

    @property
    def ids(self) -> dict[str, frozenset[int]]:
        return {dimension: frozenset(node.pk for node in nodes) for dimension, nodes in self.above.items()}

    @property
    def nodes(self) -> dict[str, Node]:
        return {dimension: nodes[-1] for dimension, nodes in self.above.items()}

    @property
    def counted(self) -> bool:
        """Whether answers can be said to lie in it: nobody answers about a team or a budget."""
        return self.above.keys() <= set(COUNTED)

    def with_node(self, node: Node) -> str:
        """The key of this area narrowed to a node."""
        return scope_key({**self.nodes, node.dimension: node})


def area_of(scope: Scope) -> Area:
    """One query; none for the company."""
    ids = scope.node_ids()
    if not ids:
        return Area(scope, {})
    above: dict[str, list[Node]] = {}
    rows = NodeAncestor.objects.filter(node__in=ids.values()).select_related("ancestor")
    for row in rows.order_by("ancestor_depth"):
        above.setdefault(row.ancestor.dimension, []).append(row.ancestor)
    return Area(scope, {one: tuple(above[one]) for one in DIMENSIONS if one in above})


def crumbs(area: Area, reach: Reach) -> tuple[Crumb, ...]:
    """Areas above this one that she may see, the widest first."""
    found = []
    if area.above and reach.covers({}):
        found.append(Crumb(str(_("Company")), "company"))
    for dimension, nodes in area.above.items():
        others = {one: node for one, node in area.nodes.items() if one != dimension}
        ids = {one: area.ids[one] for one in others}
        if others and reach.covers(ids):
            found.append(Crumb(Scope(key="", **others).label, scope_key(others)))
        for place, node in enumerate(nodes[:-1], start=1):
            if reach.covers({**ids, dimension: {one.pk for one in nodes[:place]}}):
                wider = {**others, dimension: node}
                found.append(Crumb(Scope(key="", **wider).label, scope_key(wider)))
    return tuple(found)


@dataclass(frozen=True)
class Held:
    """What others reach from a day on, in the units of the page, and who says so."""

    first_day: date
    value: Decimal
    source: str


def benchmarks_over(area: Area, code: str) -> tuple[Held, ...]:
    """Those of the nearest area at or above this one, the oldest first. One query."""
    known = {pk for ids in area.ids.values() for pk in ids}
    depths = {node.pk: node.depth for nodes in area.above.values() for node in nodes}
    found: dict[int, list[Benchmark]] = {}
    nearness: dict[int, tuple[int, int]] = {}
    for one in (
        Benchmark.objects.filter(metric__code=code).select_related("scope", "metric").order_by("first_day")
    ):
        ids = one.scope.node_ids().values()
        if known.issuperset(ids):
            found.setdefault(one.scope_id, []).append(one)
            nearness[one.scope_id] = (len(ids), sum(depths[pk] for pk in ids))
    if not found:
        return ()
    nearest: Sequence[Benchmark] = found[max(nearness, key=lambda pk: nearness[pk])]
    return tuple(Held(one.first_day, one.value * _scale(one.metric.unit), one.source) for one in nearest)


def _scale(unit: str) -> int:
    """Percentages are kept as fractions, and scores are written as percentages."""
    return 100 if unit == Unit.PERCENT else 1


def held_on(benchmarks: Sequence[Held], day: date) -> Held | None:
    return next((one for one in reversed(benchmarks) if one.first_day <= day), None)
