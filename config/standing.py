"""What waits, for how long, and whether the beat still sweeps: asked by /healthz and /metrics.

On a connection of its own that gives up after two seconds, so that whoever asks how things stand never becomes one
of those who wait.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.db import connection

SECONDS = 2
T = TypeVar("T")

# Per queue: how much waits that nobody holds, and since when the oldest of it is due.
_QUEUES = """
    SELECT 'imports', count(*), extract(epoch FROM now() - min(created_at)) FROM ingest_import
    WHERE state IN ('queued', 'running', 'undoing') AND (lease_until IS NULL OR lease_until < now())
    UNION ALL
    SELECT 'pulls', count(*), extract(epoch FROM now() - min(not_before)) FROM ingest_pullrun
    WHERE state IN ('queued', 'fetching', 'waiting') AND not_before <= now()
      AND (lease_until IS NULL OR lease_until < now())
    UNION ALL
    SELECT 'rollups', count(*), extract(epoch FROM now() - min(marked_at)) FROM kpis_changedday
    UNION ALL
    SELECT 'figures', count(*), extract(epoch FROM now() - min(marked_at)) FROM kpis_changedscope
    UNION ALL
    SELECT 'messages', count(*), extract(epoch FROM now() - min(next_attempt_at)) FROM alerts_message
    WHERE state = 'queued' AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
    UNION ALL
    SELECT 'mails', count(*), extract(epoch FROM now() - min(next_attempt_at)) FROM organization_accountmail
    WHERE state = 'queued' AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_SWEPT = "SELECT extract(epoch FROM now() - seen_at) FROM organization_pulse WHERE name = 'sweep'"
_BEAT = """
    INSERT INTO organization_pulse (name, seen_at) VALUES ('beat', now())
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at RETURNING name
"""
_IMPORTS = """
    SELECT state, count(*), coalesce(sum(accepted), 0), coalesce(sum(rejected), 0) FROM ingest_import GROUP BY state
"""
_MESSAGES = "SELECT way, state, count(*) FROM alerts_message GROUP BY way, state"


@dataclass(frozen=True)
class Queue:
    """`age`: seconds for which the oldest has been due; 0 where nothing waits."""

    name: str
    waiting: int
    age: float


@dataclass(frozen=True)
class Work:
    """`swept`: seconds since the last sweep was seen; None where none ever was."""

    queues: tuple[Queue, ...]
    swept: float | None

    @property
    def oldest(self) -> float:
        return max((queue.age for queue in self.queues), default=0.0)


@dataclass(frozen=True)
class Done:
    """What the database remembers of all processes: (state, files, rows in, rows out) and (way, state, messages)."""

    imports: tuple[tuple[str, int, int, int], ...]
    messages: tuple[tuple[str, str, int], ...]


def database_answers() -> bool:
    return bool(_within(lambda: _rows("SELECT 1")))


def broker_answers() -> bool:
    def ping() -> bool:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        ) as client:
            return bool(client.ping())

    return bool(_within(ping))


def work() -> Work | None:
    """None where the database does not say in time."""

    def ask() -> Work:
        queues, swept = _rows(_QUEUES, _SWEPT)
        return Work(
            tuple(Queue(name, count, max(0.0, float(age or 0))) for name, count, age in queues),
            float(swept[0][0]) if swept else None,
        )

    return _within(ask)


def note_beat() -> None:
    """The beat is alive; without a database nobody learns of it, and the beat goes on."""
    _within(lambda: _rows(_BEAT))


def done() -> Done | None:
    def ask() -> Done:
        imports, messages = _rows(_IMPORTS, _MESSAGES)
        return Done(tuple(map(tuple, imports)), tuple(map(tuple, messages)))

    return _within(ask)


def _rows(*queries: str) -> list[list[tuple[Any, ...]]]:
    line = connection.copy()  # of its own: the caller's may hang, or be in a transaction that has failed
    options = line.settings_dict.setdefault("OPTIONS", {})
    options["connect_timeout"] = SECONDS
    options["options"] = f"-c statement_timeout={SECONDS}s"
    try:
        found = []
        with line.cursor() as cursor:
            for query in queries:
                cursor.execute(query)
                found.append(cursor.fetchall())
        return found
    finally:
        line.close()


def _within(ask: Callable[[], T]) -> T | None:
    """The answer, or None where there is none within three seconds. A server that stopped dead keeps a thread, and no
    more than a few of them: those who ask meanwhile wait for a free one, in vain."""
    try:
        return _threads().submit(ask).result(timeout=SECONDS + 1)
    except (Late, Exception):  # whatever the clients raise: there is no answer
        return None


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="standing")
