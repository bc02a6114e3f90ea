"""What roll-ups say: amounts by day, two weeks that lost money, and how fresh the sources are. No facts are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Subquery

from dashboards.selectors.areas import Area
from kpis.models import AmountDay, Measure, Source

TWO_WEEKS = 14


@dataclass(frozen=True)
class Day:
    """What was reported for a day; None is not reported."""

    revenue: Decimal | None
    cost: Decimal | None
    estimated: bool


@dataclass(frozen=True)
class Freshness:
    """A source and the last day for which it has anything in the area; `age` in days before the last whole day."""

    source: Source
    last_day: date
    age: int


def slots() -> dict[str, int]:
    """The places of revenue and cost in `amounts`. One query."""
    return dict(Measure.objects.filter(code__in=("revenue", "cost")).values_list("code", "slot"))


def days_of(area: Area, spans: Collection[tuple[date, date]], places: Mapping[str, int]) -> dict[date, Day]:
    """Revenue and cost by day within the spans (first and last day); days without a report are missing. One query.

    A cut through campaigns has no roll-up by day and so no days.
    """
    relation = _relation(area)
    if relation is None or not spans or len(places) < 2:
        return {}
    table, where, params = relation
    within = " OR ".join(
        f"day BETWEEN %(first{number})s AND %(last{number})s" for number in range(len(spans))
    )
    for number, (first, last) in enumerate(spans):
        params |= {f"first{number}": first, f"last{number}": last}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT day, sum(amounts[%(revenue)s]), sum(amounts[%(cost)s]), bool_or(estimated)
            FROM {table} WHERE {where} AND ({within}) GROUP BY day
            """,  # noqa: S608 - names of our own
            {**params, **places},
        )
        return {day: Day(*rest) for day, *rest in cursor.fetchall()}


def has_days(area: Area) -> bool:
    """Whether roll-ups know the area by day, so that no facts need to be read."""
    return _relation(area) is not None


def _relation(area: Area) -> tuple[str, str, dict[str, Any]] | None:
    if len(area.nodes) <= 1:
        return "kpis_amountday", "scope_id = %(scope)s", {"scope": area.scope_id}
    if not set(area.nodes) <= {"region", "channel", "product"}:
        return None
    if "channel" in area.nodes and area.nodes["channel"].depth > 1:
        return None
    conditions = [
        f"{dimension}_id IN (SELECT node_id FROM organization_nodeancestor WHERE ancestor_id = %({dimension})s)"  # noqa: S608
        for dimension in area.nodes
    ]
    return (
        "kpis_crossday",
        " AND ".join(conditions),
        {dimension: node.pk for dimension, node in area.nodes.items()},
    )


def losses(scope_ids: Collection[int], through: date, places: Mapping[str, int]) -> dict[int, Decimal]:
    """By scope, how much more was spent than earned in the two weeks up to `through`, where it was more. One query.

    Counted only where every day with a cost has a revenue too: what nobody split is not lost.
    """
    if not scope_ids or len(places) < 2:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT scope_id, sum(cost) - sum(revenue) FROM (
                SELECT scope_id, day, sum(amounts[%(revenue)s]) AS revenue, sum(amounts[%(cost)s]) AS cost
                FROM kpis_amountday
                WHERE scope_id = ANY(%(scopes)s) AND day BETWEEN %(first)s AND %(last)s GROUP BY scope_id, day
            ) AS by_day
            GROUP BY scope_id
            HAVING sum(cost) > sum(revenue) AND bool_and(cost IS NULL OR revenue IS NOT NULL)
            """,
            {
                **places,
                "scopes": list(scope_ids),
                "first": through - timedelta(days=TWO_WEEKS - 1),
                "last": through,
            },
        )
        return dict(cursor.fetchall())


def freshness(area: Area, *, complete: date) -> tuple[Freshness, ...]:
    """The sources that have anything in the area, the oldest first. One query."""
    newest = AmountDay.objects.filter(scope=area.scope_id, source=OuterRef("pk")).order_by("-day")
    own = Subquery(newest.values("day")[:1]) if len(area.nodes) <= 1 else F("last_day")
    found: list[tuple[Source, date | None]] = [
        (source, source.newest) for source in Source.objects.annotate(newest=own)
    ]
    known = [(source, day) for source, day in found if day is not None]
    return tuple(
        Freshness(source, day, max(0, (complete - day).days))
        for source, day in sorted(known, key=lambda one: one[1])
    )
