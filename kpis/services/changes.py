"""Marking what changed: rows that say which roll-ups and figures are due.

Marks are written in the transaction of the change, in a fixed order, so that two writers never wait on each other.
Whoever does the work deletes the mark in the transaction of the result; a mark made meanwhile waits for that and
stands anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from common.columns import column
from kpis.models import DayTurn, Metric, Source
from kpis.stamps import stamp

# What `INSERT INTO kpis_changedscope` does where the scope is marked already; no metrics means all of them.
MERGE = """
    ON CONFLICT (scope_id) DO UPDATE SET days = kpis_changedscope.days + excluded.days,
        metrics = CASE WHEN kpis_changedscope.metrics IS NOT NULL AND excluded.metrics IS NOT NULL THEN
            ARRAY(SELECT DISTINCT unnest(kpis_changedscope.metrics || excluded.metrics) ORDER BY 1) END
"""


def mark_days_changed(*, source: Source, days: Iterable[date]) -> None:
    """Facts of the source changed on these days: its roll-ups are due. Call it inside the transaction of the facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kpis_changedday (source_id, month, days)
            SELECT %s, date_trunc('month', day)::date, range_agg(daterange(day, day, '[]'))
            FROM unnest(%s::date[]) AS changed(day) GROUP BY 2 ORDER BY 2
            ON CONFLICT (source_id, month) DO UPDATE SET days = kpis_changedday.days + excluded.days
            """,
            [source.pk, list(days)],
        )
    stamp()


def mark_scopes_changed(*, spans: Iterable[tuple[int, date, date]]) -> None:
    """Amounts or targets of a scope changed from a day to a day, both included: its figures are due.

    `spans` are (scope id, first day, last day). One statement, in the order of the ids: see above.
    """
    scope_ids, firsts, lasts = zip(*spans, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO kpis_changedscope (scope_id, days)
            SELECT scope_id, range_agg(daterange(first, last, '[]'))
            FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS changed(scope_id, first, last)
            GROUP BY scope_id ORDER BY scope_id
            {MERGE}
            """,
            [column(scope_ids), column(firsts), column(lasts)],
        )
    stamp()


def mark_targets_changed(*, spans: Iterable[tuple[int, int, date, date]]) -> None:
    """Targets of a metric changed on a scope: its figures, and no others, are due. (scope id, metric id, first day, last day).

    Of a cross-cut all are: it may have none yet.
    """
    scope_ids, metric_ids, firsts, lasts = zip(*spans, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO kpis_changedscope (scope_id, days, metrics)
            SELECT scope_id, range_agg(daterange(first, last, '[]')), CASE WHEN bool_or(node_id IS NOT NULL OR key = 'company')
                THEN array_agg(DISTINCT metric_id ORDER BY metric_id) END
            FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) AS changed(scope_id, metric_id, first, last)
            JOIN organization_scope AS scope ON scope.id = scope_id
            GROUP BY scope_id ORDER BY scope_id
            {MERGE}
            """,
            [column(scope_ids), column(metric_ids), column(firsts), column(lasts)],
        )
    stamp()


def mark_metric_changed(*, metric: Metric) -> None:
    """The metric is new or judged otherwise: its figures, and no others, are due on every scope and day with amounts.

    Cross-cuts that are kept follow the company's days. One statement, in the order of the ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH filled AS (
                SELECT scope.id, node_id, key, first.day AS first, last.day AS last
                FROM organization_scope AS scope
                CROSS JOIN LATERAL (
                    SELECT day FROM kpis_amountday WHERE scope_id = scope.id ORDER BY day LIMIT 1) AS first
                CROSS JOIN LATERAL (
                    SELECT day FROM kpis_amountday WHERE scope_id = scope.id ORDER BY day DESC LIMIT 1) AS last
            ),
            span AS (
                SELECT id AS scope_id, first, last FROM filled
                UNION ALL
                SELECT scope.id, first, last FROM organization_scope AS scope, filled
                WHERE scope.node_id IS NULL AND filled.key = 'company' AND scope.id <> filled.id AND (
                    EXISTS (SELECT 1 FROM kpis_target WHERE scope_id = scope.id)
                    OR EXISTS (SELECT 1 FROM kpis_watch WHERE scope_id = scope.id))
                UNION ALL
                SELECT scope_id, start, (start + CASE grain WHEN 'year' THEN interval '1 year'
                    WHEN 'quarter' THEN interval '3 months' WHEN 'month' THEN interval '1 month'
                    WHEN 'week' THEN interval '7 days' ELSE interval '1 day' END - interval '1 day')::date
                FROM kpis_target WHERE metric_id = %(metric)s AND superseded_at IS NULL
            )
            INSERT INTO kpis_changedscope (scope_id, days, metrics)
            SELECT scope_id, range_agg(daterange(first, last, '[]')), ARRAY[%(metric)s]::bigint[]
            FROM span GROUP BY scope_id ORDER BY scope_id
            {MERGE}
            """,
            {"metric": metric.pk},
        )
    stamp()


@transaction.atomic
def turn_day(*, today: date, open_since: date) -> bool:
    """Marks every scope that has figures in a period still open, once a day however many beats ask.

    Returns whether this call was the one that turned the day.
    """
    _, turned = DayTurn.objects.get_or_create(day=today)
    if turned:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO kpis_changedscope (scope_id, days)
                SELECT scope_id, datemultirange(daterange(%s, %s, '[]')) FROM (
                    SELECT DISTINCT scope_id FROM kpis_reading WHERE start >= %s - 366
                    UNION SELECT DISTINCT scope_id FROM kpis_target WHERE superseded_at IS NULL
                ) AS live ORDER BY 1
                {MERGE}
                """,
                [open_since, today, open_since],
            )
    return turned
