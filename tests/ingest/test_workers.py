"""Imports with real workers: killed in the middle, doubled, and on their own clock."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from functools import partial

import pytest
from django.conf import settings
from django.db import connection
from kombu import Connection
from structlog.testing import capture_logs

from channels.models import Fact
from config import embedded
from config.celery import app
from ingest.models import Import, State
from ingest.services import receive, work_next, work_waits
from kpis.models import AmountDay, ChangedDay, ChangedScope, Reading
from tests.conftest import own_database_url
from tests.ingest.files import text_of, value

pytestmark = pytest.mark.django_db(transaction=True)

DAYS, CAMPAIGNS = 28, 60


def file_of(cost: int) -> bytes:
    rows = [
        [f"2025-08-{day:02d}", f"Channel {campaign % 6}", f"Campaign {campaign}", f"Region {campaign % 5}", "Boards", 1000, 100, 5, 50, cost]
        for day in range(1, DAYS + 1)
        for campaign in range(CAMPAIGNS)
    ]  # fmt: skip
    return text_of(rows).encode()


def start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "ERROR"],
        cwd=embedded.PROJECT,
        env={**os.environ, "DATABASE_URL": own_database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        start_new_session=True,
    )


def stop(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def sweep() -> None:
    """What the beat says every 30 seconds; leases of the dead are shortened so that the test need not wait a minute."""
    Import.objects.filter(lease_until__isnull=False, state__in=["running", "queued"]).extra(
        where=["lease_until < now() + interval '57 seconds'"]
    ).update(lease_until=None)
    app.send_task("config.tasks.sweep")


def all_done() -> bool:
    waiting = Import.objects.exclude(state__in=[State.DONE, State.FAILED]).exists()
    return not (waiting or ChangedDay.objects.exists() or ChangedScope.objects.exists())


def test_workers_killed_at_random_lose_nothing_and_double_nothing() -> None:
    app.control.purge()
    costs = [10, 20, 30, 40]
    workers = [start_worker() for _ in range(2)]
    dice = random.Random(7)
    try:
        for cost in costs:
            receive(name=f"{cost}.csv", chunks=[file_of(cost)], person=None)
        kills, deadline = 0, time.monotonic() + 150
        while not (all_done() and kills >= 3):
            assert time.monotonic() < deadline, list(
                Import.objects.values("pk", "state", "error", "attempts")
            )
            time.sleep(2.5)
            sweep()
            if kills < 3:
                victim = dice.randrange(len(workers))
                stop([workers[victim]])
                workers[victim] = start_worker()
                kills += 1
    finally:
        stop(workers)
        connection.close()
    imports = list(Import.objects.order_by("pk"))
    assert [batch.state for batch in imports] == [State.DONE] * len(costs), [batch.error for batch in imports]
    # Sent in this order, so the last one speaks; each corrected every line of the one before.
    assert [batch.corrected for batch in imports] == [0, *[DAYS * CAMPAIGNS] * (len(costs) - 1)]
    assert Fact.objects.count() == DAYS * CAMPAIGNS
    assert value("cost", "company", "2025-08") == Decimal(DAYS * CAMPAIGNS * costs[-1])
    assert value("cost", "region:region-3+channel:channel-3", "2025-08") == Decimal(DAYS * 2 * costs[-1])
    kept = Reading.objects.get(scope__key="company", metric__code="cost", grain="month")
    assert kept.value == Decimal(DAYS * CAMPAIGNS * costs[-1])
    assert AmountDay.objects.filter(scope__key="company").count() == DAYS
    leftovers = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'ingest\\_stage\\_%' OR tablename LIKE 'ingest\\_typed\\_%'"
    with connection.cursor() as cursor:
        cursor.execute(leftovers)
        assert cursor.fetchone()[0] == 0


def test_a_worker_brings_an_uploaded_file_to_the_figures_within_seconds(
    celery_worker_process: subprocess.Popen[bytes],
) -> None:
    receive(name="a.csv", chunks=[file_of(5)], person=None)
    deadline = time.monotonic() + 30
    while not (all_done() and Import.objects.get().state == State.DONE):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (
        Reading.objects.get(scope__key="company", metric__code="cost", grain="month").value
        == DAYS * CAMPAIGNS * 5
    )


def test_a_broker_that_is_down_costs_a_sweep_and_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    app.control.purge()
    nowhere = Connection("redis://127.0.0.1:1/0", transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    monkeypatch.setattr(app, "send_task", partial(app.send_task, connection=nowhere))
    begun = time.monotonic()
    with capture_logs() as logs:
        receive(name="a.csv", chunks=[file_of(5)], person=None)
    assert [line["event"] for line in logs] == ["broker.unreachable"], logs
    assert time.monotonic() - begun < 2  # the client's own patience is six seconds, at each save
    assert work_waits()
    assert work_next()
    assert Import.objects.get().state == State.DONE
