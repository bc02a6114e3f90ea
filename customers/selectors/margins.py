"""Reading the page of margins."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import Http404

from customers.models import Margin, Order
from organization.gate import Action, scopes_where, visible_scopes
from organization.models import Dimension, Node, NodeAncestor, Person

ROWS_A_PAGE = 50
LACKING_SHOWN = 8


@dataclass(frozen=True)
class MarginRow:
    """`holds`: it is the latest that has begun. `hers`: she may correct it."""

    margin: Margin
    holds: bool
    hers: bool


@dataclass(frozen=True)
class MarginsPage:
    rows: tuple[MarginRow, ...]
    page: Page[Margin]
    lacking: tuple[Node, ...]  # top product lines that have no margin, nor has anything below them
    has_orders: bool


def margins_page(person: Person, *, today: object, number: int | str | None = 1) -> MarginsPage:
    """Margins of product lines and channels that she may see, the latest of each first."""
    seen = Margin.objects.filter(node__scope__in=visible_scopes(person))
    page = Paginator(
        seen.select_related("node", "changed_by").order_by("-node__dimension", "node__place", "-first_day"),
        ROWS_A_PAGE,
    ).get_page(number)
    shown = list(page.object_list)
    hers = set(
        scopes_where(person, Action.ENTER_VALUES)
        .filter(node_id__in=[margin.node_id for margin in shown])
        .values_list("node_id", flat=True)
    )
    latest = set(
        seen.filter(first_day__lte=today)
        .order_by("node_id", "-first_day")
        .distinct("node_id")
        .values_list("pk", flat=True)
    )
    return MarginsPage(
        rows=tuple(MarginRow(margin, margin.pk in latest, margin.node_id in hers) for margin in shown),
        page=page,
        lacking=_lacking(person),
        has_orders=Order.objects.exists(),
    )


def _lacking(person: Person) -> tuple[Node, ...]:
    """Of the product lines that she may see."""
    told = NodeAncestor.objects.filter(node__margins__isnull=False).values("ancestor_id")
    return tuple(
        Node.objects.filter(
            dimension=Dimension.PRODUCT, depth=1, archived_at__isnull=True, scope__in=visible_scopes(person)
        )
        .exclude(pk__in=told)
        .order_by("place")[:LACKING_SHOWN]
    )


def get_margin_or_404(person: Person, pk: int) -> Margin:
    margin = (
        Margin.objects.filter(pk=pk, node__scope__in=visible_scopes(person)).select_related("node").first()
    )
    if margin is None:
        raise Http404
    return margin
