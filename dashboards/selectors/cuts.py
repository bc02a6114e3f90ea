"""Cross-cuts that nobody has pointed to: sums straight from the cross roll-ups, all cells at once, never from facts.

Whole months come from the roll-ups by month (few rows), days at the edges from the one by day. A cut through campaigns
is kept by month alone: its running month counts as far as it has been reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from common.periods import Grain, Period
from dashboards.selectors.amounts import lies_in
from dashboards.selectors.areas import SPLITS, Area
from dashboards.selectors.catalog import Amounts

Cell = tuple[int, ...]  # a node's id for each dimension asked for; 0 is "not split"


@dataclass(frozen=True)
class Stretch:
    """The days from which sums are taken: whole months, by their first day, and days (first, last) beside them."""

    months: tuple[date, ...]
    days: tuple[tuple[date, date], ...]


def stretch(first: date, last: date, *, reported: date | None, by_month_alone: bool = False) -> Stretch:
    """`reported`: the last day for which anything is kept; a month in which nothing lies beyond `last` is whole."""
    months: list[date] = []
    days: list[tuple[date, date]] = []
    month = Period.containing(first, Grain.MONTH)
    while month.start <= last:
        full = month.start >= first and (month.end <= last or (reported is not None and reported <= last))
        if full or (by_month_alone and month.start >= first):
            months.append(month.start)
        elif not by_month_alone:
            days.append((max(month.start, first), min(month.end, last)))
        month = month.next()
    return Stretch(tuple(months), tuple(days))


def through_campaigns(area: Area, dimensions: Sequence[str]) -> bool:
    """Whether cells of these dimensions are finer than a top channel."""
    channel = area.nodes.get("channel")
    return channel is not None and (channel.depth > 1 or "channel" in dimensions)


def sums(
    area: Area, sets: Sequence[tuple[str, ...]], within: Stretch, slots: Mapping[str, int]
) -> dict[tuple[str, ...], dict[Cell, Amounts]]:
    """The area's amounts for each set of dimensions, by cell. One query.

    A cell's nodes are the children of the area's own node in that dimension, else the topmost of that tree.
    """
    empty: dict[tuple[str, ...], dict[Cell, Amounts]] = {one: {} for one in sets}
    if not sets or not slots or not (within.months or within.days):
        return empty
    used = [dimension for dimension in SPLITS if any(dimension in one for one in sets)]
    rows, params = _rows(area, used, within)
    joins = " ".join(_join(dimension) for dimension in used)
    params |= {f"depth_{one}": area.nodes[one].depth + 1 if one in area.nodes else 1 for one in used}
    parts = ", ".join(f"coalesce({one}_up.ancestor_id, 0) AS {one}" for one in used)
    inner = ", ".join(f"sum(amounts[{slot}]) AS m{slot}" for slot in slots.values())
    outer = ", ".join(f"sum(m{slot})" for slot in slots.values())
    groups = ", ".join(f"({', '.join(one)})" for one in sets)
    with connection.cursor() as cursor:
        # Such sums are many small numbers: what a plan with workers or compiled code saves is less than they cost.
        cursor.execute(
            f"""
            SELECT {", ".join(f"grouping({one}), {one}" for one in used)}, {outer} FROM (
                SELECT {parts}, {inner} FROM ({rows}) AS piece {joins} GROUP BY {", ".join(map(str, range(1, len(used) + 1)))}
            ) AS cell
            GROUP BY GROUPING SETS ({groups})
            """,  # noqa: S608 - names and numbers of our own
            params,
        )
        found = cursor.fetchall()
    for row in found:
        heads, amounts = row[: 2 * len(used)], row[2 * len(used) :]
        here = {one: heads[2 * n + 1] for n, one in enumerate(used) if heads[2 * n] == 0}
        which = next(one for one in sets if set(one) == set(here))
        empty[which][tuple(here[one] for one in which)] = dict(zip(slots, amounts, strict=True))
    return empty


def by_month(
    area: Area, dimension: str, first: date, last: date, slot: int
) -> dict[tuple[date, int], Decimal]:
    """One measure by month and part, of the months between two first days. One query."""
    months = tuple(month.start for month in _months(Period.containing(first, Grain.MONTH), last))
    rows, params = _rows(area, [dimension], Stretch(months, ()), ("month",))
    params[f"depth_{dimension}"] = area.nodes[dimension].depth + 1 if dimension in area.nodes else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT month, coalesce({dimension}_up.ancestor_id, 0), sum(amounts[{int(slot)}])
            FROM ({rows}) AS piece {_join(dimension)} GROUP BY 1, 2 HAVING sum(amounts[{int(slot)}]) IS NOT NULL
            """,  # noqa: S608 - names and numbers of our own
            params,
        )
        return {(month, node_id): amount for month, node_id, amount in cursor.fetchall()}


def campaign_sums(area: Area, within: Stretch, slots: Mapping[str, int]) -> dict[int, Amounts]:
    """The area's amounts by campaign, of whole months. One query."""
    if not slots or not within.months:
        return {}
    where, params = lies_in(area)
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


def _join(dimension: str) -> str:
    return (
        f"LEFT JOIN organization_nodeancestor AS {dimension}_up ON {dimension}_up.node_id = piece.{dimension}_id"
        f" AND {dimension}_up.ancestor_depth = %(depth_{dimension})s"
    )


def _rows(
    area: Area, dimensions: Sequence[str], within: Stretch, more: tuple[str, ...] = ()
) -> tuple[str, dict[str, Any]]:
    """Rows (a node of each dimension, amounts) of the area, and their parameters."""
    where, params = lies_in(area)
    bound: dict[str, Any] = dict(params)
    columns = ", ".join([*(f"{one}_id" for one in dimensions), *more, "amounts"])
    parts = []
    if within.months:
        # All at the top of their trees: the small roll-up will do.
        top = all(node.depth == 1 for node in area.nodes.values()) and not (set(dimensions) & set(area.nodes))
        table = "kpis_topmonth" if top else "kpis_crossmonth"
        parts.append(f"SELECT {columns} FROM {table} WHERE month = ANY(%(months)s) AND {where}")  # noqa: S608
        bound["months"] = list(within.months)
    for number, (first, last) in enumerate(within.days):
        parts.append(
            f"SELECT {columns} FROM kpis_crossday"  # noqa: S608
            f" WHERE day BETWEEN %(first{number})s AND %(last{number})s AND {where}"
        )
        bound |= {f"first{number}": first, f"last{number}": last}
    return " UNION ALL ".join(parts), bound
