"""Forecasting what has a target: which figures are due is a question of rows, and only what changed is computed.

A forecast is due where the figure's value, target or last day is another than the one it was made from. Rows are
claimed by lease, computed outside of any lock and written as they are; a worker that dies leaves a lease that ends.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
from django.db import connection, transaction
from django.utils import timezone

from common.periods import Grain, Period
from kpis.forecasting import EventDays, Forecast, TooLittle, fit
from kpis.forecasting.pieces import STEPS, Drawn, Ready
from kpis.models import Metric
from kpis.selectors.seasons import daily
from kpis.stamps import stamp
from organization.models import DIMENSIONS, CalendarEvent, Node, Scope

BATCH = 25  # figures a claim: some seconds of work
LEASE_SECONDS = 120
HISTORY_DAYS = 3 * 366 + 31
RECENT_DAYS = 28
GRAINS = ("month", "quarter", "year")

# Open periods of additive figures with a target whose forecast is missing or made from something else.
_STALE = """
    FROM kpis_reading AS reading
    JOIN kpis_metric AS metric ON metric.id = reading.metric_id
    LEFT JOIN kpis_outlook AS outlook ON outlook.scope_id = reading.scope_id
        AND outlook.metric_id = reading.metric_id AND outlook.grain = reading.grain
        AND outlook.start = reading.start
    WHERE reading.grain IN ('month', 'quarter', 'year') AND reading.start <= %(today)s
      AND reading.start > %(today)s - 366
      AND %(today)s < (reading.start + CASE reading.grain WHEN 'month' THEN interval '1 month'
          WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END)
      AND reading.target IS NOT NULL AND reading.value IS NOT NULL AND reading.through IS NOT NULL
      AND metric.denominator IS NULL AND NOT metric.stock AND metric.archived_at IS NULL
      AND (outlook.id IS NULL OR outlook.computed_at IS NULL
        OR (outlook.value, outlook.target, outlook.through)
            IS DISTINCT FROM (reading.value, reading.target, reading.through))
      AND (outlook.lease_until IS NULL OR outlook.lease_until < now())
"""


@dataclass(frozen=True)
class Wanted:
    """A figure as it stands, to be forecast from."""

    scope_id: int
    metric_id: int
    period: Period
    value: Decimal
    target: Decimal
    through: date


def outlooks_wait(*, today: date) -> bool:
    """Whether any forecast is due that nobody works on."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 {_STALE})", {"today": today})
        return bool(cursor.fetchone()[0])


def forecast_next(*, today: date, fiscal_start: int) -> int:
    """Claims some figures, forecasts them and keeps the result. Returns how many; 0 where none is due."""
    wanted = _claim(today, fiscal_start)
    if not wanted:
        return 0
    _keep(wanted, _forecasts(wanted))
    return len(wanted)


@transaction.atomic
def _claim(today: date, fiscal_start: int) -> list[Wanted]:
    """Whole areas and figures at once, since a month, its quarter and its year share one history."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH pairs AS (
                SELECT reading.scope_id, reading.metric_id {_STALE}
                GROUP BY 1, 2 ORDER BY 1, 2 LIMIT %(batch)s
            ),
            due AS (
                SELECT reading.scope_id, reading.metric_id, reading.grain, reading.start, reading.value,
                    reading.target, reading.through {_STALE}
                  AND (reading.scope_id, reading.metric_id) IN (SELECT scope_id, metric_id FROM pairs)
            ),
            mine AS (
                INSERT INTO kpis_outlook AS old (scope_id, metric_id, grain, start, why_not, lease_until)
                SELECT scope_id, metric_id, grain, start, '', now() + make_interval(secs => %(lease)s) FROM due
                ORDER BY scope_id, metric_id, grain, start
                ON CONFLICT (scope_id, metric_id, grain, start) DO UPDATE SET lease_until = excluded.lease_until
                WHERE old.lease_until IS NULL OR old.lease_until < now()
                RETURNING scope_id, metric_id, grain, start
            )
            SELECT due.* FROM due JOIN mine USING (scope_id, metric_id, grain, start)
            ORDER BY scope_id, metric_id, start
            """,
            {"today": today, "batch": BATCH, "lease": LEASE_SECONDS},
        )
        return [
            Wanted(scope, metric, Period(Grain(grain), start, fiscal_start), value, target, through)
            for scope, metric, grain, start, value, target, through in cursor.fetchall()
        ]


@dataclass(frozen=True)
class Answer:
    forecast: Forecast | None
    chance: float | None
    recent: float | None
    why_not: str = ""
    pieces: Mapping[str, Sequence[Drawn]] = field(default_factory=dict)


