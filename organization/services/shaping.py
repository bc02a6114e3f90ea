"""The shape of a tree: how it looks in memory, how a change of it is kept, and its closure made anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from organization.models import Node, NodeAlias, Person, TreeChange
from organization.slugs import slugify

FIELDS = ("parent_id", "merged_into_id", "name", "name_zh", "needs_review", "archived_at")


class Woods:
    """All nodes of one dimension with the names that they answer to. Three thousand are a moment."""

    def __init__(self, dimension: str) -> None:
        """Two queries."""
        self.dimension = dimension
        self.nodes = Node.objects.in_bulk(
            list(Node.objects.filter(dimension=dimension).values_list("pk", flat=True))
        )
        self.children: dict[int | None, list[Node]] = defaultdict(list)
        self.taken: dict[tuple[int | None, str], int] = {}
        # What was merged keeps its name below its parent: files that say it mean it.
        for node in sorted(self.nodes.values(), key=lambda one: (one.merged_into_id is None, one.pk)):
            self.taken.setdefault((node.parent_id, node.slug), node.pk)
            if node.merged_into_id is None:
                self.children[node.parent_id].append(node)
        self.aliases = list(NodeAlias.objects.filter(dimension=dimension).order_by("pk"))
        for alias in self.aliases:
            self.taken.setdefault((alias.parent_id, alias.slug), alias.node_id)

    def stands_for(self, pk: int) -> int:
        """The node in which this one counts: itself, unless it was merged."""
        while (into := self.nodes[pk].merged_into_id) is not None:
            pk = into
        return pk

    def lies_in(self, pk: int | None, top: int) -> bool:
        """Whether it is `top` or lies below it."""
        while pk is not None:
            if pk == top:
                return True
            pk = self.nodes[pk].parent_id
        return False

    def names_of(self, node: Node, *, below: int | None) -> list[str]:
        """Under which it is known below that parent: its slug first."""
        names = [node.slug]
        names += [
            alias.slug for alias in self.aliases if alias.node_id == node.pk and alias.parent_id == below
        ]
        return list(dict.fromkeys([*names, *_slug_of(node.name)]))

    def called(self, names: list[str], *, below: int | None) -> int | None:
        """Which node there answers to one of these names, a merged one too."""
        for name in names:
            if (below, name) in self.taken:
                return self.taken[below, name]
        shown = {slug: node.pk for node in self.children[below] for slug in _slug_of(node.name)}
        return next((shown[name] for name in names if name in shown), None)


def _slug_of(name: str) -> Iterator[str]:
    try:
        yield slugify(name)
    except ValueError:
        return


class Edit:
    """Makes the changes of one thing that somebody does, and keeps what it takes to undo it."""

    def __init__(self, kind: str, node: Node, *, other: Node | None = None) -> None:
        self.change = TreeChange(kind=kind, node=node, other=other, details={})
        self._nodes: dict[str, dict[str, dict[str, Any]]] = {}
        self._made: list[dict[str, Any]] = []
        self._removed: list[dict[str, Any]] = []

    @property
    def count(self) -> int:
        """How many nodes it has changed."""
        return len(self._nodes)

    def set(self, node: Node, **values: Any) -> None:
        """Sets fields of FIELDS that differ."""
        values = {name: value for name, value in values.items() if getattr(node, name) != value}
        if not values:
            return
        kept = self._nodes.setdefault(str(node.pk), {"before": {}, "after": {}})
        for name, value in values.items():
            kept["before"].setdefault(name, getattr(node, name))
            kept["after"][name] = value
        write(node, values)

    def set_all(self, nodes: Iterable[Node], **values: Any) -> None:
        """The same of many nodes in one statement; no parents."""
        nodes = list(nodes)
        for node in nodes:
            self._nodes[str(node.pk)] = {
                "before": {name: getattr(node, name) for name in values},
                "after": values,
            }
        Node.objects.filter(pk__in=[node.pk for node in nodes]).update(**values)

    def add_alias(self, *, dimension: str, parent: int | None, slug: str, node: int) -> bool:
        """Whether it was free."""
        _alias, made = NodeAlias.objects.get_or_create(
            dimension=dimension, parent_id=parent, slug=slug, defaults={"node_id": node}
        )
        if made:
            self._made.append({"parent": parent, "slug": slug, "node": node})
        return made

    def remove_alias(self, alias: NodeAlias) -> None:
        self._removed.append({"parent": alias.parent_id, "slug": alias.slug, "node": alias.node_id})
        alias.delete()

    def keep(self, person: Person | None) -> TreeChange:
        change = self.change
        change.by = person
        change.touched = sorted({change.node_id, *map(int, self._nodes)})
        change.details = {"nodes": self._nodes, "made": self._made, "removed": self._removed}
        change.save()
        return change


def write(node: Node, values: dict[str, Any]) -> None:
    """Writes fields of a node. Its depth is right after `reshape`; here it only says whether it has a parent."""
    if "parent_id" in values:
        values = {**values, "depth": 1 if values["parent_id"] is None else max(node.depth, 2)}
    for name, value in values.items():
        setattr(node, name, value)
    node.save(update_fields=[name.removesuffix("_id") for name in values])


def as_kept(value: Any) -> Any:
    """A field's value as `TreeChange.details` holds it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def reshape(dimension: str) -> None:
    """Makes depths, places and closure of one tree right by parents and merges; writes only what differs.

    Always from the whole tree, so that no sequence of changes leaves anything behind. Needs `hold_tree`.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS shape, wanted")
        cursor.execute(_SHAPE, {"dimension": dimension})
        cursor.execute("ANALYZE shape")
        cursor.execute(_WANTED, {"dimension": dimension})
        cursor.execute("CREATE INDEX ON wanted (node_id, ancestor_id)")
        cursor.execute("ANALYZE wanted")
        cursor.execute(_PLACES)
        cursor.execute(_DROP, {"dimension": dimension})
        cursor.execute(_ADD)
        cursor.execute("DROP TABLE shape, wanted")


_SHAPE = """
    CREATE TEMP TABLE shape ON COMMIT DROP AS
    WITH RECURSIVE live AS (
        SELECT id, 1 AS depth, slug::text AS place, ARRAY[id] AS chain FROM organization_node
        WHERE dimension = %(dimension)s AND parent_id IS NULL AND merged_into_id IS NULL
        UNION ALL
        SELECT node.id, live.depth + 1, live.place || '/' || node.slug, live.chain || node.id
        FROM organization_node AS node JOIN live ON node.parent_id = live.id WHERE node.merged_into_id IS NULL
    )
    SELECT * FROM live
