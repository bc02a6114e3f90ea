"""Making nodes and scopes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from organization.models import DIMENSIONS, AuditEntry, Node, Person, Scope
from organization.services.audit import record
from organization.slugs import slugify
from organization.tree_lock import share_tree

LONGEST_PATH = 1000


@transaction.atomic
def make_node(
    *,
    dimension: str,
    name: str,
    parent: Node | None = None,
    name_zh: str = "",
    needs_review: bool = False,
    person: Person | None = None,
) -> Node:
    """Makes a node with its closure rows and its scope, or returns the one that has this code already.

    Below one that was merged it gets that one's code, and hangs below the one that it counts in. Raises ValueError
    where the name has no letter or digit, or the code would be too long.
    """
    slug = slugify(name)
    path = f"{parent.path}/{slug}" if parent else slug
    if len(path) > LONGEST_PATH:
        raise ValueError(f"The path {path[:60]}… is longer than {LONGEST_PATH} characters.")
    found = Node.objects.filter(dimension=dimension, path=path).first()
    if found is not None:
        return found
    share_tree()
    above = _stands_for(parent)
    node, made = Node.objects.get_or_create(
        dimension=dimension,
        path=path,
        defaults={
            "parent": above,
            "slug": slug,
            "place": f"{above.place}/{slug}" if above else slug,
            "depth": above.depth + 1 if above else 1,
            "name": name.strip()[:200],
            "name_zh": name_zh,
            "needs_review": needs_review,
        },
    )
    if not made:
        return node
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organization_nodeancestor (node_id, ancestor_id, ancestor_depth)"
            " SELECT %s, ancestor_id, ancestor_depth FROM organization_nodeancestor WHERE node_id = %s"
            " UNION ALL SELECT %s, %s, %s",
            [node.pk, above.pk if above else None, node.pk, node.pk, node.depth],
        )
    Scope.objects.create(key=node.code, node=node, **{dimension: node})
    record(action="node.make", subject=node.code, person=person, name=node.name)
    return node


def _stands_for(node: Node | None) -> Node | None:
    """The node as it is now, or the one in which it counts. Needs the tree's lock."""
    if node is None:
        return None
    node = Node.objects.get(pk=node.pk)
    while node.merged_into_id is not None:
        node = Node.objects.get(pk=node.merged_into_id)
    return node


def make_nodes(
    *,
    dimension: str,
    paths: Iterable[Sequence[str]],
    below: Node | None = None,
    needs_review: bool = False,
    person: Person | None = None,
) -> dict[tuple[str, ...], Node]:
    """Makes every path of names from the top (or from the node `below`) down, and returns the last node of each."""
    nodes: dict[tuple[str, ...], Node] = {}
    for path in paths:
        node = below
        for name in path:
            node = make_node(
                dimension=dimension, name=name, parent=node, needs_review=needs_review, person=person
            )
        if node is not None:
            nodes[tuple(path)] = node
    return nodes


@dataclass(frozen=True)
class Seedling:
    """A node to be made: its name, and which lies above it: a node's id, or minus the place of an earlier one (from 1)."""

    name: str
    above: int | None


@transaction.atomic
def make_many(*, dimension: str, seedlings: Sequence[Seedling], person: Person | None) -> list[int]:
    """Makes nodes for review, each after the one above it, as `make_node` would; returns their ids in order.

    A handful of statements for each level. Raises ValueError where a code would be too long.
    """
    share_tree()
    ids: list[int] = [0] * len(seedlings)
    paths: list[str] = []
    wave: list[int] = []
    known = dict(
        Node.objects.filter(
            pk__in={one.above for one in seedlings if one.above and one.above > 0}
        ).values_list("pk", "path")
    )
    for number, one in enumerate(seedlings):
        slug = slugify(one.name)
        above = None if one.above is None else known[one.above] if one.above > 0 else paths[-one.above - 1]
        paths.append(f"{above}/{slug}" if above else slug)
        if len(paths[number]) > LONGEST_PATH:
            raise ValueError(f"The path {paths[number][:60]}… is longer than {LONGEST_PATH} characters.")
    left = set(range(len(seedlings)))
    while left:
        wave = [number for number in sorted(left) if _is_ready(seedlings[number], ids)]
        above_of = {
            number: None if (at := seedlings[number].above) is None else at if at > 0 else ids[-at - 1]
            for number in wave
        }
        made = _make_wave(dimension, [(seedlings[n].name, paths[n], above_of[n]) for n in wave], person)
        for number in wave:
            ids[number] = made[paths[number]]
        left -= set(wave)
    return ids


