"""Reading forecasts: where an open period will probably end, and how far off earlier ones were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from common.periods import Period
from kpis.models import Metric, Outlook

BEFORE_END = {
    "month": 14,
    "quarter": 30,
    "year": 90,
}  # days before the end at which forecasts are held to account
LOOKED_AT = 12  # periods


@dataclass(frozen=True)
class Record:
    """How earlier forecasts of the figure did, made at least `days` before the end: `off` is the median of
    |forecast ÷ actual − 1|, `held` in how many of `n` the 80% interval held.
    """

    days: int
    n: int
    off: Decimal
    held: int


@dataclass(frozen=True)
class Ahead:
    """Where the period will probably end. `needed` and `recent` are amounts a day: to reach the target, and lately."""

    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None
    chance: float | None
    needed: Decimal | None
    recent: Decimal | None
    days_left: int
    through: date
    why_not: str
    record: Record | None


def ahead(*, scope_id: int, metric: Metric, period: Period) -> Ahead | None:
    """None where there is no forecast, as of periods that are over. Two queries."""
    row = Outlook.objects.filter(
        scope=scope_id, metric=metric, grain=period.grain.value, start=period.start, computed_at__isnull=False
    ).first()
    if row is None or row.through is None or row.value is None or row.target is None:
        return None
    days_left = (period.end - row.through).days
    if days_left <= 0:
        return None
    return Ahead(
        mean=row.mean,
        low=row.low,
        high=row.high,
        chance=row.chance,
        needed=max(row.target - row.value, Decimal(0)) / days_left if metric.direction != "lower" else None,
        recent=row.recent,
        days_left=days_left,
        through=row.through,
        why_not=row.why_not,
        record=record(scope_id=scope_id, metric=metric, period=period),
    )


def record(*, scope_id: int, metric: Metric, period: Period) -> Record | None:
    """Of the last periods that are over, the newest forecast that was made long enough before the end; one query."""
    days = BEFORE_END[period.grain.value]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                SELECT DISTINCT ON (past.start) past.start, past.mean, past.low, past.high, reading.value
                FROM kpis_outlookpast AS past JOIN kpis_reading AS reading
                    ON reading.scope_id = past.scope_id AND reading.metric_id = past.metric_id
                    AND reading.grain = past.grain AND reading.start = past.start
                WHERE past.scope_id = %(scope)s AND past.metric_id = %(metric)s AND past.grain = %(grain)s
                  AND past.start < %(start)s AND reading.value IS NOT NULL
                  AND past.through <= (past.start + CASE past.grain WHEN 'month' THEN interval '1 month'
                      WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END)::date - 1 - %(days)s
                ORDER BY past.start, past.through DESC
            ),
            newest AS (SELECT * FROM made ORDER BY start DESC LIMIT %(most)s)
            SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(mean / nullif(value, 0) - 1)),
                count(*) FILTER (WHERE value BETWEEN low AND high)
            FROM newest
            """,
            {
                "scope": scope_id, "metric": metric.pk, "grain": period.grain.value, "start": period.start,
                "days": days, "most": LOOKED_AT,
            },
        )  # fmt: skip
        n, off, held = cursor.fetchone()
    return Record(days, n, Decimal(str(round(off, 4))), held) if n and off is not None else None
