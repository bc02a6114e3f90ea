"""Making nodes and scopes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from organization.models import DIMENSIONS, Node, Person, Scope
from organization.services.audit import record
from organization.slugs import slugify


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

    Raises ValueError where the name has no letter or digit, or the code would be too long.
    """
    slug = slugify(name)
    path = f"{parent.path}/{slug}" if parent else slug
    if len(path) > 1000:
        raise ValueError(f"The path {path[:60]}… is longer than 1000 characters.")
    node, made = Node.objects.get_or_create(
        dimension=dimension,
        path=path,
        defaults={
            "parent": parent,
            "slug": slug,
            "depth": parent.depth + 1 if parent else 1,
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
            [node.pk, parent.pk if parent else None, node.pk, node.pk, node.depth],
        )
    Scope.objects.create(key=node.code, node=node, **{dimension: node})
    record(action="node.make", subject=node.code, person=person, name=node.name)
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
