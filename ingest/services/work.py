"""Doing imports: the next one that is free, or one of this machine's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.models import Import, State
from ingest.services.queue import claim_next
from ingest.services.receive import receive
from ingest.services.run import run
from ingest.services.undo import undo
from organization.models import Person

CHUNK = 1024 * 1024


def work_next() -> bool:
    """Does the next piece of work, if there is one for us."""
    batch = claim_next()
    if batch is None:
        return False
    work(batch)
    return True


def work(batch: Import) -> None:
    """Does an import whose lease we hold."""
    if batch.state == State.UNDOING:
        undo(batch=batch)
    else:
        run(batch=batch)


def import_path(*, path: Path, preset: str = "", person: Person | None = None) -> Import:
    """Imports a file of this machine in this process and returns the finished import (done, or failed with `error`,
    or waiting for somebody to say what its columns are).

    Roll-ups and figures are still due: call `kpis.work.catch_up` after it. Raises OSError where it cannot be read.
    """
    batch = receive(name=path.name, chunks=_chunks(path), preset=preset, person=person, held=True)
    if batch.state != State.ASKS:
        work(batch)
    batch.refresh_from_db()
    return batch


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
