"""How things stand: told quickly and briefly, also when a server is away, hangs, or work has been waiting."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import standing
from config.tasks import sweep
from ingest.models import Import
from kpis.models import ChangedScope
from organization.models import Pulse
from tests.people import scope

pytestmark = pytest.mark.django_db(transaction=True)
WELL = {"database": True, "broker": True, "work": True, "beat": True}


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where somebody takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def swept(seconds_ago: float = 0) -> None:
    Pulse.objects.update_or_create(
        name="sweep", defaults={"seen_at": timezone.now() - timedelta(seconds=seconds_ago)}
    )


def waiting(seconds: float) -> None:
    Import.objects.create(
        file_name="a.csv", stored_as="a.csv", size=1, sha256="0" * 64,
        created_at=timezone.now() - timedelta(seconds=seconds),
    )  # fmt: skip


def test_all_is_well_after_a_sweep(client: Client) -> None:
    assert client.get("/healthz").json() == {**WELL, "beat": False}
    sweep()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert answer["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize(("ago", "status"), [(100, 200), (130, 503)])
def test_a_beat_that_stopped_is_not_well(client: Client, ago: float, status: int) -> None:
    swept(ago)
    assert client.get("/healthz").status_code == status


@pytest.mark.parametrize(("ago", "well"), [(800, True), (1000, False)])
def test_work_that_nobody_does_is_not_well(client: Client, ago: float, well: bool) -> None:
    swept()
    waiting(ago)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200 if well else 503, {**WELL, "work": well})


def test_work_in_somebodys_hands_does_not_wait(client: Client) -> None:
    swept()
    waiting(1000)
    Import.objects.update(lease_until=timezone.now() + timedelta(seconds=50), state="running")
    assert client.get("/healthz").status_code == 200


def test_figures_that_are_not_brought_up_to_date_are_not_well(client: Client) -> None:
    swept()
    ChangedScope.objects.create(
        scope=scope("company"), days=[], marked_at=timezone.now() - timedelta(seconds=1000)
    )
    assert client.get("/healthz").json() == {**WELL, "work": False}


def test_strangers_learn_no_number_and_who_has_the_token_learns_them(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a token of some length"
    swept()
    waiting(60)
    assert client.get("/healthz").json() == WELL
    assert client.get("/healthz", headers={"authorization": "Bearer wrong"}).json() == WELL
    answer = client.get("/healthz", headers={"authorization": "Bearer a token of some length"}).json()
    assert answer["details"]["waiting"]["imports"] == 1
    assert 59 < answer["details"]["oldest_seconds"]["imports"] < 70
    assert answer["details"]["last_sweep_seconds"] < 10


def test_a_process_lives_and_is_ready_whatever_the_workers_do(client: Client, settings: Any) -> None:
    waiting(5000)
    assert client.get("/healthz?ready").json() == {"database": True, "broker": True}
    assert client.get("/healthz?ready").status_code == 200
    settings.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    assert client.get("/healthz?ready").status_code == 503
    assert client.get("/healthz?live").status_code == 200


@pytest.mark.parametrize("part", ["database", "broker"])
def test_a_server_that_takes_the_call_and_says_nothing_does_not_hang_the_answer(
    client: Client, settings: Any, mute: int, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    swept()
    if part == "broker":
        settings.REDIS_URL = f"redis://127.0.0.1:{mute}/0"
    else:
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(mute))
    began = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - began < 5
    assert answer.status_code == 503
    assert answer.json()[part] is False
    assert client.get("/healthz?live").status_code == 200


def test_a_database_that_is_away_is_said_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    began = time.monotonic()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert time.monotonic() - began < 2


def test_asking_how_things_stand_leaves_no_connection_behind() -> None:
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with connection.cursor() as cursor:
        cursor.execute(count)
        before = cursor.fetchone()[0]
        for _ in range(5):
            assert standing.work() is not None
        deadline = time.monotonic() + 3
        while True:  # the server takes a moment to see them off
            cursor.execute(count)
            if cursor.fetchone()[0] <= before:
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_addresses_of_the_servers_are_not_told(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://:word@192.0.2.7:1/0"
    assert urlsplit(settings.REDIS_URL).hostname not in client.get("/healthz").content.decode()