"""

_WANTED = """
    CREATE TEMP TABLE wanted ON COMMIT DROP AS
    WITH RECURSIVE stands AS (
        SELECT id, id AS into_id FROM shape
        UNION ALL
        SELECT node.id, stands.into_id FROM organization_node AS node JOIN stands ON node.merged_into_id = stands.id
        WHERE node.dimension = %(dimension)s
    )
    SELECT stands.id AS node_id, ancestor_id, ancestor_depth::smallint
    FROM stands JOIN shape ON shape.id = stands.into_id
    CROSS JOIN LATERAL unnest(chain) WITH ORDINALITY AS up(ancestor_id, ancestor_depth)
"""

_PLACES = """
    UPDATE organization_node AS node SET depth = shape.depth, place = shape.place FROM shape
    WHERE node.id = shape.id AND (node.depth, node.place) IS DISTINCT FROM (shape.depth, shape.place)
"""

_DROP = """
    DELETE FROM organization_nodeancestor AS old USING organization_node AS node
    WHERE node.id = old.node_id AND node.dimension = %(dimension)s AND NOT EXISTS (
        SELECT 1 FROM wanted WHERE wanted.node_id = old.node_id AND wanted.ancestor_id = old.ancestor_id
          AND wanted.ancestor_depth = old.ancestor_depth)
"""

_ADD = """
    INSERT INTO organization_nodeancestor (node_id, ancestor_id, ancestor_depth)
    SELECT node_id, ancestor_id, ancestor_depth FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM organization_nodeancestor AS old
        WHERE old.node_id = wanted.node_id AND old.ancestor_id = wanted.ancestor_id)
    ORDER BY node_id, ancestor_depth
"""
