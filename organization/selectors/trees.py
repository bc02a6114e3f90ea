"""The trees as one person may see them. Stands above the gate, so it is imported by its own name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Collate, Replace

from organization.gate import Action, Someone, scopes_where, visible_nodes, visible_scopes
from organization.models import DIMENSIONS, Node, NodeAlias
from organization.words import DIMENSION_NAMES, KINDS

ROWS_A_PAGE = 100
REVIEWS_SHOWN = 20


@dataclass(frozen=True)
class TreeRow:
    """A node in its tree; `indent` counts from the topmost that is shown. `own`: its figures are hers to see."""

    node: Node
    indent: int
    own: bool
    kept: bool

    @property
    def kind(self) -> str:
        return str(KINDS[self.node.kind])


@dataclass(frozen=True)
class Tab:
    dimension: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True)
class TreePage:
    dimension: str
    tabs: tuple[Tab, ...]
    rows: tuple[TreeRow, ...]
    page: Page[Node]
    to_review: tuple[Node, ...]
    to_review_count: int
    last_new: int | None = None  # the newest that is to be reviewed: what comes after it was not seen


def tree_page(
    person: Someone, *, dimension: str, text: str = "", archived: bool = False, number: int | str | None = 1
) -> TreePage:
    """One tree, parents before their children, narrowed by a text in name or code; and what needs review."""
    nodes = visible_nodes(person, dimension)
    top = nodes.aggregate(top=Min("depth"))["top"] or 1
    if text:
        nodes = nodes.filter(
            Q(name__icontains=text)
            | Q(name_zh__icontains=text)
            | Q(path__icontains=text)
            | Q(pk__in=NodeAlias.objects.filter(slug__icontains=text).values("node_id"))
        )
    if not archived:
        nodes = nodes.filter(archived_at__isnull=True)
    page = Paginator(in_tree_order(nodes), ROWS_A_PAGE).get_page(number)
    to_review = Node.objects.filter(
        needs_review=True, archived_at__isnull=True, scope__in=scopes_where(person, Action.KEEP_AREAS)
    )
    waiting = to_review.aggregate(count=Count("pk"), last=Max("pk"))
    to_review = to_review.annotate(
        above_known=Exists(visible_scopes(person).filter(node=OuterRef("parent_id")))
    )
    return TreePage(
        dimension=dimension,
        tabs=_tabs(person, dimension),
        rows=tuple(_rows(person, list(page.object_list), top=1 if text else top)),
        page=page,
        to_review=tuple(to_review.select_related("parent").order_by("created_at", "pk")[:REVIEWS_SHOWN]),
        to_review_count=waiting["count"],
        last_new=waiting["last"],
    )


TREE_PLACE = Collate(Replace(F("place"), Value("/"), Value("\x01"), output_field=TextField()), "C")


def in_tree_order(nodes: QuerySet[Node]) -> QuerySet[Node]:
    """Parents before their children, siblings by code: `a`, `a/b`, `a-b`."""
    return nodes.order_by(TREE_PLACE)


def area_suggestions(person: Someone, *, limit: int = 500) -> list[Node]:
    """Areas to choose from where one is typed, nearest to the company first."""
    mine = Node.objects.filter(archived_at__isnull=True, scope__in=visible_scopes(person))
    return list(mine.order_by("depth", "dimension", "path")[:limit])


def _tabs(person: Someone, current: str) -> tuple[Tab, ...]:
    counts = [
        (
            dimension,
            visible_nodes(person, dimension).filter(archived_at__isnull=True).aggregate(n=Count("pk"))["n"],
        )
        for dimension in DIMENSIONS
    ]
    return tuple(
        Tab(dimension, str(DIMENSION_NAMES[dimension]), count, dimension == current)
        for dimension, count in counts
        if count or dimension == current
    )


def _rows(person: Someone, nodes: list[Node], *, top: int) -> Iterable[TreeRow]:
    here = Node.objects.filter(pk__in=[node.pk for node in nodes])
    own = set(here.filter(scope__in=visible_scopes(person)).values_list("pk", flat=True))
    kept = set(here.filter(scope__in=scopes_where(person, Action.KEEP_AREAS)).values_list("pk", flat=True))
    return [
        TreeRow(node, indent=min(node.depth - top, 5), own=node.pk in own, kept=node.pk in kept)
        for node in nodes
    ]