def _is_ready(seedling: Seedling, ids: Sequence[int]) -> bool:
    return seedling.above is None or seedling.above > 0 or bool(ids[-seedling.above - 1])


def _make_wave(
    dimension: str, wanted: Sequence[tuple[str, str, int | None]], person: Person | None
) -> dict[str, int]:
    """Nodes whose parents all stand; `wanted` are name, path and the id above. Returns ids by path."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_WAVE,
            {
                "dimension": dimension,
                "names": [name.strip()[:200] for name, _path, _above in wanted],
                "slugs": [slugify(name) for name, _path, _above in wanted],
                "paths": [path for _name, path, _above in wanted],
                "above": [above for _name, _path, above in wanted],
            },
        )
        new = cursor.fetchall()
        cursor.execute(_CLOSE_WAVE, {"ids": [pk for pk, _path, _name in new]})
    nodes = Node.objects.in_bulk([pk for pk, _path, _name in new])
    Scope.objects.bulk_create(
        [Scope(key=node.code, node=node, **{dimension: node}) for node in nodes.values()], batch_size=1000
    )
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                action="node.make", subject=node.code[:300], person=person, details={"name": node.name}
            )
            for node in nodes.values()
        ],
        batch_size=1000,
    )
    paths = [path for _name, path, _above in wanted]
    return dict(Node.objects.filter(dimension=dimension, path__in=paths).values_list("path", "pk"))


_INSERT_WAVE = """
    WITH RECURSIVE wanted AS (
        SELECT * FROM unnest(%(names)s::text[], %(slugs)s::text[], %(paths)s::text[], %(above)s::bigint[])
            AS wanted(name, slug, path, above)
    ),
    stands AS (
        SELECT DISTINCT above AS id, above AS into_id FROM wanted WHERE above IS NOT NULL
        UNION ALL
        SELECT stands.id, node.merged_into_id FROM stands JOIN organization_node AS node ON node.id = stands.into_id
        WHERE node.merged_into_id IS NOT NULL
    ),
    parent AS (
        SELECT stands.id AS above, node.* FROM stands JOIN organization_node AS node ON node.id = stands.into_id
        WHERE node.merged_into_id IS NULL
    )
    INSERT INTO organization_node (dimension, parent_id, slug, path, place, depth, name, name_zh, needs_review)
    SELECT %(dimension)s, parent.id, wanted.slug, wanted.path, concat_ws('/', parent.place, wanted.slug),
        coalesce(parent.depth, 0) + 1, wanted.name, '', true
    FROM wanted LEFT JOIN parent ON parent.above = wanted.above ORDER BY wanted.path
    ON CONFLICT (dimension, path) DO NOTHING RETURNING id, path, name
"""

_CLOSE_WAVE = """
    INSERT INTO organization_nodeancestor (node_id, ancestor_id, ancestor_depth)
    SELECT node.id, up.ancestor_id, up.ancestor_depth
    FROM organization_node AS node JOIN organization_nodeancestor AS up ON up.node_id = node.parent_id
    WHERE node.id = ANY(%(ids)s)
    UNION ALL SELECT id, id, depth FROM organization_node WHERE id = ANY(%(ids)s)
"""


def ensure_scope(*, nodes: Iterable[Node]) -> Scope:
    """The scope of these nodes, made where nobody has pointed to it yet.

    Raises ValueError where two nodes are of one dimension.
    """
    by_dimension: dict[str, Node] = {}
    for node in nodes:
        if node.dimension in by_dimension:
            raise ValueError(
                f"{by_dimension[node.dimension].code} and {node.code} are both of {node.dimension}."
            )
        by_dimension[node.dimension] = node
    ordered = [by_dimension[dimension] for dimension in DIMENSIONS if dimension in by_dimension]
    key = "+".join(node.code for node in ordered) or "company"
    scope, _ = Scope.objects.get_or_create(
        key=key,
        defaults={**by_dimension, "node": ordered[0] if len(ordered) == 1 else None},
    )
    return scope
