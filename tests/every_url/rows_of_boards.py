"""Who may open what of the pages that people make. Alice's is of 华东's people; Bob's she must not find."""

from __future__ import annotations

from typing import Any

from dashboards.models import Board, Panel
from organization.models import Person
from tests.every_url.told import NO_SUCH_METHOD, WITH_A_GRANT, Row, row
from tests.every_url.world import World

ALICES = "200 404 404 404 404 403 login"
ALICES_GOES_ON = "3xx 404 404 404 404 403 login"


def a_page(world: World) -> dict[str, Any]:
    return {"pk": _board(world.people["Alice"], "Walked").pk}


def a_far_page(world: World) -> dict[str, Any]:
    return {"pk": _board(world.people["Bob"], "北京分店").pk}


def a_panel(world: World) -> dict[str, Any]:
    return _panel(_board(world.people["Alice"], "Walked"))


def a_far_panel(world: World) -> dict[str, Any]:
    return _panel(_board(world.people["Bob"], "北京分店"))


def _board(owner: Person, name: str) -> Board:
    return Board.objects.get_or_create(owner=owner, name=name)[0]


def _panel(board: Board) -> dict[str, Any]:
    made, _new = Panel.objects.get_or_create(board=board, position=0, defaults={"chart": "funnel"})
    return {"pk": board.pk, "panel_pk": made.pk}


OF_BOARDS: dict[str, Row] = {
    "dashboards:boards": row(WITH_A_GRANT),
    "dashboards:board_new": row(WITH_A_GRANT, POST=WITH_A_GRANT),
    "dashboards:board": row(ALICES, at=a_page, foreign=a_far_page),
    "dashboards:board_edit": row(ALICES, POST=ALICES, at=a_page, foreign=a_far_page),
    "dashboards:board_copy": row(NO_SUCH_METHOD, POST=ALICES_GOES_ON, at=a_page, foreign=a_far_page),
    "dashboards:board_remove": row(ALICES, POST=ALICES_GOES_ON, at=a_page, foreign=a_far_page),
    "dashboards:board_order": row(NO_SUCH_METHOD, POST=ALICES_GOES_ON, at=a_page, foreign=a_far_page),
    "dashboards:panel_new": row(ALICES, POST=ALICES, at=a_page, foreign=a_far_page),
    "dashboards:panel_at": row(ALICES, at=a_panel, foreign=a_far_panel),
    "dashboards:panel_edit": row(ALICES, POST=ALICES, at=a_panel, foreign=a_far_panel),
    "dashboards:panel_width": row(NO_SUCH_METHOD, POST=ALICES_GOES_ON, at=a_panel, foreign=a_far_panel),
    "dashboards:panel_remove": row(ALICES, POST=ALICES_GOES_ON, at=a_panel, foreign=a_far_panel),
    "dashboards:panel": row(WITH_A_GRANT),
}
BOARDS_BY_QUERY: tuple[tuple[str, dict[str, str], int], ...] = (
    ("dashboards:panel", {"metric": "revenue", "chart": "number", "region": "华东/上海"}, 200),
    ("dashboards:panel", {"metric": "revenue", "chart": "bars", "by": "region"}, 200),
    ("dashboards:panel", {"metric": "revenue", "chart": "number", "region": "华北"}, 404),
    ("dashboards:panel", {"metric": "revenue", "chart": "number", "whole": "on"}, 404),
    ("dashboards:panel", {"chart": "bars", "by": "region", "metric": "revenue", "area": "company"}, 404),
)
