"""How the engine stands, read in a handful of queries; whoever asks may be a page, a program or cron."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min

from alerts.health import DAY, HOUR, Backlog, BrokenRule, Delay, Health, WayHealth, troubles_of
from alerts.models import Instance
from organization.models import Pulse

# No message waits for longer than this; it keeps the count off the years before.
_NEWEST = timedelta(days=8)

_RULES = """
    SELECT count(*), min(due), (array_agg(name ORDER BY due))[1] FROM (
        SELECT name, CASE WHEN anew_due THEN changed_at ELSE next_look_at END AS due FROM alerts_rule
        WHERE anew_due OR (enabled AND next_look_at <= %(now)s)) AS waiting
"""
_CHANGES = "SELECT count(*), min(at), '' FROM kpis_readingchange"
_FIGURES = """
    SELECT count(*), min(marked_at), '' FROM (
        SELECT marked_at FROM kpis_changedday UNION ALL SELECT marked_at FROM kpis_changedscope) AS waiting
"""
_DUE = """
    SELECT count(*), min(next_attempt_at), '' FROM alerts_message
    WHERE state = 'queued' AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until < %(now)s)
"""
_CONSEQUENCES = """
    SELECT count(*), min(next_try_at), '' FROM alerts_consequencerun WHERE state = 'waiting' AND next_try_at <= %(now)s
"""
# A message that failed was tried for the last time when it was last due.
_WAYS = """
    SELECT way,
        count(*) FILTER (WHERE sent_at > %(day)s),
        count(*) FILTER (WHERE state = 'failed' AND next_attempt_at > %(day)s),
        count(*) FILTER (WHERE state = 'withheld' AND next_attempt_at > %(day)s),
        count(*) FILTER (WHERE state = 'queued' AND attempts > 0),
        min(created_at) FILTER (WHERE state = 'queued' AND attempts > 0),
        max(sent_at),
        min(next_attempt_at) FILTER (WHERE state = 'failed' AND next_attempt_at > %(day)s),
        (array_agg(last_error ORDER BY next_attempt_at DESC) FILTER (WHERE last_error <> ''
            AND (state = 'queued' OR (state = 'failed' AND next_attempt_at > %(day)s))))[1]
    FROM alerts_message WHERE created_at > %(newest)s GROUP BY way ORDER BY way
"""
_DELAYS = """
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
        percentile_cont(0.95) WITHIN GROUP (ORDER BY took),
        count(*) FILTER (WHERE sent_at > %(hour)s),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE sent_at > %(hour)s),
        percentile_cont(0.95) WITHIN GROUP (ORDER BY took) FILTER (WHERE sent_at > %(hour)s)
    FROM (SELECT sent_at, extract(epoch FROM sent_at - created_at)::float AS took FROM alerts_message
        WHERE created_at > %(newest)s AND sent_at > %(day)s) AS sent
"""


def health(*, now: datetime) -> Health:
    """Nine queries, whatever there is. Raises DatabaseError where the database does not say."""
    asked = {"now": now, "day": now - DAY, "hour": now - HOUR, "newest": now - _NEWEST}
    seen = dict(Pulse.objects.values_list("name", "seen_at"))
    with connection.cursor() as cursor:

        def rows(query: str) -> list[tuple[Any, ...]]:
            cursor.execute(query, asked)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        rules, changes, figures, due, consequences = (
            Backlog(count, since, name or "")
            for query in (_RULES, _CHANGES, _FIGURES, _DUE, _CONSEQUENCES)
            for count, since, name in rows(query)
        )
        ways = tuple(_way(*columns) for columns in rows(_WAYS))
        ((sent, median, slowest, *lately),) = rows(_DELAYS)
    found = Health(
        at=now,
        beat=seen.get("beat"),
        swept=seen.get("sweep"),
        watchdog=seen.get("watchdog"),
        rules=rules,
        changes=changes,
        figures=figures,
        messages=due,
        consequences=consequences,
        hour=Delay(*lately),
        day=Delay(sent, median, slowest),
        ways=ways,
        broken=_broken(),
    )
    limit = timedelta(seconds=settings.HEALTH_BEAT_LIMIT)
    return replace(found, troubles=troubles_of(found, beat_limit=limit))


def _way(way: str, *counted: Any) -> WayHealth:
    sent, failed, withheld, waiting, waiting_since, sent_at, failed_since, error = counted
    return WayHealth(way, sent, failed, withheld, waiting, waiting_since, sent_at, failed_since, error or "")


def _broken() -> tuple[BrokenRule, ...]:
    found = (
        Instance.objects.filter(state="error", covered=True, rule__enabled=True)
        .values("rule", "rule__name")
        .annotate(areas=Count("pk"), since=Min("since"))
        .order_by("since", "rule")
    )
    return tuple(BrokenRule(one["rule"], one["rule__name"], one["areas"], one["since"]) for one in found)
