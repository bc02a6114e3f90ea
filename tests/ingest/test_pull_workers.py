"""Pulls with real workers, killed in the middle: everything comes in once, and the marker says what came in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from channels.models import Fact
from config import embedded
from config.celery import app
from ingest.models import Import, Pull, PullRun, PullState, State
from ingest.services.fetch import marker_of
from kpis.models import ChangedDay, ChangedScope, Measure
from tests.common.servers import reply, serving
from tests.conftest import own_database_url
from tests.ingest.pulls import pull

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = date(2025, 8, 1)
CAMPAIGNS = 40


def start_worker(place: str, uploads: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "ERROR"],
        cwd=embedded.PROJECT,
        env={
            **os.environ,
            "DATABASE_URL": own_database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "OUTBOUND_ALLOW": place,
            "PLUMBLINE_UPLOADS": str(uploads),
        },
        start_new_session=True,
    )


def kill(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def sweep() -> None:
    """What the beat says; leases of the dead end at once, so that the test need not wait a minute."""
    for table in ("ingest_pullrun", "ingest_import"):
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET lease_until = NULL WHERE lease_until < now() + interval '57 seconds'"
                " AND state IN ('fetching', 'queued', 'running')"
            )
    app.send_task("config.tasks.sweep")


def test_a_worker_killed_while_it_fetches_or_imports_doubles_nothing_and_moves_no_marker_too_far(
    settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = tmp_path
    app.control.purge()
    known_days = {"until": 3}
    held = {"slow": True}

    def shop(request: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        since = date.fromisoformat(query.get("since", FIRST.isoformat()))
        page = int(query["p"])
        last = FIRST + timedelta(days=known_days["until"])
        days = [since + timedelta(days=step) for step in range((last - since).days + 1)]
        body: list[dict[str, object]] = []
        if page <= len(days):
            body = [
                {"date": str(days[page - 1]), "channel": "Shop", "campaign": f"C{number}", "revenue": "1.10"}
                for number in range(CAMPAIGNS)
            ]
            if held["slow"]:
                time.sleep(0.4)
        reply(request, json.dumps(body), headers={"Content-Type": "application/json"})

    with serving(shop) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        mine = pull(
            server.url(), shape="json", paging="page", page_parameter="p",
            since_kind="day", since_parameter="since", overlap_days=1,
        )  # fmt: skip
        workers = [start_worker(server.place, tmp_path) for _worker in range(2)]
        try:
            kills = 0
            for round_ in range(2):
                known_days["until"] = 3 * (round_ + 1)
                Pull.objects.update(next_at=timezone.now())
                deadline = time.monotonic() + 90
                slot = PullRun.objects.count()
                while not _settled(slot + 1):
                    assert time.monotonic() < deadline, list(
                        PullRun.objects.values("state", "error", "tries")
                    )
                    sweep()
                    busy = PullRun.objects.filter(state=PullState.FETCHING).exists()
                    if kills <= round_ and busy:
                        time.sleep(0.6)  # somewhere between two pages
                        for worker in workers:
                            kill(worker)
                        kills += 1
                        workers = [start_worker(server.place, tmp_path) for _worker in range(2)]
                    time.sleep(0.5)
                assert marker_of(mine) == FIRST + timedelta(days=known_days["until"])
        finally:
            for worker in workers:
                kill(worker)
    assert kills == 2
    assert PullRun.objects.count() == 2
    assert Import.objects.count() == 2
    assert not Import.objects.exclude(state=State.DONE).exists()
    slot = Measure.objects.get(code="revenue").slot - 1
    facts = list(Fact.objects.all())
    assert len(facts) == 7 * CAMPAIGNS
    assert {fact.amounts[slot] for fact in facts} == {Decimal("1.1")}
    assert not list((tmp_path / "fetching").iterdir())


def _settled(runs: int) -> bool:
    return (
        PullRun.objects.count() == runs
        and not PullRun.objects.exclude(state__in=[PullState.DONE, PullState.FAILED]).exists()
        and not Import.objects.exclude(state__in=[State.DONE, State.FAILED]).exists()
        and not ChangedDay.objects.exists()
        and not ChangedScope.objects.exists()
    )
