"""Taking a file in: it is kept, and a row says that it is to be imported."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.queueing import enqueue
from ingest.errors import ColumnsUnknown, FileRefused
from ingest.layouts import Layout
from ingest.models import Import, State
from ingest.reading.tables import open_table
from ingest.saved import can_be_said, choose, is_preset
from ingest.services.queue import hold
from kpis.models import Source
from kpis.services import ensure_source
from organization.models import Person

CHUNK = 1024 * 1024


def receive(
    *,
    name: str,
    chunks: Iterable[bytes],
    preset: str = "",
    person: Person | None,
    held: bool = False,
    source: Source | None = None,
) -> Import:
    """Stores an uploaded file and queues its import; `held` takes its lease at once, for who does the work itself.

    A file of which nobody has said yet what its columns are waits for that (state `asks`) and is not queued.
    `source` is whose file it is, where that is known beforehand (a pull's); else its layout says.

    Raises FileRefused where it is too large or cannot be stored; then nothing is left behind.
    """
    if not is_preset(preset):
        raise FileRefused(_("There is no layout called “%(name)s”.") % {"name": preset})
    folder = Path(f"{timezone.localdate():%Y/%m}")
    stored_as = folder / f"{uuid.uuid4().hex}{Path(name).suffix.lower()[:10]}"
    size, digest = _store(settings.UPLOAD_DIR / stored_as, chunks)
    try:
        layout, question = _first_look(settings.UPLOAD_DIR / stored_as, preset)
        if source is None and layout is not None:
            source = ensure_source(code=layout.source_code, name=layout.source_name, facts=layout.sink)
        with transaction.atomic():
            batch = Import.objects.create(
                file_name=Path(name).name[-255:],
                stored_as=str(stored_as),
                size=size,
                sha256=digest,
                preset=preset,
                source=source,
                state=State.ASKS if question else State.QUEUED,
                error=question,
                created_by=person,
            )
            if question:
                pass  # for who says what its columns are
            elif held:
                hold(batch)
            else:
                enqueue("ingest.tasks.work")
    except Exception:
        (settings.UPLOAD_DIR / stored_as).unlink(missing_ok=True)
        raise
    return batch


def _store(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Writes the file wholly or not at all; returns its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.UPLOAD_LIMIT_BYTES:
                    limit = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
                    raise FileRefused(
                        _("This file is larger than %(limit)s MB. Split it and send the parts.")
                        % {"limit": limit}
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except FileRefused:
        path.unlink(missing_ok=True)
        raise
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileRefused(why_not_stored(error)) from error
    return size, digest.hexdigest()


def why_not_stored(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return _(
            "There is no room left on the server for this file, and nothing of it was kept."
            " Ask an administrator to make room, then send it again."
        )
    return _("The file could not be stored: %(why)s.") % {"why": error.strerror or type(error).__name__}


def _first_look(path: Path, preset: str) -> tuple[Layout | None, str]:
    """Whose file it is, so that files of one source are imported in the order in which they came; or what to ask."""
    try:
        head = open_table(path).head
        return choose(head, preset).layout, ""
    except ColumnsUnknown as unknown:
        return None, str(unknown) if can_be_said(head) else ""
    except FileRefused:
        return None, ""  # said again, and kept, when the import runs
