"""Who wants to know when a figure changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from common.periods import Grain
from kpis.models import Metric, Watch
from kpis.services.changes import mark_scopes_changed
from organization.models import Scope

KEPT_DAYS = 400
_LOCK = 7402  # names our advisory lock


@transaction.atomic
def watch(*, watcher: str, metric: Metric, scope: Scope, grain: str) -> Watch:
    """Watches a figure. Days and weeks are kept as rows from now on, so the last 400 days are made at once."""
    watch_all(watcher=watcher, metric=metric, scope_ids=[scope.pk], grain=grain)
    return Watch.objects.get(watcher=watcher, metric=metric, scope=scope, grain=grain)


@transaction.atomic
def watch_all(*, watcher: str, metric: Metric, scope_ids: Collection[int], grain: str) -> int:
    """Watches a figure on each of these scopes, as `watch` does, in three statements. Returns how many are new.

    Whoever looks at the figures after this has committed misses no change: either she sees it, or it is reported.
    """
    with connection.cursor() as cursor:
        # Figures that are being written were written without a look at us: they are committed before we are.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
        cursor.execute(
            """
            INSERT INTO kpis_watch (watcher, metric_id, scope_id, grain)
            SELECT %(watcher)s, %(metric)s, scope_id, %(grain)s
            FROM unnest(%(scopes)s::bigint[]) AS scope_id ORDER BY scope_id
            ON CONFLICT DO NOTHING RETURNING scope_id
            """,
            {"watcher": watcher, "metric": metric.pk, "grain": grain, "scopes": sorted(set(scope_ids))},
        )
        new = [pk for (pk,) in cursor.fetchall()]
    due = new
    if grain not in (Grain.DAY, Grain.WEEK):  # months and longer are kept of all but cross-cuts
        due = list(Scope.objects.filter(pk__in=new, node__isnull=True).values_list("pk", flat=True))
    if due:
        today = timezone.localdate()
        mark_scopes_changed(spans=[(pk, today - timedelta(days=KEPT_DAYS), today) for pk in due])
    return len(new)


def share_watches() -> None:
    """Holds off new watches to the end of the transaction. Take it before anything that a watcher may wait for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_LOCK])


def unwatch(*, watcher: str) -> None:
    """Takes all watches of this watcher away; rows that nobody needs any more stay until their scope next changes."""
    Watch.objects.filter(watcher=watcher).delete()
