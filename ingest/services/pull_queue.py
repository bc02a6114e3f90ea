"""Which pull is due, and who fetches it: made once a slot, claimed by a conditional update, held by a lease."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ingest.models import PullRun
from ingest.services.queue import LEASE, LeaseLost

RENEW_SECONDS = 15.0

_OPEN = "state IN ('queued', 'fetching', 'waiting')"
_COLUMNS = (
    """(pull_id, kind, slot, state, give_up_at, tries, since, marker, pages, records, error, created_by_id)"""
)

# A pull whose last fetch is not over, or not imported yet, waits with its slot: it would ask for the same again.
_BUSY = f"""EXISTS (SELECT 1 FROM ingest_pullrun AS run LEFT JOIN ingest_import AS batch ON batch.id = run.batch_id
    WHERE run.pull_id = pull.id AND (run.{_OPEN} OR batch.state IN ('queued', 'running', 'undoing', 'asks')))"""

_MAKE_DUE = f"""
    WITH due AS (
        SELECT id, next_at, every_minutes * interval '1 minute' AS every FROM ingest_pull AS pull
        WHERE paused_at IS NULL AND next_at <= now() AND NOT {_BUSY}
        ORDER BY next_at FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        UPDATE ingest_pull AS pull
        SET next_at = due.next_at + due.every * (floor(extract(epoch FROM now() - due.next_at)
            / extract(epoch FROM due.every)) + 1)
        FROM due WHERE due.id = pull.id
    )
    INSERT INTO ingest_pullrun {_COLUMNS}
    SELECT id, 'scheduled', next_at, 'queued', now() + least(every, interval '15 minutes') - interval '1 minute',
        0, '', '', 0, 0, '', NULL
    FROM due ORDER BY id ON CONFLICT DO NOTHING
"""

_MAKE_NIGHTLY = f"""
    INSERT INTO ingest_pullrun {_COLUMNS}
    SELECT id, 'nightly', %(slot)s, 'queued', now() + interval '1 hour', 0, '', '', 0, 0, '', NULL
    FROM ingest_pull AS pull
    WHERE paused_at IS NULL AND since_kind <> 'none' AND created_at < %(slot)s AND NOT {_BUSY}
      AND NOT EXISTS (SELECT 1 FROM ingest_pullrun AS run WHERE run.pull_id = pull.id AND run.slot = %(slot)s)
    ORDER BY id ON CONFLICT DO NOTHING
"""

_MAKE_MANUAL = f"""
    INSERT INTO ingest_pullrun {_COLUMNS}
    SELECT id, 'manual', clock_timestamp(), 'queued', now() + interval '10 minutes', 0, '', '', 0, 0, '', %(person)s
    FROM ingest_pull AS pull WHERE id = %(pull)s AND NOT {_BUSY}
    ON CONFLICT DO NOTHING RETURNING id
"""

_FREE = f"""SELECT id FROM ingest_pullrun
    WHERE {_OPEN} AND not_before <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY not_before, id LIMIT 1"""


@transaction.atomic
def make_due() -> int:
    """A run for each pull whose slot has come; how many. Any number of beats may ask: a slot is made once.

    Slots that passed while nobody looked are not made up for: the next answer holds what they would have.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_DUE)
        return int(cursor.rowcount)


@transaction.atomic
def make_nightly(*, night: datetime) -> int:
    """A run a night for each pull that otherwise asks for news alone: late corrections come in. `night` is its moment."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_NIGHTLY, {"slot": night})
        return int(cursor.rowcount)


def make_manual(*, pull: int, person: int | None) -> int | None:
    """A run at once, its id; None while another one of this pull is not over."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_MANUAL, {"pull": pull, "person": person})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def claim_run() -> PullRun | None:
    """The run that has waited longest and that nobody holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ingest_pullrun SET lease_token = %s, lease_until = now() + %s::interval, tries = tries + 1,"
            " state = 'fetching', started_at = coalesce(started_at, now())"
            f" WHERE id = ({_FREE} FOR UPDATE SKIP LOCKED) RETURNING id",
            [uuid.uuid4(), f"{LEASE.seconds} seconds"],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return PullRun.objects.select_related("pull__source", "pull__created_by", "created_by").get(pk=row[0])


def pulls_wait() -> bool:
    """Whether a run is free to be fetched."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_FREE})")
        return bool(cursor.fetchone()[0])


def still_ours(run: PullRun) -> None:
    """Holds the run's row to the end of the transaction. Raises LeaseLost where another process took it over."""
    if not PullRun.objects.select_for_update().filter(pk=run.pk, lease_token=run.lease_token).exists():
        raise LeaseLost


@contextmanager
def keeping_lease(run: PullRun) -> Iterator[None]:
    """Renews the lease from a thread and a connection of its own, as long as the fetching goes on."""
    stop = threading.Event()

    def renew() -> None:
        try:
            while not stop.wait(RENEW_SECONDS):
                PullRun.objects.filter(pk=run.pk, lease_token=run.lease_token).update(
                    lease_until=timezone.now() + timedelta(seconds=LEASE.seconds)
                )
        finally:
            connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
