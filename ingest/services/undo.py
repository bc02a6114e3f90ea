"""Taking an import back, exactly: what it wrote goes, what it replaced returns, what came later stays."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from common.queueing import enqueue
from ingest.models import Import, State
from ingest.services.queue import LeaseLost
from ingest.sinks import sink
from kpis.models import Source
from organization.models import Person
from organization.services import record


@transaction.atomic
def ask_undo(*, batch: Import, person: Person | None) -> bool:
    """Queues the undoing of a finished import. False where it is not done (any more)."""
    asked = Import.objects.filter(pk=batch.pk, state=State.DONE).update(
        state=State.UNDOING, lease_until=None, attempts=0, progress=0
    )
    if asked:
        record(action="import.undo", subject=batch.file_name, person=person, batch=batch.pk)
        enqueue("ingest.tasks.work")
    return bool(asked)


@transaction.atomic
def undo(*, batch: Import) -> None:
    """Undoes an import whose lease we hold, in one transaction. Figures are due after it."""
    mine = Import.objects.select_for_update().filter(
        pk=batch.pk, lease_token=batch.lease_token, state=State.UNDOING
    )
    if not mine.exists():
        raise LeaseLost
    assert batch.source is not None
    source = Source.objects.select_for_update(no_key=True).get(pk=batch.source.pk)
    source.last_day = sink(source.facts).take_back(batch=batch)
    source.revision += 1
    source.save(update_fields=["revision", "last_day"])
    mine.update(state=State.UNDONE, finished_at=timezone.now(), lease_until=None, progress=100)
    enqueue("kpis.tasks.work")
