"""Pages that people make: whose they are, who finds them, who may change them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from dashboards.models import Board, Panel
from organization.gate import Action, Reach
from organization.models import Dimension, Node, NodeAncestor, Person, Responsibility


@dataclass(frozen=True)
class BoardRow:
    """A page in the list."""

    board: Board
    panels: int
    mine: bool
    may_change: bool

    @property
    def key(self) -> str:
        """For ids of elements."""
        return str(self.board.pk)


@dataclass(frozen=True)
class Boards:
    mine: tuple[BoardRow, ...]
    teams: tuple[BoardRow, ...]


def boards_of(*, person: Person, reach: Reach, today: date) -> Boards:
    """Her own pages, those she shares with a team among them, and those of her teams. Four queries at most."""
    found = list(
        visible_boards(person=person, reach=reach, today=today)
        .select_related("team", "owner")
        .annotate(panel_count=Count("panels"))
    )
    above = _above({board.team_id for board in found if board.team_id})
    rows = [
        BoardRow(
            board,
            board.panel_count,
            board.owner_id == person.pk,
            _may_change(board, person, reach, above),
        )
        for board in found
    ]
    return Boards(
        mine=tuple(row for row in rows if row.mine), teams=tuple(row for row in rows if not row.mine)
    )


def visible_boards(*, person: Person, reach: Reach, today: date) -> QuerySet[Board]:
    """Hers, and those of teams that a grant or a responsibility of hers reaches."""
    return Board.objects.filter(
        Q(owner=person) | Q(team__in=teams_of(person=person, reach=reach, today=today))
    )


def teams_of(*, person: Person, reach: Reach, today: date) -> QuerySet[Node]:
    """The teams that she was granted, and those whose people she belongs to: she answers for the team itself, for one
    within it, or for what it belongs to.
    """
    hers = Responsibility.objects.filter(
        Q(last_day__isnull=True) | Q(last_day__gte=today),
        person=person,
        first_day__lte=today,
        scope__team__isnull=False,
    ).values("scope__team_id")
    above = NodeAncestor.objects.filter(node__in=hers).values("ancestor_id")
    below = NodeAncestor.objects.filter(ancestor__in=hers).values("node_id")
    granted = reach.nodes(Dimension.TEAM, {}).values("pk")
    teams = Node.objects.filter(dimension=Dimension.TEAM, merged_into__isnull=True)
    return teams.filter(Q(pk__in=granted) | Q(pk__in=above) | Q(pk__in=below))


def get_board_or_404(*, person: Person, reach: Reach, pk: int, today: date, change: bool = False) -> Board:
    """Raises Http404 where she does not find it, PermissionDenied where she may not `change` it."""
    board = (
        visible_boards(person=person, reach=reach, today=today)
        .select_related("team", "owner")
        .filter(pk=pk)
        .first()
    )
    if board is None:
        raise Http404
    if change and not may_change(board=board, person=person, reach=reach):
        raise PermissionDenied
    return board


def get_panel_or_404(*, board: Board, pk: int) -> Panel:
    panel = panels_of(board).filter(pk=pk).first()
    if panel is None:
        raise Http404
    return panel


def panels_of(board: Board) -> QuerySet[Panel]:
    dimensions = (f"scope__{dimension}" for dimension in Dimension.values)
    return board.panels.select_related("metric", *dimensions)


def those_hers(panels: Sequence[Panel], reach: Reach) -> frozenset[int]:
    """The panels whose own area is hers to see, and those that have none. One query at most."""
    ids = {one.pk: one.scope.node_ids() for one in panels if one.scope is not None}
    above = _above({pk for nodes in ids.values() for pk in nodes.values()})
    return frozenset(
        one.pk
        for one in panels
        if one.pk not in ids or reach.covers({name: above.get(pk, []) for name, pk in ids[one.pk].items()})
    )


def may_change(*, board: Board, person: Person, reach: Reach) -> bool:
    """Its owner, and whoever sets targets over its team."""
    teams = {board.team_id} if board.team_id and board.owner_id != person.pk else set()
    return _may_change(board, person, reach, _above(teams))


def _may_change(board: Board, person: Person, reach: Reach, above: dict[int, list[int]]) -> bool:
    if board.owner_id == person.pk:
        return True
    if board.team_id is None:
        return False
    return reach.covers({Dimension.TEAM: above.get(board.team_id, [])}, Action.SET_TARGETS)


def _above(nodes: Iterable[int]) -> dict[int, list[int]]:
    """Of each node itself and all above it. One query, none without nodes."""
    wanted = list(nodes)
    found: dict[int, list[int]] = {}
    if wanted:
        for node, ancestor in NodeAncestor.objects.filter(node__in=wanted).values_list(
            "node_id", "ancestor_id"
        ):
            found.setdefault(node, []).append(ancestor)
    return found
