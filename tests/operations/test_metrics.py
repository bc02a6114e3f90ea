"""Figures about the system: of all its processes together, and for nobody without the token."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as real
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config import embedded
from config.celery import app
from config.tally import KEY, Tally, _client
from ingest.models import Import, State
from organization.models import Pulse
from tests.conftest import own_database_url

TOKEN = "a token of some length"
SENT = {"authorization": f"Bearer {TOKEN}"}
Figures = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def nothing_counted(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    with _client() as client:
        client.delete(KEY)


def figures(text: str) -> Figures:
    """By name and the labels' values, in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def asked(client: Client) -> Figures:
    answer = client.get("/metrics", headers=SENT)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    return figures(answer.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
        (TOKEN, "", 401),
        (TOKEN, "Bearer wrong", 401),
        (TOKEN, f"Basic {TOKEN}", 401),
        (TOKEN, f"Bearer {TOKEN}", 200),
        (TOKEN, f"bearer {TOKEN}", 200),
    ],
)
def test_without_the_token_nothing_is_told(
    client: Client, settings: Any, token: str, sent: str, status: int
) -> None:
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", headers={"authorization": sent})
    assert answer.status_code == status
    assert (b"plumbline_" in answer.content) == (status == 200)


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status_not_by_address(client: Client) -> None:
    for path in ("/healthz?live", "/healthz?live", "/nothing/here", "/nothing/there"):
        client.get(path)
    found = asked(client)
    assert found["plumbline_requests_total", "GET", "200", "healthz"] == 2
    assert found["plumbline_requests_total", "GET", "404", "(none)"] == 2
    assert found["plumbline_request_seconds_count", "healthz"] == 2
    assert found["plumbline_request_seconds_bucket", "+Inf", "healthz"] == 2
    assert 0 < found["plumbline_request_seconds_sum", "healthz"] < 5


@pytest.mark.django_db(transaction=True)
def test_what_waits_and_what_was_done_comes_from_the_database(client: Client) -> None:
    now = timezone.now()
    kept = {"file_name": "a.csv", "stored_as": "a.csv", "size": 1, "sha256": "0" * 64}
    Import.objects.create(**kept, created_at=now - timedelta(seconds=90))
    Import.objects.create(**kept, state=State.DONE, accepted=70, rejected=3)
    Pulse.objects.create(name="sweep", seen_at=now - timedelta(seconds=20))
    found = asked(client)
    assert found["plumbline_waiting", "imports"] == 1
    assert 90 <= found["plumbline_oldest_seconds", "imports"] < 100
    assert found["plumbline_figures_behind_seconds",] == 0
    assert (found["plumbline_import_rows", "accepted"], found["plumbline_import_rows", "rejected"]) == (70, 3)
    assert 20 <= found["plumbline_last_sweep_seconds",] < 30
    assert found["plumbline_up", "database"] == found["plumbline_up", "broker"] == 1


@pytest.mark.django_db
def test_without_redis_the_rest_is_told_and_counts_are_kept(client: Client, settings: Any) -> None:
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.get("/healthz?live")
    found = asked(client)
    assert found["plumbline_up", "broker"] == 0
    assert ("plumbline_waiting", "imports") in found
    settings.REDIS_URL = there
    assert asked(client)["plumbline_requests_total", "GET", "200", "healthz"] == 1


def test_a_child_does_not_count_again_what_its_parent_counted() -> None:
    tally = Tally()
    tally.add("x", "y")
    tally.forked()
    assert not tally.counts
    tally.add("x", "y")
    assert tally.thread is not None


@pytest.mark.django_db(transaction=True)
def test_two_web_processes_and_a_worker_are_one_figure() -> None:
    app.control.purge()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": own_database_url(),
        "REDIS_URL": real.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "METRICS_TOKEN": TOKEN,
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "1",
    }
    web = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]
    worker = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "ERROR",
    ]
    started = [
        subprocess.Popen(command, cwd=embedded.PROJECT, env=environment, start_new_session=True)
        for command in (web, worker)
    ]
    try:
        _until(lambda: _get(port, "/healthz?live") is not None)
        for _ in range(20):
            assert _get(port, "/nothing/here") == ""
        for _ in range(6):
            app.send_task("kpis.tasks.work")

        def all_counted() -> bool:
            found = figures(_get(port, "/metrics") or "")
            requests = found.get(("plumbline_requests_total", "GET", "404", "(none)"))
            tasks = found.get(("plumbline_tasks_total", "success", "kpis.tasks.work"))
            return requests == 20 and tasks == 6 == found.get(
                ("plumbline_task_seconds_count", "kpis.tasks.work")
            )

        _until(all_counted)
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _get(port: int, path: str) -> str | None:
    """The body; empty for an error that was answered, None where nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=SENT)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError:
        return ""
    except OSError:
        return None


def _until(check: Any) -> None:
    deadline = time.monotonic() + 60
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.2)
