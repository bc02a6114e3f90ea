"""Rows that a program sends: kept as a file, and imported at once by whoever asks, where nobody stands before her."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from common.queueing import enqueue
from ingest import sent
from ingest.models import Import, SentOnce, State
from ingest.services.receive import receive
from ingest.services.work import work
from kpis.models import Measure, OverTime
from organization.models import Person
from organization.selectors import company

PRESET = "sent-rows"
KEPT_FOR = timedelta(days=30)
PATIENCE = 15.0  # seconds that a request waits for its twin


class KeyTaken(Exception):
    """The key came before, with another body."""


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key and what came with it."""

    key: str
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def send_rows(*, source: str, rows: Sequence[Any], once: Once | None, person: Person) -> Import:
    """Imports rows of a source, in this process where no import of it is under way before; else a worker will.

    The same `once` again returns the same import, finished if it can be waited for. Raises KeyTaken where its body was
    another, FileRefused where the rows cannot be stored.
    """
    batch = _sent_before(once, person)
    if batch is None:
        try:
            batch = _keep(source, rows, once, person)
        except IntegrityError:  # its twin was quicker by a hair
            batch = _sent_before(once, person)
            if batch is None:
                raise
        else:
            if _may_begin(batch):
                work(batch)
    return _finished(batch)


def reportable_measures() -> list[str]:
    """Codes of the measures that a row may carry: those in use, but for what is computed by its source."""
    known = Measure.objects.in_use().exclude(over_time=OverTime.COMPUTED)
    return list(known.order_by("slot").values_list("code", flat=True))


def _sent_before(once: Once | None, person: Person) -> Import | None:
    if once is None:
        return None
    before = SentOnce.objects.select_related("batch").filter(person=person, key=once.key).first()
    if before is None:
        return None
    if before.digest != once.digest:
        raise KeyTaken
    return before.batch


def _keep(source: str, rows: Sequence[Any], once: Once | None, person: Person) -> Import:
    """The rows as a file and its import, held by us, with the key: all or nothing."""
    measures = sent.measures_in(rows, reportable_measures())
    chunks = sent.as_file(rows, source=source, measures=measures, currency=company().currency)
    stored: Path | None = None
    try:
        with transaction.atomic():
            batch = receive(name=f"{source}.csv", chunks=chunks, preset=PRESET, person=person, held=True)
            stored = settings.UPLOAD_DIR / batch.stored_as
            if once is not None:
                SentOnce.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
                SentOnce.objects.create(person=person, key=once.key, digest=once.digest, batch=batch)
    except BaseException:
        if stored is not None:
            stored.unlink(missing_ok=True)
        raise
    return batch


def _may_begin(batch: Import) -> bool:
    """Whether nothing of its source is under way before it; where there is, it joins the queue."""
    earlier = Import.objects.filter(
        Q(source=batch.source) | Q(source=None),
        state__in=[State.QUEUED, State.RUNNING, State.UNDOING],
        pk__lt=batch.pk,
    )
    if not earlier.exists():
        return True
    with transaction.atomic():
        Import.objects.filter(pk=batch.pk, lease_token=batch.lease_token).update(
            lease_token=None, lease_until=None, attempts=0
        )
        enqueue("ingest.tasks.work")
    return False


def _finished(batch: Import) -> Import:
    """The import as it stands now; one that somebody else works on this minute is waited for a while."""
    batch.refresh_from_db()
    deadline = time.monotonic() + PATIENCE
    while batch.in_work and batch.lease_until is not None and time.monotonic() < deadline:
        time.sleep(0.05)
        batch.refresh_from_db()
    return batch
