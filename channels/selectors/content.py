"""Content pieces: what each brought from exposure to repurchase, and what is said of it. From roll-ups alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from channels.kinds import Kinds, Shown, kinds
from channels.models import Piece
from channels.services.content import CONTENT_DEPTH, TAGS
from kpis.models import Measure
from organization.gate import Action, Someone, scopes_where, visible_nodes, visible_scopes
from organization.models import Node, NodeAncestor

# Each step goes on from the one before: what came, and what of it went on.
MEASURES = ("impressions", "interactions", "orders", "repeat_orders")
STEPS: Mapping[str, tuple[str, str]] = {
    "interaction": ("interactions", "impressions"),
    "conversion": ("orders", "interactions"),
    "repurchase": ("repeat_orders", "orders"),
}
BY = (*TAGS, "format")


@dataclass(frozen=True)
class SeenPiece:
    """A piece and its amounts; None is not reported. `above` are what it hangs below, as far as hers to know."""

    scope_id: int
    node: Node
    piece: Piece | None
    above: tuple[Node, ...]
    amounts: Mapping[str, Decimal | None]

    @property
    def platform(self) -> str:
        """Where it was shown: as somebody said, else its channel; "" where that is not hers to know."""
        if self.piece is not None and self.piece.platform:
            return self.piece.platform
        return self.above[0].label if self.above else ""

    @property
    def interaction(self) -> Decimal | None:
        return self.rate("interaction")

    @property
    def conversion(self) -> Decimal | None:
        return self.rate("conversion")

    @property
    def repurchase(self) -> Decimal | None:
        return self.rate("repurchase")

    def rate(self, step: str) -> Decimal | None:
        """None where one of the two is not reported, or nobody came."""
        gone, came = (self.amounts.get(code) for code in STEPS[step])
        return gone / came if gone is not None and came is not None and came > 0 else None


def content_pieces(person: Someone, *, below: Node | None, first: date, last: date) -> list[SeenPiece]:
    """The pieces that she may see, in a channel or campaign or all, by name. At most seven queries; work grows with
    pieces and days.
    """
    scopes = visible_scopes(person).filter(
        node__dimension="channel", node__depth=CONTENT_DEPTH, node__merged_into__isnull=True
    )
    if below is not None:
        inside = NodeAncestor.objects.filter(ancestor=below).values("node_id")
        scopes = scopes.filter(node_id__in=inside)
    found = list(scopes.select_related("node__parent__parent", "node__piece").order_by("node__path"))
    known = _known(person)
    amounts = _amounts([scope.pk for scope in found], first, last)
    return [
        SeenPiece(
            scope.pk,
            scope.node,
            getattr(scope.node, "piece", None),
            _above(scope.node, known),
            {**dict.fromkeys(MEASURES), **amounts.get(scope.pk, {})},
        )
        for scope in found
        if scope.node is not None
    ]


def what_works(pieces: Sequence[SeenPiece], *, by: str, step: str) -> Kinds:
    """Pieces that brought nothing in these days, and said nothing, are left out."""
    gone, came = STEPS[step]
    return kinds(
        Shown(
            _tags(one.piece, by), one.platform, _float(one.amounts.get(gone)), _float(one.amounts.get(came))
        )
        for one in pieces
        if any(amount is not None for amount in one.amounts.values())
    )


def keepable(person: Someone) -> set[int]:
    """The nodes of the pieces that she may tag. One query and one for her grants."""
    return set(
        scopes_where(person, Action.KEEP_AREAS)
        .filter(node__dimension="channel", node__depth=CONTENT_DEPTH)
        .values_list("node_id", flat=True)
    )


def pieces_to_tag(person: Someone) -> list[tuple[Node, Piece | None, Collection[int]]]:
    """The pieces that she may tag by path, what is said of each, and which nodes above are hers to know."""
    nodes = Node.objects.filter(pk__in=keepable(person), merged_into__isnull=True)
    known = _known(person)
    return [
        (node, getattr(node, "piece", None), known)
        for node in nodes.select_related("parent__parent", "piece").order_by("path")
    ]


def known_tags(person: Someone) -> dict[str, list[str]]:
    """Tags and platforms in use on pieces that she may see, for offering them; by field, sorted. One query."""
    rows = Piece.objects.filter(node__scope__in=visible_scopes(person)).values_list("platform", *TAGS)
    found: dict[str, set[str]] = {"platform": set(), **{name: set() for name in TAGS}}
    for platform, *lists in rows:
        found["platform"].update([platform] if platform else [])
        for name, tags in zip(TAGS, lists, strict=True):
            found[name].update(tags)
    return {name: sorted(tags) for name, tags in found.items()}


def _known(person: Someone) -> set[int]:
    """Channels and campaigns whose names are hers to know. One query and one for her grants."""
    above = visible_nodes(person, "channel").filter(depth__lt=CONTENT_DEPTH)
    return set(above.values_list("pk", flat=True))


def _tags(piece: Piece | None, by: str) -> list[str]:
    if piece is None:
        return []
    if by == "format":
        return [str(piece.get_format_display())] if piece.format else []
    tags: list[str] = getattr(piece, by)
    return tags


def _above(node: Node, known: Collection[int]) -> tuple[Node, ...]:
    campaign = node.parent
    channel = campaign.parent if campaign is not None else None
    return tuple(one for one in (channel, campaign) if one is not None and one.pk in known)


def _amounts(scope_ids: Sequence[int], first: date, last: date) -> dict[int, dict[str, Decimal | None]]:
    """Two queries. Where nothing counts of a measure, what its first other source says: a channel's amounts may count by
    another source than the one that knows its pieces.
    """
    slots = dict(Measure.objects.filter(code__in=MEASURES).values_list("code", "slot"))
    codes = [code for code in MEASURES if code in slots]
    if not scope_ids or not codes:
        return {}
    sums = ", ".join(f"sum(amounts[{slots[code]}])" for code in codes)
    found: dict[int, dict[str, Decimal | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT scope_id, -1 AS rank, 0 AS source_id, {sums} FROM kpis_amountday
            WHERE scope_id = ANY(%(scopes)s::bigint[]) AND day BETWEEN %(first)s AND %(last)s GROUP BY scope_id
            UNION ALL
            SELECT scope_id, source.rank, source_id, {sums} FROM kpis_besideday
            JOIN kpis_source AS source ON source.id = source_id
            WHERE scope_id = ANY(%(scopes)s::bigint[]) AND day BETWEEN %(first)s AND %(last)s
            GROUP BY scope_id, source.rank, source_id
            ORDER BY scope_id, rank, source_id
            """,  # noqa: S608 - numbers of our own
            {"scopes": list(scope_ids), "first": first, "last": last},
        )
        for scope_id, _rank, _source, *amounts in cursor.fetchall():
            own = found.setdefault(scope_id, dict.fromkeys(codes))
            for code, amount in zip(codes, amounts, strict=True):
                if own[code] is None:
                    own[code] = amount
    return found


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
