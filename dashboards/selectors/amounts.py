"""What roll-ups say by day: amounts of an area, two weeks that lost money, how fresh the sources are. No facts are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Max, Min, OuterRef, Subquery

from common.periods import Grain
from dashboards.selectors.areas import Area, Found
from dashboards.selectors.catalog import Amounts
from kpis.models import AmountDay, Reading, Source
from kpis.selectors import cells

TWO_WEEKS = 14
Days = Sequence[tuple[date, date]]  # first and last days, both included


@dataclass(frozen=True)
class Day:
    """What was reported for a day (or a month, by its first day), by measure code; None is not reported."""

    amounts: Amounts
    estimated: bool = False
    sources: frozenset[int] = frozenset()

    def of(self, code: str) -> Decimal | None:
        return self.amounts.get(code)


@dataclass(frozen=True)
class Freshness:
    """A source and the last day for which it has anything in the area; `age` in days before the last whole day."""

    source: Source
    last_day: date
    age: int


def total(days: Iterable[Day]) -> dict[str, Decimal | None]:
    """The sum of each measure; None where no day reports it."""
    sums: dict[str, Decimal | None] = {}
    for day in days:
        for code, amount in day.amounts.items():
            if amount is not None:
                sums[code] = (sums.get(code) or Decimal(0)) + amount
    return sums


def days_of(area: Area, spans: Days, slots: Mapping[str, int], *, monthly: bool = False) -> dict[date, Day]:
    """Amounts by day within the spans, or by month (only its days within them); what has no report is missing.

    One query; none where roll-ups know nothing of the area by day.
    """
    relation = relation_of(area)
    if relation is None or not spans or not slots:
        return {}
    table, where, params = relation
    within, more = _within(spans)
    bucket = "date_trunc('month', day)::date" if monthly else "day"
    sums = ", ".join(f"sum(amounts[{slot}])" for slot in slots.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {bucket}, bool_or(estimated), array_agg(DISTINCT source_id), {sums}
            FROM {table} WHERE {where} AND ({within}) GROUP BY 1
            """,  # noqa: S608 - names and numbers of our own
            {**params, **more},
        )
        return {
            day: Day(dict(zip(slots, amounts, strict=True)), estimated, frozenset(sources))
            for day, estimated, sources, *amounts in cursor.fetchall()
        }


def _within(spans: Days) -> tuple[str, dict[str, date]]:
    params: dict[str, date] = {}
    for number, (first, last) in enumerate(spans):
        params |= {f"first{number}": first, f"last{number}": last}
    return (
        " OR ".join(f"day BETWEEN %(first{number})s AND %(last{number})s" for number in range(len(spans))),
        params,
    )


def has_days(area: Area) -> bool:
    """Whether roll-ups know the area by day."""
    return area.found in (Found.SINGLE, Found.CROSS)


def relation_of(area: Area) -> tuple[str, str, dict[str, Any]] | None:
    """The roll-up by day that knows the area: its table, a condition, and the condition's parameters."""
    match area.found:
        case Found.SINGLE:
            return "kpis_amountday", "scope_id = %(scope)s", {"scope": area.scope_id or 0}
        case Found.CROSS:
            where, params = lies_in(area)
            return "kpis_crossday", where, params
    return None


def lies_in(area: Area) -> tuple[str, dict[str, int]]:
    """The condition that a row of a cross-cut's roll-up lies in the area."""
    return cells.lies_in(area.nodes)


def sources_by_month(area: Area, first: date, last: date) -> frozenset[int]:
    """The sources that have anything in a campaign's cut in the months from the first day's to the last's. One query."""
    where, params = lies_in(area)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT source_id FROM kpis_crossmonth WHERE {where} AND month BETWEEN %(first)s AND %(last)s",  # noqa: S608
            {**params, "first": first.replace(day=1), "last": last},
        )
        return frozenset(pk for (pk,) in cursor.fetchall())


def losses(scope_ids: Collection[int], through: date, slots: Mapping[str, int]) -> dict[int, Decimal]:
    """By scope, how much more was spent than earned in the two weeks up to `through`, where it was more. One query.

    Counted only where every day with a cost has a revenue too: what nobody split is not lost.
    """
    if not scope_ids or not {"revenue", "cost"} <= set(slots):
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
                "revenue": slots["revenue"],
                "cost": slots["cost"],
                "scopes": list(scope_ids),
                "first": through - timedelta(days=TWO_WEEKS - 1),
                "last": through,
            },
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Known:
    """How far back figures go, how far ahead there are targets, and how fresh the sources are."""

    sources: tuple[Freshness, ...]
    first: date | None
    last: date | None

    @property
    def newest(self) -> date | None:
        return max((source.last_day for source in self.sources), default=None)

    @property
    def steadiest(self) -> date | None:
        """The day up to which every source has reported."""
        return min((source.last_day for source in self.sources), default=None)


def known_of(area: Area, *, complete: date) -> Known:
    """The sources that have anything in the area (of a cross-cut: all), the oldest first. Two queries."""
    single = area.found == Found.SINGLE
    newest = AmountDay.objects.filter(scope=area.scope_id or 0, source=OuterRef("pk")).order_by("-day")
    rows: list[tuple[Source, date | None]] = [
        (source, source.newest)
        for source in Source.objects.annotate(
            newest=Subquery(newest.values("day")[:1]) if single else F("last_day")
        )
    ]
    known = sorted(((source, day) for source, day in rows if day), key=lambda one: one[1])
    kept = Reading.objects.filter(grain=Grain.MONTH.value)
    span = (kept.filter(scope=area.scope_id or 0) if single else kept.filter(scope__key="company")).aggregate(
        first=Min("start"), last=Max("start")
    )
    return Known(
        tuple(Freshness(source, day, max(0, (complete - day).days)) for source, day in known),
        span["first"],
        span["last"],
    )
