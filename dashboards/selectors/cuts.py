"""Cuts of a page's area, from the cross roll-ups (`kpis.selectors.cells`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from common.periods import Grain, Period
from dashboards.selectors.areas import Area
from dashboards.selectors.catalog import Amounts
from kpis.selectors import cells
from kpis.selectors.cells import Cell, Stretch, join_up, lies_in, rows_of, stretch

__all__ = ["Stretch", "amounts_by_month", "by_month", "campaign_sums", "stretch", "sums", "through_campaigns"]


def through_campaigns(area: Area, dimensions: Sequence[str]) -> bool:
    """Whether cells of these dimensions are finer than a top channel."""
    return cells.through_campaigns(area.nodes, dimensions)


def sums(
    area: Area, sets: Sequence[tuple[str, ...]], within: Stretch, slots: Mapping[str, int]
) -> dict[tuple[str, ...], dict[Cell, Amounts]]:
    """The area's amounts for each set of dimensions, by cell. One query."""
    return cells.sums(area.nodes, sets, within, slots)


def by_month(
    area: Area, dimension: str, first: date, last: date, slot: int
) -> dict[tuple[date, int], Decimal]:
    """One measure by month and part, of the months between two first days. One query."""
    months = [month.start for month in _months(Period.containing(first, Grain.MONTH), last)]
    found = amounts_by_month(area, dimension, months, {"": slot})
    return {where: one[""] for where, one in found.items() if one[""] is not None}


def amounts_by_month(
    area: Area, dimension: str, months: Sequence[date], slots: Mapping[str, int]
) -> dict[tuple[date, int], Amounts]:
    """Amounts by month (its first day) and part; 0 is what nobody split. One query."""
    if not months or not slots:
        return {}
    rows, params = rows_of(area.nodes, [dimension], Stretch(tuple(months), ()), ("month",))
    params[f"depth_{dimension}"] = area.nodes[dimension].depth + 1 if dimension in area.nodes else 1
    columns = ", ".join(f"sum(amounts[{int(slot)}])" for slot in slots.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT month, coalesce({dimension}_up.ancestor_id, 0), {columns}
            FROM ({rows}) AS piece {join_up(dimension)} GROUP BY 1, 2
            """,  # noqa: S608 - names and numbers of our own
            params,
        )
        return {
            (month, node_id): dict(zip(slots, amounts, strict=True))
            for month, node_id, *amounts in cursor.fetchall()
        }


def campaign_sums(area: Area, within: Stretch, slots: Mapping[str, int]) -> dict[int, Amounts]:
    """The area's amounts by campaign, of whole months. One query."""
    if not slots or not within.months:
        return {}
    where, params = lies_in(area.nodes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT channel_id, {", ".join(f"sum(amounts[{slot}])" for slot in slots.values())}
            FROM kpis_crossmonth WHERE month = ANY(%(months)s) AND {where}
              AND channel_id IN (SELECT id FROM organization_node WHERE depth = 2 AND dimension = 'channel')
            GROUP BY 1
            """,  # noqa: S608 - names and numbers of our own
            {**params, "months": list(within.months)},
        )
        return {node_id: dict(zip(slots, amounts, strict=True)) for node_id, *amounts in cursor.fetchall()}


def _months(first: Period, last: date) -> list[Period]:
    found = [first]
    while found[-1].next().start <= last:
        found.append(found[-1].next())
    return found