def _forecasts(wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
    metrics = Metric.objects.in_bulk({one.metric_id for one in wanted})
    scopes = _nodes_of({one.scope_id for one in wanted})
    last = max(one.through for one in wanted)
    first = last - timedelta(days=HISTORY_DAYS)
    events = [
        EventDays(*row)
        for row in CalendarEvent.objects.filter(
            last_day__gte=first, first_day__lte=last + timedelta(days=400)
        ).values_list("code", "first_day", "last_day")
    ]
    answers: dict[Wanted, Answer] = {}
    for metric_id, metric in metrics.items():
        mine = [one for one in wanted if one.metric_id == metric_id]
        ids = sorted({one.scope_id for one in mine})
        history: dict[int, pd.Series[float]] = {}
        for row, at, amounts in daily([scopes[pk] for pk in ids], metric, first, last):
            days = pd.to_datetime([first + timedelta(days=offset) for offset in at])
            history[ids[row]] = pd.Series(amounts, index=days, dtype=float).sort_index()
        fitted: dict[tuple[int, date], Ready | TooLittle] = {}
        for one in mine:
            key = (one.scope_id, one.through)
            if key not in fitted:
                fitted[key] = _fit(history.get(one.scope_id), one.through, events)
            answers[one] = _answer(one, metric, fitted[key], history.get(one.scope_id))
    return answers


def _fit(history: pd.Series[float] | None, through: date, events: Sequence[EventDays]) -> Ready | TooLittle:
    if history is None:
        return TooLittle("empty", 0, 0)
    fitted = fit(history[history.index <= pd.Timestamp(through)], events)
    return fitted if isinstance(fitted, TooLittle) else Ready(fitted)


def _answer(
    one: Wanted, metric: Metric, ready: Ready | TooLittle, history: pd.Series[float] | None
) -> Answer:
    """What is in already, and what the days left will probably bring."""
    left = [one.through + timedelta(days=n + 1) for n in range((one.period.end - one.through).days)]
    reached = one.value >= one.target if metric.direction != "lower" else one.value <= one.target
    if not left:
        done = Forecast(float(one.value), (float(one.value),) * 99)
        return Answer(done, float(reached), None)
    recent = None
    if history is not None and len(history):
        since = pd.Timestamp(one.through - timedelta(days=RECENT_DAYS - 1))
        window = history[(history.index >= since) & (history.index <= pd.Timestamp(one.through))]
        recent = float(window.sum()) / RECENT_DAYS if len(window) else None
    if isinstance(ready, TooLittle):
        return Answer(None, None, recent, ready.reason)
    forecast = ready.total(left).plus(float(one.value))
    direction = "lower" if metric.direction == "lower" else "higher"
    return Answer(
        forecast,
        forecast.chance(float(one.target), direction),
        recent,
        pieces=ready.pieces(left, STEPS[one.period.grain.value]),
    )


def _nodes_of(scope_ids: Iterable[int]) -> dict[int, Mapping[str, Node]]:
    scopes = Scope.objects.filter(pk__in=scope_ids).select_related(*DIMENSIONS)
    return {
        scope.pk: {one: getattr(scope, one) for one in DIMENSIONS if getattr(scope, one) is not None}
        for scope in scopes
    }


@transaction.atomic
def _keep(wanted: Sequence[Wanted], answers: Mapping[Wanted, Answer]) -> None:
    columns: dict[str, list[object]] = defaultdict(list)
    for one in sorted(
        wanted, key=lambda row: (row.scope_id, row.metric_id, row.period.grain, row.period.start)
    ):
        answer = answers[one]
        forecast = answer.forecast
        row = {
            "scope": one.scope_id, "metric": one.metric_id, "grain": one.period.grain.value,
            "start": one.period.start, "value": one.value, "target": one.target, "through": one.through,
            "mean": _number(forecast.mean if forecast else None),
            "low": _number(forecast.low if forecast else None),
            "high": _number(forecast.high if forecast else None),
            "chance": answer.chance, "recent": _number(answer.recent), "why_not": answer.why_not,
            "pieces": json.dumps(answer.pieces),
        }  # fmt: skip
        for name, value in row.items():
            columns[name].append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH fresh AS (
                SELECT * FROM unnest(%(scope)s::bigint[], %(metric)s::bigint[], %(grain)s::text[], %(start)s::date[],
                    %(value)s::numeric[], %(target)s::numeric[], %(through)s::date[], %(mean)s::numeric[],
                    %(low)s::numeric[], %(high)s::numeric[], %(chance)s::float8[], %(recent)s::numeric[],
                    %(why_not)s::text[], %(pieces)s::jsonb[])
                AS one(scope_id, metric_id, grain, start, value, target, through, mean, low, high, chance, recent, why_not,
                    pieces)
            ),
            kept AS (
                UPDATE kpis_outlook AS old SET value = fresh.value, target = fresh.target, through = fresh.through,
                    mean = fresh.mean, low = fresh.low, high = fresh.high, chance = fresh.chance,
                    recent = fresh.recent, why_not = fresh.why_not,
                    pieces = fresh.pieces, computed_at = %(now)s, lease_until = NULL
                FROM fresh WHERE (old.scope_id, old.metric_id, old.grain, old.start)
                    = (fresh.scope_id, fresh.metric_id, fresh.grain, fresh.start)
            )
            INSERT INTO kpis_outlookpast (scope_id, metric_id, grain, start, week, through, mean, low, high)
            SELECT scope_id, metric_id, grain, start, date_trunc('week', through)::date, through, mean, low, high
            FROM fresh WHERE mean IS NOT NULL
            ON CONFLICT (scope_id, metric_id, grain, start, week) DO NOTHING
            """,
            {**columns, "now": timezone.now()},
        )
    stamp()


def _number(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(value), 4)
