"""Sums of months of answers: by month, and by the parts of an area. Never reads answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from common.periods import Period
from feedback.score_kinds import SIZES, Kind
from feedback.selectors.areas import COUNTED, Area

SORTS = ("score", "answers", "change", "name")
NOBODY = 0  # no node
SEGMENT = "segment"
_MARKS = 11
_COLUMNS = {
    Kind.NPS: ("promoters", "passives", "detractors"),
    Kind.CSAT: tuple(f"csat_counts[{place}]" for place in range(1, SIZES[Kind.CSAT] + 1)),
    Kind.CES: tuple(f"ces_counts[{place}]" for place in range(1, SIZES[Kind.CES] + 1)),
}


@dataclass(frozen=True)
class Asked:
    """What the address says. `segment`: None for all customer types, "" for answers that name none."""

    area: Area
    period: Period
    kind: Kind = Kind.NPS
    segment: str | None = None
    sort: str = "score"

    @property
    def before(self) -> Period:
        return self.period.next(-1)


@dataclass(frozen=True)
class MonthCounts:
    """`marks`: answers of 0 to 10."""

    month: date
    counts: Mapping[Kind, tuple[int, ...]]
    marks: tuple[int, ...]
    comments: int


def counts_by_month(asked: Asked, *, first: date) -> tuple[MonthCounts, ...]:
    """Months with answers from a day to the end of the period, the oldest first; of the customer type that is asked for. One query.

    Of the score that is looked at, all months; of the others those of the two periods, of marks those of the period: the
    rest stays 0.
    """
    since = {one: "before" for one in Kind if one != asked.kind}
    sums = [
        f"coalesce(sum({column}){f' FILTER (WHERE month >= %({since[one]})s)' if one in since else ''}, 0)"
        for one, columns in _COLUMNS.items()
        for column in columns
    ]
    sums += [
        f"coalesce(sum(nps_counts[{place}]) FILTER (WHERE month >= %(begins)s), 0)"
        for place in range(1, _MARKS + 1)
    ]
    where, params = _within(asked.area)
    if asked.segment is not None:
        where.append("segment = %(segment)s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT month, {', '.join(sums)}, sum(comments) FROM feedback_scoremonth AS counted"
            f" WHERE {' AND '.join(where)} GROUP BY month ORDER BY month",
            {
                **params, "first": first, "last": asked.period.end, "before": asked.before.start, "begins": asked.period.start,
                "segment": asked.segment,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    return tuple(_month(row) for row in rows)


def _month(row: tuple[Any, ...]) -> MonthCounts:
    month, *numbers = row
    counts, place = {}, 0
    for kind in _COLUMNS:
        counts[kind] = tuple(map(int, numbers[place : place + SIZES[kind]]))
        place += SIZES[kind]
    return MonthCounts(month, counts, tuple(map(int, numbers[place:-1])), int(numbers[-1]))


@dataclass(frozen=True)
class PartCounts:
    """Of a node directly below the area (0: none was given, or none below), or of a customer type ("": none)."""

    now: tuple[int, ...]
    before: tuple[int, ...]


Parts = Mapping[str, Mapping[int | str, PartCounts]]


def counts_by_part(asked: Asked) -> Parts:
    """By dimension and node, and by customer type, of two periods that follow one another. One query, one scan.

    Customer types are all counted, whichever is asked for, so that another can be chosen.
    """
    columns = _COLUMNS[asked.kind]
    where, params = _within(asked.area)
    joins, groups = [], []
    for dimension in COUNTED:
        params[f"{dimension}_depth"] = len(asked.area.above.get(dimension, ())) + 1
        joins.append(
            f"LEFT JOIN organization_nodeancestor AS {dimension} ON {dimension}.node_id = counted.{dimension}_id"
            f" AND {dimension}.ancestor_depth = %({dimension}_depth)s"
        )
        # (what is of another customer type is a group of its own, and left out.)
        groups.append(
            f"CASE WHEN %(segment)s::text IS NULL OR segment = %(segment)s"
            f" THEN coalesce({dimension}.ancestor_id, {NOBODY}) END AS {dimension}"
        )
    sums = ", ".join(
        f"coalesce(sum(c{place}) FILTER (WHERE {span}), 0)"
        for span in ("now", "NOT now")
        for place in range(len(columns))
    )
    sets = ", ".join(f"({one})" for one in (*COUNTED, SEGMENT))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH counted AS (
                SELECT month >= %(begins)s AS now, segment, {", ".join(groups)},
                    {", ".join(f"{column} AS c{place}" for place, column in enumerate(columns))}
                FROM feedback_scoremonth AS counted {" ".join(joins)}
                WHERE {" AND ".join(where)}
            )
            SELECT grouping({", ".join((*COUNTED, SEGMENT))}), {", ".join((*COUNTED, SEGMENT))}, {sums}
            FROM counted GROUP BY GROUPING SETS ({sets})
            """,
            {
                **params,
                "first": asked.before.start,
                "begins": asked.period.start,
                "last": asked.period.end,
                "segment": asked.segment,
            },
        )
        rows = cursor.fetchall()
    found: dict[str, dict[int | str, PartCounts]] = {one: {} for one in (*COUNTED, SEGMENT)}
    for row in rows:
        name = _set_of(row[0])
        key = row[1 + (*COUNTED, SEGMENT).index(name)]
        numbers = tuple(map(int, row[2 + len(COUNTED) :]))
        if key is not None and any(numbers):
            found[name][key] = PartCounts(numbers[: len(columns)], numbers[len(columns) :])
    return found


def _set_of(grouped: int) -> str:
    """PostgreSQL counts from the right which columns are not grouped by: 0 is the one that is."""
    names = (*COUNTED, SEGMENT)
    return next(name for place, name in enumerate(reversed(names)) if not grouped >> place & 1)


def _within(area: Area) -> tuple[list[str], dict[str, Any]]:
    """Conditions on `counted`; a merged node lies where the other one does."""
    where, params = ["month BETWEEN %(first)s AND %(last)s"], {}
    for dimension, node in area.nodes.items():
        if dimension not in COUNTED:
            where.append("false")
            continue
        where.append(
            f"counted.{dimension}_id IN (SELECT node_id FROM organization_nodeancestor"
            f" WHERE ancestor_id = %({dimension}_within)s)"
        )
        params[f"{dimension}_within"] = node.pk
    return where, params
