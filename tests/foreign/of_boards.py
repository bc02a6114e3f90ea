"""A page that the people of a world's team have made, with panels on its region, which some of them may not see."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboards.models import ChartKind
from dashboards.services.boards import PanelDraft, add_panel, make_board
from kpis.models import Metric
from organization.models import Person
from tests.foreign.worlds import Company


def is_of_boards(pattern: str) -> bool:
    app, _, view = pattern.partition(":")
    return app == "dashboards" and view.startswith(("board", "panel"))


def fields(made: Company, world: str) -> dict[str, Any]:
    """Whatever a form of pages reads."""
    pks = made.things[world]
    return {
        "name": "zqnewpage", "start": "overview", "metric": "revenue", "chart": "bars", "by": "channel", "width": "6",
        "area": made.nodes["region", world].code, "title": "zqpaneltitle", "period": "", "revision": "6",
        "team": str(made.nodes["team", world].pk), "panel": str(pks["panel"]), "move": "up",
    }  # fmt: skip


def put_together(made: Company, world: str) -> None:
    pks, region, team = made.things[world], made.nodes["region", world], made.nodes["team", world]
    owner, now = Person.objects.get(pk=pks["owner"]), timezone.now()
    name, title = f"zqpage{world}", f"zqpanel{world}"
    made.secret("area", team.code, name, title)
    board = make_board(name=name, template="", team=team, person=owner, now=now)
    revenue = Metric.objects.get(code="revenue")
    for chart, by, said in (
        (ChartKind.NUMBER, "", ""),
        (ChartKind.BARS, "channel", ""),
        (ChartKind.TREND, "region", ""),
        (ChartKind.HEAT, "", ""),
        (ChartKind.TABLE, "region", title),
    ):
        nodes = {"region": region}
        draft = PanelDraft(chart=chart, metric=revenue, nodes=nodes, by=by, title=said)
        panel = add_panel(board=board, draft=draft, person=owner, now=now)
        pks |= {f"panel-{chart}": panel.pk, "panel": panel.pk, "board": board.pk}
