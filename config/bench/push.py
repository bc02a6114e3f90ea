"""How long 10,000 rows take from the request to figures that are right, with one Celery worker beside the web."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import closing
from datetime import date, timedelta

import psycopg2

from config.bench.running import Site, python, row

ROWS = 10_000
LAST_DAY = date(2026, 11, 20)
AT_MOST = 3.0


def measure(site: Site) -> None:
    token = python(site, "config.bench.people", "token").strip()
    body = json.dumps({"source": "bench", "rows": list(_rows())}).encode()
    request = urllib.request.Request(
        f"{site.address}/api/v1/facts/",
        body,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": str(time.time())},
    )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    started = time.monotonic()
    with opener.open(request, timeout=120) as answer:
        said = json.load(answer)
    answered = time.monotonic() - started
    assert said["accepted"] == ROWS, said
    with closing(psycopg2.connect(site.database_url)) as db:
        db.autocommit = True
        while _figure(db) != ROWS or _due(db):
            assert time.monotonic() - started < 120, "the figures never came"
            time.sleep(0.02)
    row(f"POST of {ROWS:,} rows: answered", answered)
    row(f"POST of {ROWS:,} rows: figures are right", time.monotonic() - started, "", None, f"{AT_MOST:.0f} s")


def _rows() -> list[dict[str, object]]:
    """A channel of its own, so that its sum says when all is in; regions and product lines as everybody else's."""
    return [
        {
            "day": str(LAST_DAY - timedelta(days=number // 2400)),
            "channel": "Pushed",
            "campaign": f"Campaign {campaign + 1}",
            "region": f"Region {number // 120 % 20 + 1}",
            "product": "Product 1",
            "impressions": 100,
            "clicks": 10,
            "orders": 2,
            "revenue": "30.50",
            "cost": 1,
        }
        for number in range(ROWS)
        if (campaign := number % 120) is not None
    ]


def _figure(db: psycopg2.extensions.connection) -> int | None:
    with db.cursor() as cursor:
        cursor.execute(
            """
            SELECT value FROM kpis_reading JOIN organization_scope AS scope ON scope.id = scope_id
            JOIN kpis_metric AS metric ON metric.id = metric_id
            WHERE scope.key = 'channel:pushed' AND metric.code = 'cost' AND grain = 'month' AND start = '2026-11-01'
            """
        )
        found = cursor.fetchone()
    return int(found[0]) if found is not None and found[0] is not None else None


def _due(db: psycopg2.extensions.connection) -> bool:
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM kpis_changedday) OR EXISTS (SELECT 1 FROM kpis_changedscope)"
        )
        return cursor.fetchone() == (True,)
