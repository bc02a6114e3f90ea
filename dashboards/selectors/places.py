"""The places that somebody may turn a filter to, found by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from dashboards.selectors.areas import Lineage
from organization.gate import Reach
from organization.models import Node

SHOWN = 60


@dataclass(frozen=True)
class Offered:
    """`more`: there are others, which a longer text would find. `above_known`: those whose parent she may know."""

    nodes: tuple[Node, ...]
    more: bool
    above_known: frozenset[int]


def places(
    *, reach: Reach, nodes: Mapping[str, Node], lineage: Lineage, dimension: str, text: str
) -> Offered:
    """Without a text the chosen node with its neighbours and children, or the topmost; else by name. One query.

    Only nodes whose cut with the page's other filters is hers to see.
    """
    beside = {one: ids for one, ids in lineage.ids().items() if one != dimension}
    above = reach.nodes(dimension, beside).filter(pk=OuterRef("parent_id"))
    allowed = reach.nodes(dimension, beside).select_related("parent").annotate(above_known=Exists(above))
    text = text.strip()
    if text:
        named = Q(name__icontains=text) | Q(name_zh__icontains=text) | Q(aliases__slug__icontains=text)
        found = allowed.filter(named).distinct()
    else:
        chosen = nodes.get(dimension)
        near = Q(archived_at__isnull=True)
        if chosen is not None:
            near &= Q(parent_id=chosen.pk) | Q(parent_id=chosen.parent_id) | Q(depth=1)
            found = allowed.filter(near)
        else:
            top = allowed.filter(near).order_by("depth").values_list("depth", flat=True)[:1]
            found = allowed.filter(near, depth__in=list(top))
    rows = list(found.order_by("depth", "path")[: SHOWN + 1])
    known = frozenset(node.pk for node in rows if getattr(node, "above_known", False))
    return Offered(tuple(rows[:SHOWN]), len(rows) > SHOWN, known)
