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
from organization.models import Node

CUTS = ("channel", "region", "product")  # the dimensions that facts have
Nodes = Mapping[str, Node]
Amounts = Mapping[str, Decimal | None]  # by measure code; None is not reported
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


def through_campaigns(nodes: Nodes, dimensions: Sequence[str]) -> bool:
    """Whether cells of these dimensions are finer than a top channel."""
    channel = nodes.get("channel")
    return channel is not None and (channel.depth > 1 or "channel" in dimensions)


def sums(
    nodes: Nodes, sets: Sequence[tuple[str, ...]], within: Stretch, slots: Mapping[str, int]
) -> dict[tuple[str, ...], dict[Cell, Amounts]]:
    """The amounts of what these nodes cut out, for each set of dimensions, by cell. One query.

    A cell's nodes are the children of its own node in that dimension, else the topmost of that tree.
    """
    empty: dict[tuple[str, ...], dict[Cell, Amounts]] = {one: {} for one in sets}
    if not sets or not slots or not (within.months or within.days):
        return empty
    used = [dimension for dimension in CUTS if any(dimension in one for one in sets)]
    rows, params = rows_of(nodes, used, within)
    joins = " ".join(join_up(dimension) for dimension in used)
    params |= {f"depth_{one}": nodes[one].depth + 1 if one in nodes else 1 for one in used}
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


def lies_in(nodes: Nodes) -> tuple[str, dict[str, int]]:
    """The condition that a row of a cross-cut's roll-up lies in the cut."""
    conditions = [
        f"{dimension}_id IN (SELECT node_id FROM organization_nodeancestor WHERE ancestor_id = %({dimension})s)"  # noqa: S608
        for dimension in nodes
    ]
    return " AND ".join(conditions) or "true", {dimension: node.pk for dimension, node in nodes.items()}


def join_up(dimension: str) -> str:
    return (
        f"LEFT JOIN organization_nodeancestor AS {dimension}_up ON {dimension}_up.node_id = piece.{dimension}_id"
        f" AND {dimension}_up.ancestor_depth = %(depth_{dimension})s"
    )


def rows_of(
    nodes: Nodes, dimensions: Sequence[str], within: Stretch, more: tuple[str, ...] = ()
) -> tuple[str, dict[str, Any]]:
    """Rows (a node of each dimension, amounts) of a cut, and their parameters."""
    where, params = lies_in(nodes)
    bound: dict[str, Any] = dict(params)
    columns = ", ".join([*(f"{one}_id" for one in dimensions), *more, "amounts"])
    parts = []
    if within.months:
        # All at the top of their trees: the small roll-up will do.
        top = all(node.depth == 1 for node in nodes.values()) and not (set(dimensions) & set(nodes))
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
