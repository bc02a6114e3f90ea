"""What breaks around the house: Redis emptied or away, PostgreSQL started anew, a full disk. Nothing is lost or halved.

Everything here is real and belongs to the test alone. REDIS_AWAY_SECONDS=60 for a whole minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ingest.files import text_of
from tests.reliability.areas import file_of
from tests.reliability.house import House, until
from tests.reliability.stumbling import Gateway, MailServer, stumbling

pytestmark = pytest.mark.django_db  # whose tables the house copies
AREAS = 60
STANDS = """
import json
from alerts.models import Episode, Message, Notice
from kpis.models import ChangedDay, ChangedScope, ReadingChange
waits = [Message.objects.filter(state="queued"), Notice.objects.filter(decision="held"), ChangedDay.objects.all(),
    ChangedScope.objects.all(), ReadingChange.objects.all()]
sent = Message.objects.filter(state="sent")
print(json.dumps({
    "waits": sum(rows.count() for rows in waits), "alerts": Episode.objects.count(),
    **{way: [str(key) for key in sent.filter(way=way).values_list("key", flat=True)] for way in ("webhook", "email")},
}))
"""
AWAY = float(os.environ.get("REDIS_AWAY_SECONDS", "5"))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A disk of its own for the uploads, where we may mount one."""
    made = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(made)], capture_output=True
    ).returncode
    yield None if mounted else made
    if not mounted:
        subprocess.run(["umount", "-l", str(made)], check=True)


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[MailServer, Gateway, dict[str, str]]]:
    """Where the house's mail and webhooks go, and what it must know of that."""
    with stumbling() as servers:
        yield servers


@pytest.fixture(scope="module")
def house(
    disk: Path | None, told: tuple[MailServer, Gateway, dict[str, str]], django_db_setup: None
) -> Iterator[House]:
    made = House(**told[2], **({"PLUMBLINE_UPLOADS": str(disk)} if disk else {}))
    yield made
    made.close()


@pytest.fixture
def tight(disk: Path | None) -> Iterator[Path]:
    """The disk of the uploads with one megabyte left."""
    if disk is None:
        pytest.skip("a small disk needs the right to mount one")
    filler, about = disk / "filler", os.statvfs(disk)
    filler.write_bytes(b"x" * (about.f_bavail * about.f_frsize - 2**20))
    yield disk
    filler.unlink()


def month_of(month: str, amount: int, campaigns: int = 20) -> str:
    rows = [
        [f"{month}-{day:02d}", "Live", f"Campaign {campaign}", f"Region {campaign % 4}", "Boards", 1000, 100, 5, amount, 1]
        for day in range(1, 29)
        for campaign in range(campaigns)
    ]  # fmt: skip
    return text_of(rows)


def test_redis_emptied_with_a_file_waiting_costs_a_sweep(house: House) -> None:
    sent = house.send("flushed.csv", month_of("2024-01", 3))
    house.on_servers("_redis()._says('FLUSHALL', '+OK')")
    assert house.until_done(sent)["accepted"] == 28 * 20
    assert Decimal(house.revenue("2024-01") or 0) == 28 * 20 * 3


def test_without_redis_files_are_taken_in_pages_are_read_and_work_goes_on_after(house: House) -> None:
    house.on_servers("_redis().stop()")
    try:
        sent = house.send("kept.csv", month_of("2024-02", 5))
        assert sent.status_code in (201, 202), sent.text
        assert house.get("/accounts/login/").status_code == 200
        assert house.revenue("2024-01") is not None
        assert house.get("/healthz").status_code == 503
        time.sleep(AWAY)
    finally:
        house.on_servers("ensure_running()")
    assert house.until_done(sent)["state"] == "done"
    assert Decimal(house.revenue("2024-02") or 0) == 28 * 20 * 5
    until(lambda: house.get("/healthz").status_code == 200, 60)


def test_postgresql_started_anew_in_the_middle_of_a_file_leaves_it_whole(house: House) -> None:
    sent = house.send("large.csv", month_of("2024-03", 7, campaigns=2500))
    until(lambda: house.work_of(sent)["state"] == "running", 30)
    house.on_servers("_postgres().stop()")
    house.on_servers("ensure_running()")
    done = house.until_done(sent, 150)
    assert (done["state"], done["accepted"]) == ("done", 28 * 2500), done
    assert Decimal(house.revenue("2024-03") or 0) == 28 * 2500 * 7


def test_postgresql_started_anew_while_alerts_are_told_costs_none_of_them(
    house: House, told: tuple[MailServer, Gateway, dict[str, str]]
) -> None:
    mail, gateway, _environment = told
    house.shell(
        f"from tests.reliability.areas import watched\n"
        f"watched({gateway.server.url('/in')!r}, areas={AREAS}, rules=5, leads=4)"
    )
    house.send("bad.csv", file_of([f"r{number}" for number in range(AREAS)], 1))
    until(lambda: len(gateway.told) >= AREAS, 90)
    house.on_servers("_postgres().stop()")
    before = len(gateway.told)
    assert before < 5 * AREAS, "it was not in the middle"
    house.on_servers("ensure_running()")
    until(lambda: json.loads(house.shell(STANDS))["waits"] == 0, 150)
    stands = json.loads(house.shell(STANDS))
    assert stands["alerts"] == 5 * AREAS == len(gateway.told)
    assert {len(ids) for ids in gateway.told.values()} == {1}
    for server, way in ((gateway, "webhook"), (mail, "email")):
        assert set(server.took) == set(stands[way])
        assert len(server.repeated) <= 1, "what the one worker was about to mark as sent"


def test_a_full_disk_is_said_at_once_and_leaves_nothing(house: House, tight: Path) -> None:
    whole = house.until_done(house.send("small.csv", month_of("2024-04", 2, campaigns=2)))
    assert whole["state"] == "done"
    kept = sorted(path for path in tight.rglob("*") if path.is_file())
    refused = house.send("large.csv", month_of("2024-05", 2, campaigns=1500))
    assert refused.status_code == 503, refused.text
    assert "no room left" in refused.json()["detail"]
    assert sorted(path for path in tight.rglob("*") if path.is_file()) == kept
    assert house.get("/api/v1/imports/").json()["results"][0]["file_name"] == "small.csv"
    assert house.until_done(house.send("again.csv", month_of("2024-06", 2, campaigns=2)))["state"] == "done"
