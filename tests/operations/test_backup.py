"""Backups are proved by restoring them: from a running system, damaged, old, cut off, and over what was there."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, transaction

from common.backups import BackupError, Manifest, write_backup
from common.backups.archive import MANIFEST, opened
from common.version import VERSION
from config import embedded
from ingest.models import Import, State
from ingest.services import receive, work_next
from kpis.models import Source
from kpis.work import catch_up
from tests.conftest import own_database_url
from tests.ingest.files import text_of
from tests.locks import somebody_waits
from tests.people import PASSWORD, ada, alice, bob

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = "plumbline_second"


def file_of(cost: int, days: int = 3) -> bytes:
    rows = [
        [
            f"2025-08-{day:02d}",
            f"Channel {n % 2}",
            f"Campaign {n}",
            f"Region {n % 3}",
            "Boards",
            1000,
            100,
            5,
            50,
            cost,
        ]
        for day in range(1, days + 1)
        for n in range(6)
    ]
    return text_of(rows).encode()


def address_of(name: str) -> str:
    parts = urlsplit(own_database_url())
    return urlunsplit(parts._replace(path=f"/{name}"))


class Second:
    """Another database of the same server, and another folder for uploads."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{connection.settings_dict['NAME']}_2"
        self.uploads = folder / "second-uploads"
        self.environment = {
            **os.environ,
            "DATABASE_URL": address_of(self.name),
            "PLUMBLINE_UPLOADS": str(self.uploads),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }

    def manage(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=embedded.PROJECT, env=self.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        line = psycopg2.connect(address_of(self.name))
        try:
            with line, line.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall() if cursor.description else []
        finally:
            line.close()

    def backed_up(self, folder: Path) -> Manifest:
        """What a backup of it holds: tables come back in the order in which they were written, so digests agree."""
        done = self.manage("backup", folder / "again.zip")
        assert done.returncode == 0, done.stderr
        with opened(folder / "again.zip") as (_archive, manifest):
            (folder / "again.zip").unlink()
            return manifest


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    made = Second(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {made.name} TEMPLATE template0")
    yield made
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)")


@pytest.fixture
def uploads(tmp_path: Path, settings: Any) -> Path:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.UPLOAD_DIR.mkdir()
    return Path(settings.UPLOAD_DIR)


def a_company() -> None:
    alice(), bob(), ada()
    for cost in (10, 20):
        receive(name=f"{cost}.csv", chunks=[file_of(cost)], person=bob())
        assert work_next()
    catch_up()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def backup(folder: Path) -> tuple[Path, Manifest]:
    return write_backup(to=folder, uploads=settings.UPLOAD_DIR)


# -- The whole way -----------------------------------------------------------------------------------


def test_a_running_company_comes_back_row_by_row_and_goes_on(
    second: Second, uploads: Path, tmp_path: Path
) -> None:
    a_company()
    late = receive(name="30.csv", chunks=[file_of(30, days=5)], person=bob())
    importing = threading.Thread(target=_work)
    with transaction.atomic():
        Source.objects.select_for_update().get()  # the import stops here, in its very middle
        importing.start()
        _until(lambda: Import.objects.get(pk=late.pk).state == State.RUNNING and somebody_waits())
        path, manifest = backup(tmp_path)
    importing.join(60)
    catch_up()

    done = second.manage("restore", path)
    assert done.returncode == 0, done.stderr
    restored = second.backed_up(tmp_path)
    assert [table for table in restored.tables if table.name != "django_migrations"] == [
        table for table in manifest.tables if table.name != "django_migrations"
    ]
    assert {table.name for table in manifest.tables if table.rows} >= {
        "channels_fact_2025_08", "kpis_reading", "kpis_amountday", "kpis_source", "organization_grant", "ingest_import",
    }  # fmt: skip
    assert restored.sequences == manifest.sequences
    assert restored.partitions == manifest.partitions
    assert contents(second.uploads) == contents(uploads)
    assert second.sql("SELECT state FROM ingest_import ORDER BY id") == [("done",), ("done",), ("running",)]

    # Whoever has the backup goes on where it stopped: she logs in, and the import that was under way is done anew.
    said = second.manage("shell", "--no-imports", "-c", GO_ON)
    assert said.stdout.split() == ["logged-in", "done"], said.stderr
    reading = "SELECT scope_id, metric_id, grain, start, value, attainment, status FROM kpis_reading ORDER BY 1, 2, 3, 4"
    with connection.cursor() as cursor:
        cursor.execute(reading)
        assert second.sql(reading) == cursor.fetchall()
    # And numbers go on after those that were given.
    assert second.manage("import_file", _file(tmp_path, file_of(40))).returncode == 0
    assert second.sql("SELECT max(id) FROM ingest_import")[0][0] == late.pk + 1


GO_ON = f"""
from django.test import Client
from ingest.models import Import
from ingest.services import work_next
from kpis.work import catch_up
print('logged-in' if Client().login(username='alice', password={PASSWORD!r}) else 'refused')
Import.objects.filter(state='running').update(lease_until=None)
assert work_next()
catch_up()
print(Import.objects.latest('pk').state)
"""


def _work() -> None:
    try:
        work_next()
    finally:
        connection.close()


def _until(check: Any) -> None:
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _file(folder: Path, text: bytes) -> Path:
    path = folder / "40.csv"
    path.write_bytes(text)
    return path


def test_an_import_of_a_new_month_does_not_wait_for_a_backup(uploads: Path, tmp_path: Path) -> None:
    a_company()
    seen: list[str] = []

    def meanwhile(text: str) -> None:
        if not seen:
            seen.append(text)
            rows = [["2031-01-05", "Channel 1", "Campaign 1", "Region 1", "Boards", 1, 1, 1, 1, 1]]
            receive(name="new.csv", chunks=[text_of(rows).encode()], person=None)
            importing = threading.Thread(target=_work)
            importing.start()
            importing.join(20)
            assert Import.objects.latest("pk").state == State.DONE
        seen.append(text)

    _path, manifest = write_backup(to=tmp_path, uploads=uploads, say=meanwhile)
    assert "channels_fact_2031_01" not in {table.name for table in manifest.tables}
    assert next(table.rows for table in manifest.tables if table.name == "ingest_import") == 2


def test_an_old_backup_is_brought_forward(second: Second, tmp_path: Path) -> None:
    assert second.manage("migrate", "organization", "0004", "--verbosity", "0").returncode == 0
    second.sql(
        "INSERT INTO organization_person (password, is_superuser, username, first_name, last_name, is_staff, is_active,"
        " date_joined, email, display_name, language, time_zone, phone) VALUES ('', false, 'old', '', '', false, true,"
        " now(), 'old@example.com', '', 'en', 'UTC', '')"
    )
    assert second.manage("backup", tmp_path / "old.zip").returncode == 0
    done = second.manage("restore", tmp_path / "old.zip", "--replace")
    assert done.returncode == 0, done.stderr
    assert second.sql("SELECT email_verified_at IS NOT NULL FROM organization_person") == [(True,)]
    assert second.sql("SELECT count(*) FROM alerts_message") == [(0,)]
    assert second.manage("migrate", "--check").returncode == 0


# -- What must not be written ------------------------------------------------------------------------


def test_a_killed_backup_leaves_none_and_the_next_one_succeeds(uploads: Path, tmp_path: Path) -> None:
    with (uploads / "large.bin").open("wb") as file:
        file.truncate(3_000_000_000)  # takes long to read and no room
    folder = tmp_path / "backups"
    folder.mkdir()
    environment = {**os.environ, "DATABASE_URL": own_database_url(), "PLUMBLINE_UPLOADS": str(uploads)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(folder / "b.zip")], cwd=embedded.PROJECT, env=environment
    )
    _until(lambda: any(path.stat().st_size > 1000 for path in folder.glob(".*.partial")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(folder.glob("*.zip")) == []
    (uploads / "large.bin").unlink()
    (half,) = folder.glob(".*.partial")
    os.utime(half, (0, 0))  # a day later
    path, _manifest = backup(folder)
    assert list(folder.iterdir()) == [path]


def test_a_full_disk_is_said_and_leaves_no_half(uploads: Path, tmp_path: Path) -> None:
    (uploads / "noise.bin").write_bytes(os.urandom(400_000))
    folder = tmp_path / "backups"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(folder)],
        cwd=embedded.PROJECT,
        env={**os.environ, "DATABASE_URL": own_database_url(), "PLUMBLINE_UPLOADS": str(uploads)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"The backup could not be written to {folder}" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


def test_a_backup_never_replaces_another_and_is_private(uploads: Path, tmp_path: Path) -> None:
    path, _manifest = backup(tmp_path / "b.zip")
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        backup(path)
    assert path.read_bytes() == before


# -- What must not be restored -----------------------------------------------------------------------


def test_a_damaged_backup_is_refused_before_anything_is_written(
    second: Second, uploads: Path, tmp_path: Path
) -> None:
    a_company()
    path, _manifest = backup(tmp_path)
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("tables/kpis_reading.copy").header_offset + 200
    whole = path.read_bytes()
    for broken in (
        whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :],
        whole[: len(whole) // 2],
        b"",
    ):
        path.write_bytes(broken)
        done = second.manage("restore", path)
        assert done.returncode == 1
        assert "CommandError" in done.stderr
        assert "damaged" in done.stderr or "only a part" in done.stderr
        assert second.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        assert not second.uploads.exists()


def test_only_an_empty_database_is_filled_and_what_fails_leaves_what_was_there(
    second: Second, uploads: Path, tmp_path: Path
) -> None:
    a_company()
    path, _manifest = backup(tmp_path)
    assert second.manage("migrate", "--verbosity", "0").returncode == 0
    done = second.manage("restore", path)  # only set up, so it counts as empty
    assert done.returncode == 0, done.stderr

    # What is there now is somebody's: it stays, unless that is meant.
    second.sql("UPDATE organization_person SET display_name = 'Only here'")
    again = second.manage("restore", path)
    assert again.returncode == 1
    assert "organization_person (3 rows)" in again.stderr
    assert "--replace" in again.stderr

    names = sorted(contents(second.uploads))
    (second.uploads / names[0]).unlink()
    (second.uploads / names[1]).write_bytes(b"other")
    before = contents(second.uploads)
    lying = _with_manifest(path, tmp_path / "lying.zip", lambda raw: raw["tables"][-1].update(rows=10**6))
    done = second.manage("restore", lying, "--replace")
    assert done.returncode == 1
    assert "Nothing was restored" in done.stderr
    assert second.sql("SELECT DISTINCT display_name FROM organization_person") == [("Only here",)]
    assert second.sql("SELECT count(*) FROM ingest_import") == [(2,)]
    assert contents(second.uploads) == before


def _with_manifest(source: Path, target: Path, change: Any) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != MANIFEST:
                new.writestr(name, old.read(name))
        raw = json.loads(old.read(MANIFEST))
        change(raw)
        new.writestr(MANIFEST, json.dumps(raw))
    return target


def test_a_newer_backup_asks_for_an_upgrade_first(second: Second, uploads: Path, tmp_path: Path) -> None:
    path, _manifest = backup(tmp_path)
    newer = _with_manifest(
        path, tmp_path / "newer.zip", lambda raw: raw["migrations"].append(["kpis", "9999_from_the_future"])
    )
    done = second.manage("restore", newer)
    assert "made by a newer Plumbline" in done.stderr
    assert second.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_file_may_not_lead_out_of_the_uploads(second: Second, uploads: Path, tmp_path: Path) -> None:
    (uploads / "a.bin").write_bytes(b"a")
    path, _manifest = backup(tmp_path)
    evil = _with_manifest(
        path, tmp_path / "evil.zip", lambda raw: raw["uploads"][0].update(path="../escaped.bin")
    )
    done = second.manage("restore", evil)
    assert "outside the uploads folder" in done.stderr
    assert not (tmp_path / "escaped.bin").exists()


def test_while_others_are_connected_nothing_is_restored(
    second: Second, uploads: Path, tmp_path: Path
) -> None:
    path, _manifest = backup(tmp_path)
    line = psycopg2.connect(address_of(second.name))
    try:
        done = second.manage("restore", path)
    finally:
        line.close()
    assert "Stop web, workers and beat first" in done.stderr


def test_the_version_is_the_projects() -> None:
    assert f'\nversion = "{VERSION}"\n' in (embedded.PROJECT / "pyproject.toml").read_text()
