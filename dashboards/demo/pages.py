"""Pages that people of the demo company have made: what the manager looks at each morning, and a team's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dashboards.models import Board, ChartKind, Width
from dashboards.services.boards import PanelDraft, add_panel, make_board
from kpis.models import Metric
from organization.models import Node, Person, Scope

MORNING = "Morning page 早间一览 ☕"
TEAM, TEAM_PAGE = "电商组", "E-commerce this month 电商组本月"


def make(
    *, scopes: Mapping[str, Scope], teams: Mapping[str, Node], staff: Mapping[str, Person], now: datetime
) -> int:
    """Twice is once. Returns how many pages there are."""
    metrics = {one.code: one for one in Metric.objects.in_use()}
    manager = staff["manager"]

    def of(area: str) -> dict[str, Node]:
        scope = scopes[area]
        return {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}

    def panel(chart: ChartKind, metric: str = "", *, area: str = "", period: str = "", by: str = "",
              width: Width = Width.MEDIUM, title: str = "") -> PanelDraft:  # fmt: skip
        return PanelDraft(
            chart=chart, metric=metrics[metric] if metric else None, nodes=of(area) if area else None,
            period=period, by=by, width=width, title=title,
        )  # fmt: skip

    pages = {
        MORNING: (
            None,
            (
                panel(ChartKind.NUMBER, "revenue", width=Width.SMALL),
                panel(ChartKind.NUMBER, "cost", width=Width.SMALL),
                panel(ChartKind.NUMBER, "roas", width=Width.SMALL),
                panel(ChartKind.GAUGE, "gross_margin", width=Width.SMALL),
                panel(ChartKind.BARS, "roas", by="channel"),
                panel(ChartKind.TREND, "revenue", by="region"),
                panel(ChartKind.BULLET, "revenue", area="channel:抖音直播"),
                panel(
                    ChartKind.BULLET, "revenue", period="last-7", title="Revenue, last 7 days 近 7 天成交额"
                ),
                panel(ChartKind.FUNNEL, width=Width.WIDE),
            ),
        ),
        TEAM_PAGE: (
            teams[TEAM],
            (
                panel(ChartKind.BULLET, "revenue", area="channel:天猫旗舰店"),
                panel(ChartKind.BULLET, "revenue", area="channel:京东旗舰店"),
                panel(ChartKind.TREND, "revenue", area="channel:天猫旗舰店"),
                panel(ChartKind.TREND, "revenue", area="channel:京东旗舰店"),
                panel(ChartKind.GAUGE, "conversion_rate", width=Width.SMALL),
                panel(ChartKind.NUMBER, "new_customers", width=Width.SMALL),
                panel(ChartKind.TABLE, "orders", by="region"),
            ),
        ),
    }
    for name, (team, panels) in pages.items():
        if Board.objects.filter(owner=manager, name=name).exists():
            continue
        board = make_board(name=name, template="", team=team, person=manager, now=now)
        for draft in panels:
            add_panel(board=board, draft=draft, person=manager, now=now)
    return len(pages)
