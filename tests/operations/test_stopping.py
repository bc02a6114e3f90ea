"""Who is asked to stop ends what is under way or hands it back: nobody waits a minute for a lease."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection, transaction

from common import stopping
from config import embedded
from config.celery import app
from ingest.models import Import, State
from ingest.services import receive
from kpis.models import Source
from tests.conftest import own_database_url
from tests.ingest.files import text_of
from tests.locks import somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


def a_file(name: str = "a.csv") -> Import:
    rows = [[f"2025-08-{day:02d}", "Channel", f"Campaign {n}", "Region", "Boards", 1, 1, 1, 1, 1] for day in range(1, 9) for n in range(20)]  # fmt: skip
    return receive(name=name, chunks=[text_of(rows).encode()], person=None)


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=embedded.PROJECT,
        env={
            **os.environ,
            "DATABASE_URL": own_database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            **environment,
        },
        start_new_session=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def worker(grace: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return process(
        "celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "ERROR",
        WORKER_GRACE_SECONDS=grace,
    )  # fmt: skip


def until(check: Callable[[], bool], seconds: float = 40) -> float:
    """How long it took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, list(Import.objects.values())
        time.sleep(0.05)
    return time.monotonic() - began


def scratch_tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tablename ~ '^ingest_(stage|typed|map)_'")
        return int(cursor.fetchone()[0])


def test_a_worker_that_stops_hands_its_import_to_another_within_seconds() -> None:
    app.control.purge()
    batch = a_file()
    with transaction.atomic():
        assert list(Source.objects.select_for_update())  # the import stops here, in its very middle
        with worker("1") as first:
            until(somebody_waits)
            first.send_signal(signal.SIGTERM)
            assert first.wait(40) == 0
        batch.refresh_from_db()
        assert (batch.state, batch.lease_until, batch.attempts) == (State.RUNNING, None, 0)
    with worker("1"):
        # Its start is most of that; the lease would have held for a minute.
        until(lambda: Import.objects.get(pk=batch.pk).state == State.DONE, seconds=50)
        until(lambda: not scratch_tables(), seconds=10)
    batch.refresh_from_db()
    assert (batch.accepted, batch.attempts) == (160, 1)


def test_a_worker_that_stops_ends_the_import_that_it_has_begun_and_begins_no_other() -> None:
    app.control.purge()
    first, second = a_file(), a_file("b.csv")
    with worker("30") as only:
        with transaction.atomic():
            assert list(Source.objects.select_for_update())
            until(somebody_waits)
            only.send_signal(signal.SIGTERM)
            time.sleep(2)
            assert only.poll() is None, "it waits for its import"
        assert only.wait(40) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.DONE, State.QUEUED)
    assert second.lease_until is None


def test_a_web_process_that_stops_answers_what_it_was_asked() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with process(
        "gunicorn", "-c", "python:config.gunicorn", "config.wsgi",
        WEB_BIND=f"127.0.0.1:{port}", DJANGO_SETTINGS_MODULE="tests.operations.slow_settings",
    ) as web:  # fmt: skip

        def get(path: str) -> str | None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                    return str(answer.read().decode())
            except OSError:
                return None

        until(lambda: get("/healthz?live") is not None)
        answers: list[str | None] = []
        asking = threading.Thread(target=lambda: answers.append(get("/slow/")))
        asking.start()
        time.sleep(0.7)
        web.send_signal(signal.SIGTERM)
        assert web.wait(15) == 0
        asking.join()
        assert answers == ["done"]
        assert get("/healthz?live") is None


def test_the_mark_is_shared_with_children_and_can_be_taken_back() -> None:
    try:
        assert not stopping.asked()
        child = os.fork()
        if child == 0:
            stopping.ask()
            os._exit(0)
        os.waitpid(child, 0)
        assert stopping.asked()
        assert 0 <= stopping.asked_for() < 5
    finally:
        stopping.forget()
    assert (stopping.asked(), stopping.asked_for()) == (False, 0.0)
