"""Who works on which import: claimed by a conditional update, held by a lease that a heartbeat renews."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from common import stopping
from common.heartbeat import BrokenOff
from common.heartbeat import heartbeat as beating
from common.queueing import enqueue
from ingest.models import Import

LEASE = timedelta(seconds=60)
RENEW_EVERY = 15  # beats


class HandedBack(Exception):
    """This process is to stop; what it did is rolled back, and the import is free for another one at once."""


class LeaseLost(Exception):
    """Somebody else works on this import now; what this process did is rolled back."""


@dataclass
class Progress:
    """What the heartbeat shows to those who wait."""

    phase: str = "reading"
    percent: int = 0
    rows: int = 0


_FREE = """
    SELECT id FROM ingest_import AS mine
    WHERE state IN ('queued', 'running', 'undoing') AND (lease_until IS NULL OR lease_until < now())
      AND NOT EXISTS (
          SELECT 1 FROM ingest_import AS earlier
          WHERE earlier.state IN ('queued', 'running', 'undoing') AND earlier.id < mine.id
            AND (earlier.source_id = mine.source_id OR earlier.source_id IS NULL OR mine.source_id IS NULL))
    ORDER BY id LIMIT 1"""


def claim_next() -> Import | None:
    """The oldest import that nobody holds. Files of one source are worked on in the order in which they came."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ingest_import SET lease_token = %s, lease_until = now() + %s::interval, attempts = attempts + 1"
            f" WHERE id = ({_FREE} FOR UPDATE SKIP LOCKED) RETURNING id",
            [uuid.uuid4(), f"{LEASE.seconds} seconds"],
        )
        row = cursor.fetchone()
    return Import.objects.get(pk=row[0]) if row else None


def work_waits() -> bool:
    """Whether an import is free to be worked on."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_FREE})")
        return bool(cursor.fetchone()[0])


def hold(batch: Import) -> None:
    """Takes the lease of an import that this transaction has just made."""
    batch.lease_token, batch.lease_until, batch.attempts = uuid.uuid4(), timezone.now() + LEASE, 1
    batch.save(update_fields=["lease_token", "lease_until", "attempts"])


def hand_back(batch: Import) -> None:
    """Lets go of an import in the middle of it, and tells the others to look."""
    Import.objects.filter(pk=batch.pk, lease_token=batch.lease_token, attempts__gt=0).update(
        lease_until=None, attempts=F("attempts") - 1
    )
    enqueue("ingest.tasks.work")


@contextmanager
def heartbeat(batch: Import) -> Iterator[Progress]:
    """Renews the lease and shows the progress from a thread and a connection of its own, while the work goes on.

    Raises HandedBack out of the work where the process was asked to stop and the work does not end in time.
    """
    progress, shown = Progress(), Progress(phase="")
    mine = Import.objects.filter(pk=batch.pk, lease_token=batch.lease_token)

    def beat(number: int) -> None:
        nonlocal shown
        now = Progress(progress.phase, progress.percent, progress.rows)
        if now != shown:
            mine.update(phase=now.phase, progress=now.percent, rows=now.rows)
            shown = now
        if number % RENEW_EVERY == 0:
            mine.update(lease_until=timezone.now() + LEASE)

    try:
        with beating(beat=beat, must_end=lambda: stopping.asked_for() > settings.WORKER_GRACE_SECONDS):
            yield progress
    except BrokenOff as error:
        raise HandedBack from error
