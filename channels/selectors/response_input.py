"""Weeks of spend and revenue of whole channels, as their roll-ups have them, for what learns from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

import numpy as np
from django.db import connection

from channels.response import Floats
from kpis.models import Measure
from organization.models import Node

LONGEST = 156  # weeks: what is older tells of another market
NOW = 4  # weeks whose mean is today's spend


@dataclass(frozen=True, eq=False)
class Weeks:
    """A channel's weeks in a row up to the last whole one. No cost reported is no spend, no revenue NaN."""

    node: Node
    spend: Floats
    revenue: Floats
    first_day: date | None

    @property
    def current(self) -> Decimal:
        found = float(self.spend[-NOW:].mean()) if len(self.spend) else 0.0
        return Decimal(str(round(found, 2)))


@dataclass(frozen=True, eq=False)
class ResponseInput:
    channels: tuple[Weeks, ...]
    last_day: date | None
    version: str


def whole_channels() -> list[Node]:
    """Those of the first level that are in use, in the order of their paths."""
    found = Node.objects.filter(
        dimension="channel", depth=1, merged_into__isnull=True, archived_at__isnull=True
    )
    return list(found.select_related("scope").order_by("path"))


def response_input(*, today: date) -> ResponseInput:
    """All that curves are fitted on: whole weeks before today. Three queries."""
    nodes = whole_channels()
    rows = _read([node.scope.pk for node in nodes], today)
    digest = sha256("\n".join(map(repr, rows)).encode()).hexdigest()
    if not rows:
        return ResponseInput(
            tuple(Weeks(node, np.zeros(0), np.zeros(0), None) for node in nodes), None, digest
        )
    last = max(week for _scope, week, _cost, _revenue in rows)
    by_scope: dict[int, list[tuple[date, Decimal | None, Decimal | None]]] = {}
    for scope, week, cost, revenue in rows:
        by_scope.setdefault(scope, []).append((week, cost, revenue))
    told = tuple(_weeks(node, by_scope.get(node.scope.pk, []), last) for node in nodes)
    return ResponseInput(told, last + timedelta(days=6), digest)


def input_version(*, today: date) -> str:
    """The digest alone."""
    return response_input(today=today).version


def month_spend(scopes: Collection[int], *, first: date, last: date) -> dict[tuple[int, date], Decimal]:
    """Spend by scope and month (its first day). Two queries."""
    slot = Measure.objects.get(code="cost").slot
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scope_id, date_trunc('month', day)::date, sum(amounts[%s]) FROM kpis_amountday"
            " WHERE scope_id = ANY(%s) AND day BETWEEN %s AND %s GROUP BY 1, 2 HAVING sum(amounts[%s]) > 0",
            [slot, list(scopes), first, last, slot],
        )
        return {(scope, month): amount for scope, month, amount in cursor.fetchall()}


def _read(scopes: list[int], today: date) -> list[tuple[int, date, Decimal | None, Decimal | None]]:
    slots = dict(Measure.objects.filter(code__in=("cost", "revenue")).values_list("code", "slot"))
    monday = today - timedelta(days=today.weekday())
    with connection.cursor() as cursor:
        # a week that the newest day has not ended yet would look like one of little spend
        cursor.execute(
            """
            WITH piece AS (
                SELECT scope_id, day, amounts[%(cost)s] AS cost, amounts[%(revenue)s] AS revenue FROM kpis_amountday
                WHERE scope_id = ANY(%(scopes)s) AND day >= %(first)s AND day < %(stop)s
            ), newest AS (SELECT max(day) AS day FROM piece WHERE cost IS NOT NULL OR revenue IS NOT NULL)
            SELECT scope_id, date_trunc('week', piece.day)::date AS week, sum(cost), sum(revenue)
            FROM piece CROSS JOIN newest
            WHERE date_trunc('week', piece.day)::date + 6 <= newest.day
            GROUP BY 1, 2 HAVING count(cost) + count(revenue) > 0 ORDER BY 1, 2
            """,
            {
                "cost": slots["cost"], "revenue": slots["revenue"], "scopes": scopes, "stop": monday,
                "first": monday - timedelta(weeks=LONGEST),
            },
        )  # fmt: skip
        rows: list[tuple[int, date, Decimal | None, Decimal | None]] = cursor.fetchall()
    return rows


def _weeks(node: Node, rows: list[tuple[date, Decimal | None, Decimal | None]], last: date) -> Weeks:
    if not rows:
        return Weeks(node, np.zeros(0), np.zeros(0), None)
    first = rows[0][0]
    count = (last - first).days // 7 + 1
    spend, revenue = np.zeros(count), np.full(count, np.nan)
    for week, cost, got in rows:
        at = (week - first).days // 7
        spend[at] = float(cost or 0)
        if got is not None:
            revenue[at] = float(got)
    return Weeks(node, spend, revenue, first)
