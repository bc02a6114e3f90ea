"""Reading forecasts: where open periods will probably end, and how far off earlier ones were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from common.periods import Grain, Period
from kpis.models import Direction, Metric, Outlook, Reading

BEFORE_END = {
    "month": 14,
    "quarter": 30,
    "year": 90,
}  # days before the end at which forecasts are held to account
LOOKED_AT = 12  # periods
PLACES = 4
Key = tuple[int, int, str, date]  # scope, metric, grain, start


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
class Piece:
    """What some of the days left will bring together, from `first` up to the next piece."""

    first: date
    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Ahead:
    """Where the period will probably end: `mean`, with 80% of outcomes between `low` and `high`.

    `needed` and `recent` are amounts a day: to reach the target (at most, where lower is better), and lately. `chance` is
    None where the target is reached or lost already, whatever comes. `pieces`: the days left, by step (day, week, month).
    """

    value: Decimal
    target: Decimal
    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None
    chance: float | None
    needed: Decimal | None
    recent: Decimal | None
    days_left: int
    through: date
    why_not: str
    lower: bool
    pieces: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    record: Record | None = None

    @property
    def over(self) -> bool:
        """The target has been reached by what is in; of what should be low, that it is lost."""
        return self.value > self.target if self.lower else self.value >= self.target

    @property
    def percent(self) -> int | None:
        """The chance in whole percent: more digits than these say nothing."""
        if self.chance is None:
            return None
        return int((Decimal(str(self.chance)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def forecasts() -> QuerySet[Outlook]:
    """Those that stand: made from the figure as it is now, of metrics that add up and are in use."""
    same = Reading.objects.filter(
        **{
            name: OuterRef(name)
            for name in ("scope", "metric", "grain", "start", "value", "target", "through")
        }
    )
    return Outlook.objects.filter(
        Exists(same),
        computed_at__isnull=False,
        metric__denominator__isnull=True,
        metric__stock=False,
        metric__archived_at__isnull=True,
    ).select_related("metric")


def ahead(*, scope_id: int, metric: Metric, period: Period, today: date) -> Ahead | None:
    """With its record. None where there is no forecast, as of periods that are over. Two queries."""
    found = ahead_of(scope_ids=[scope_id], period=period, today=today, metrics=[metric.pk])
    one = found.get((scope_id, metric.pk))
    if one is None:
        return None
    key = (scope_id, metric.pk, period.grain.value, period.start)
    return replace(one, record=records([key]).get(key))


def ahead_of(
    *, scope_ids: Collection[int], period: Period, today: date, metrics: Collection[int] | None = None
) -> dict[tuple[int, int], Ahead]:
    """Forecasts of a period by area and metric, without their records. One query; none for periods that are over."""
    if period.end < today or period.grain not in (Grain.MONTH, Grain.QUARTER, Grain.YEAR) or not scope_ids:
        return {}
    rows = forecasts().filter(scope__in=scope_ids, grain=period.grain.value, start=period.start)
    if metrics is not None:
        rows = rows.filter(metric__in=metrics)
    found = {(row.scope_id, row.metric_id): ahead_from(row, period) for row in rows}
    return {key: one for key, one in found.items() if one is not None}


def ahead_from(row: Outlook, period: Period) -> Ahead | None:
    if row.through is None or row.value is None or row.target is None:
        return None
    days_left = (period.end - row.through).days
    if days_left <= 0:
        return None
    banded = row.metric.direction == Direction.BAND
    one = Ahead(
        value=row.value,
        target=row.target,
        mean=row.mean,
        low=row.low,
        high=row.high,
        chance=None if banded else row.chance,
        needed=None if banded else round(max(row.target - row.value, Decimal(0)) / days_left, PLACES),
        recent=row.recent,
        days_left=days_left,
        through=row.through,
        why_not=row.why_not,
        lower=row.metric.direction == Direction.LOWER,
        pieces={step: tuple(map(_piece, drawn)) for step, drawn in (row.pieces or {}).items()},
    )
    return replace(one, chance=None) if one.over else one


def _piece(drawn: tuple[str, float, float, float]) -> Piece:
    first, *amounts = drawn
    return Piece(date.fromisoformat(first), *(Decimal(str(amount)) for amount in amounts))


def records(keys: Iterable[Key]) -> dict[Key, Record]:
    """Of each figure's last periods that are over, the newest forecast that was made long enough before the end. One
    query, however many figures.
    """
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    scopes, metrics, grains, starts = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.scope_id, asked.metric_id, asked.grain, asked.start, n, off, held
            FROM unnest(%(scopes)s::bigint[], %(metrics)s::bigint[], %(grains)s::text[], %(starts)s::date[],
                %(days)s::int[]) AS asked(scope_id, metric_id, grain, start, days)
            CROSS JOIN LATERAL (
                WITH made AS (
                    SELECT DISTINCT ON (past.start) past.start, past.mean, past.low, past.high, reading.value
                    FROM kpis_outlookpast AS past JOIN kpis_reading AS reading
                        ON reading.scope_id = past.scope_id AND reading.metric_id = past.metric_id
                        AND reading.grain = past.grain AND reading.start = past.start
                    WHERE past.scope_id = asked.scope_id AND past.metric_id = asked.metric_id
                      AND past.grain = asked.grain AND past.start < asked.start AND reading.value IS NOT NULL
                      AND past.through <= (past.start + CASE past.grain WHEN 'month' THEN interval '1 month'
                          WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END)::date - 1 - asked.days
                    ORDER BY past.start, past.through DESC
                ),
                newest AS (SELECT * FROM made ORDER BY start DESC LIMIT %(most)s)
                SELECT count(*) AS n,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(mean / nullif(value, 0) - 1)) AS off,
                    count(*) FILTER (WHERE value BETWEEN low AND high) AS held
                FROM newest
            ) AS told
            """,
            {
                "scopes": list(scopes), "metrics": list(metrics), "grains": list(grains), "starts": list(starts),
                "days": [BEFORE_END[grain] for grain in grains], "most": LOOKED_AT,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    return {
        (scope, metric, grain, start): Record(BEFORE_END[grain], n, Decimal(str(round(off, 4))), held)
        for scope, metric, grain, start, n, off, held in rows
        if n and off is not None
    }
