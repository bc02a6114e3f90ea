"""The best and the worst campaigns of an area, among those that spent enough to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from dashboards.selectors import cuts
from dashboards.selectors.areas import CAMPAIGN_DEPTH, SPLITS, Area
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.spans import Span, is_kept
from kpis.selectors import NO_FIGURE, Figure
from organization.models import Node
from organization.selectors import scope_key

SHOWN = 5
ENOUGH = Decimal("0.1")  # of what a campaign spends on average
RANKS = ("roas", "revenue")
CODES = ("revenue", "cost", "roas")


@dataclass(frozen=True)
class Campaign:
    key: str
    node: Node
    figures: Mapping[str, Figure]

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)


@dataclass(frozen=True)
class Campaigns:
    """`judged` of `all` spent at least `enough`; best first, worst first, nobody in both."""

    rank: str
    best: tuple[Campaign, ...] = ()
    worst: tuple[Campaign, ...] = ()
    enough: Decimal = Decimal(0)
    judged: int = 0
    all: int = 0


def campaigns(area: Area, period: Span, catalog: Catalog, within: cuts.Stretch, *, rank: str) -> Campaigns:
    """Kept figures where the area is a channel or the company, else sums of the cut, which is kept by month alone.

    Two queries.
    """
    rank = rank if rank in RANKS else RANKS[0]
    channel = area.nodes.get("channel")
    if not set(area.nodes) <= set(SPLITS) or (channel and channel.depth >= CAMPAIGN_DEPTH):
        return Campaigns(rank)
    if set(area.nodes) <= {"channel"}:
        found = _kept(area, period, catalog) if is_kept(period) else _by_day(area, period, catalog)
    else:
        found = _summed(area, catalog, within) if is_kept(period) else {}
    if not found:
        return Campaigns(rank)
    spent = [figures["cost"].value or Decimal(0) for figures in found.values()]
    enough = ENOUGH * sum(spent, Decimal(0)) / len(spent)
    judged = [
        (pk, figures)
        for pk, figures in found.items()
        if (figures["cost"].value or 0) >= enough and figures[rank].value is not None
    ]
    judged.sort(key=lambda one: one[1][rank].value or Decimal(0), reverse=True)
    half = min(SHOWN, (len(judged) + 1) // 2)
    best, worst = judged[:half], list(reversed(judged[half:]))[:SHOWN]
    nodes = Node.objects.select_related("parent").in_bulk([pk for pk, _figures in [*best, *worst]])

    def row(pk: int, figures: Mapping[str, Figure]) -> Campaign:
        node = nodes[pk]
        return Campaign(scope_key({**area.nodes, "channel": node}), node, figures)

    return Campaigns(
        rank=rank,
        best=tuple(row(*one) for one in best),
        worst=tuple(row(*one) for one in worst),
        enough=enough,
        judged=len(judged),
        all=len(found),
    )


def _kept(area: Area, period: Span, catalog: Catalog) -> dict[int, dict[str, Figure]]:
    """The kept figures of all campaigns that spent anything, by node. One query."""
    ids = {code: catalog.metrics[code].pk for code in CODES if code in catalog.metrics}
    if set(ids) != set(CODES):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT node.id, metric_id, value, target, expected, attainment, status, through, estimated, few
            FROM organization_node AS node
            JOIN organization_scope AS scope ON scope.node_id = node.id
            JOIN kpis_reading AS reading ON reading.scope_id = scope.id
            WHERE {_below(area)}
              AND reading.grain = %(grain)s AND reading.start = %(start)s AND metric_id = ANY(%(metrics)s)
            """,  # noqa: S608 - a condition of our own
            {
                **_params(area),
                "grain": str(period.grain),
                "start": period.start,
                "metrics": list(ids.values()),
            },
        )
        rows = cursor.fetchall()
    codes = {pk: code for code, pk in ids.items()}
    found: dict[int, dict[str, Figure]] = {}
    for node_id, metric_id, *rest in rows:
        found.setdefault(node_id, {})[codes[metric_id]] = Figure(*rest)
    return {
        pk: {code: figures.get(code, NO_FIGURE) for code in CODES}
        for pk, figures in found.items()
        if (figures.get("cost", NO_FIGURE).value or 0) > 0
    }


def _by_day(area: Area, period: Span, catalog: Catalog) -> dict[int, dict[str, Figure]]:
    """Sums of the roll-ups by day, for days that are no month. One query."""
    slots = catalog.slots(CODES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT node.id, {", ".join(f"sum(amounts[{slot}])" for slot in slots.values())}
            FROM organization_node AS node
            JOIN organization_scope AS scope ON scope.node_id = node.id
            JOIN kpis_amountday AS amount ON amount.scope_id = scope.id
            WHERE {_below(area)} AND day BETWEEN %(first)s AND %(last)s GROUP BY 1
            """,  # noqa: S608 - names and numbers of our own
            {**_params(area), "first": period.start, "last": period.end},
        )
        rows = {pk: dict(zip(slots, amounts, strict=True)) for pk, *amounts in cursor.fetchall()}
    return _valued(rows, catalog)


def _below(area: Area) -> str:
    campaigns = f"node.dimension = 'channel' AND node.depth = {CAMPAIGN_DEPTH}"
    if "channel" not in area.nodes:
        return campaigns
    return f"{campaigns} AND node.parent_id = %(channel)s"


def _params(area: Area) -> dict[str, int]:
    return {dimension: node.pk for dimension, node in area.nodes.items()}


def _summed(area: Area, catalog: Catalog, within: cuts.Stretch) -> dict[int, dict[str, Figure]]:
    """Sums of the cut by campaign, of whole months. One query."""
    months = cuts.Stretch(within.months or tuple(first.replace(day=1) for first, _last in within.days), ())
    found = cuts.campaign_sums(area, months, catalog.slots(CODES))
    return _valued(found, catalog)


def _valued(found: Mapping[int, Amounts], catalog: Catalog) -> dict[int, dict[str, Figure]]:
    return {
        pk: {code: Figure(value=catalog.value(code, amounts)) for code in CODES}
        for pk, amounts in found.items()
        if (amounts.get("cost") or 0) > 0
    }
