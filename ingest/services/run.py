"""One import from file to facts: read, check, write."""

from __future__ import annotations

import time
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.queueing import enqueue
from ingest.errors import ColumnsUnknown, FileRefused
from ingest.layouts import Layout
from ingest.models import Import, PullRun, Reject, State
from ingest.reading.tables import open_table
from ingest.rejecting import reject_bad_lines, reject_twins
from ingest.saved import can_be_said, choose, stamp_of
from ingest.services.queue import HandedBack, LeaseLost, Progress, hand_back, heartbeat
from ingest.sinks import SameKeyTwice, sink
from ingest.staging import Staged, add_up, load, make_typed, map_texts, parallel, spread_over_days
from kpis.models import Measure, Source
from kpis.services import ensure_source
from organization.services import record

log = structlog.get_logger()
_UNKNOWN = gettext_lazy("This file could not be imported. An administrator finds the reason in the log.")
MOST_DEATHS = 30  # of workers, in the middle of a file: most die of something else than the file
MOST_FAULTS = 3


def run(*, batch: Import) -> None:
    """Does an import whose lease we hold. Ends done, or failed with an error for people; nothing half-saved.

    A crash leaves the row as it is: the lease ends, and the next worker begins anew from the kept file.
    """
    staged = Staged(batch.pk)
    language = batch.created_by.language if batch.created_by else settings.LANGUAGE_CODE
    started = time.monotonic()
    ours = True
    with translation.override(language):
        try:
            if batch.attempts > MOST_DEATHS:
                raise FileRefused(str(_UNKNOWN))
            Import.objects.filter(pk=batch.pk).update(state=State.RUNNING, started_at=timezone.now())
            staged.drop()
            with heartbeat(batch) as progress:
                _run(batch, staged, progress, started)
        except ColumnsUnknown as error:
            _ask(batch, str(error))
        except FileRefused as error:
            _fail(batch, str(error))
        except LeaseLost:
            ours = False  # whoever works on it now has tables of the same names
            log.warning("import.lease_lost", batch=batch.pk)
        except HandedBack:
            staged.drop()
            ours = False
            hand_back(batch)
            log.info("import.handed_back", batch=batch.pk)
        except (OperationalError, InterfaceError):
            raise  # the database went away, not the file
        except Exception:
            # Tried again when the lease ends, but not for ever.
            if batch.attempts < MOST_FAULTS:
                raise
            log.exception("import.broke", batch=batch.pk)
            _fail(batch, str(_UNKNOWN))
        finally:
            if ours:
                staged.drop()


def _run(batch: Import, staged: Staged, progress: Progress, started: float) -> None:
    table = open_table(settings.UPLOAD_DIR / batch.stored_as)
    try:
        chosen = choose(table.head, batch.preset)
    except ColumnsUnknown as error:
        if not can_be_said(table.head):
            raise FileRefused(str(error)) from None
        raise
    headings, layout = chosen.headings, chosen.layout
    source = _pulled_for(batch) or ensure_source(
        code=layout.source_code, name=layout.source_name, facts=layout.sink
    )
    if source.facts != layout.sink:  # undoing it would look for its rows elsewhere
        raise FileRefused(
            _("Files of this sort cannot go into the source “%(source)s”, which keeps others.")
            % {"source": source.name}
        )
    batch.headings, batch.encoding, batch.source = headings, table.encoding, source
    slots = dict(Measure.objects.values_list("code", "slot"))
    batch.slots = sorted(slots[code] for code in layout.published)
    batch.stamp = stamp_of(layout)
    twin = _same_file_before(batch, source)
    if twin is not None:
        _nothing_new(batch, twin, started)
        return

    def show(rows: int) -> None:
        progress.rows = rows
        progress.percent = min(40, 40 * rows * 90 // max(1, batch.size))

    batch.rows = load(staged=staged, table=table, head_line=chosen.line, width=len(headings), progress=show)
    if batch.rows == 0:
        raise FileRefused(_("This file has headings but no line below them."))
    progress.phase, progress.percent = "checking", 45
    map_texts(staged=staged, layout=layout, person=batch.created_by)
    make_typed(staged=staged, layout=layout)
    batch.rejected = reject_bad_lines(
        staged=staged, batch=batch, layout=layout, headings=headings, today=timezone.localdate()
    )
    batch.accepted = batch.rows - batch.rejected
    if layout.days > 1:
        spread_over_days(staged=staged, layout=layout)
    apart = add_up(staged=staged, layout=layout) if layout.sums else staged.typed
    progress.phase, progress.percent = "writing", 60
    try:
        _write(batch, staged, layout, apart, started)
    except SameKeyTwice:
        batch.rejected = reject_twins(staged=staged, batch=batch, width=len(headings))
        batch.accepted = batch.rows - batch.rejected
        _write(batch, staged, layout, apart, started)


@transaction.atomic
def _write(batch: Import, staged: Staged, layout: Layout, apart: str, started: float) -> None:
    """Facts, marks and the import's own end in one transaction. Raises SameKeyTwice as the sink does.

    `apart` is the table that has a row a line, where `typed` holds their sums.
    """
    _still_ours(batch)
    assert batch.source is not None
    source = Source.objects.select_for_update(no_key=True).get(pk=batch.source.pk)
    batch.source = source
    with connection.cursor() as cursor:
        parallel(cursor)
        cursor.execute(f"SELECT DISTINCT day FROM {staged.typed}")
        days = sorted(day for (day,) in cursor.fetchall())
    batch.first_day, batch.last_day = (days[0], days[-1]) if days else (None, None)
    batch.revision = source.revision + 1
    _save(batch)
    written = sink(layout.sink).write(
        batch=batch,
        typed=staged.typed,
        days=days,
        lines=apart,
        foreign=layout.foreign,
        replace=layout.replaces,
    )
    batch.corrected, batch.unchanged, batch.gone = written.corrected, written.unchanged, written.gone
    changed = batch.accepted > batch.unchanged or batch.gone > 0
    if changed:
        source.revision = batch.revision
    else:
        batch.revision = source.revision
    if layout.reaches:
        source.last_day = max(filter(None, [source.last_day, batch.last_day]), default=None)
    source.last_success_at = timezone.now()
    source.slots = sorted({*source.slots, *batch.slots})
    source.save(update_fields=["revision", "last_day", "last_success_at", "slots"])
    _finish(batch, State.DONE, started)
    record(
        action="import.done", subject=batch.file_name, person=batch.created_by, batch=batch.pk,
        accepted=batch.accepted, rejected=batch.rejected, corrected=batch.corrected,
    )  # fmt: skip
    enqueue("kpis.tasks.work")


def _pulled_for(batch: Import) -> Source | None:
    """The source that a pull fetched it for; any other file is its layout's."""
    return batch.source if PullRun.objects.filter(batch=batch).exists() else None


def _same_file_before(batch: Import, source: Source) -> Import | None:
    """An earlier import of the very same bytes, where nothing of its source has changed since."""
    return (
        Import.objects.filter(
            sha256=batch.sha256,
            preset=batch.preset,
            stamp=batch.stamp,
            source=source,
            state=State.DONE,
            revision=source.revision,
        )
        .exclude(pk=batch.pk)
        .filter(rejected=0)  # a name may have been made clear since
        .first()
    )


def _nothing_new(batch: Import, twin: Import, started: float) -> None:
    with transaction.atomic():
        _still_ours(batch)
        batch.rows, batch.accepted, batch.rejected = twin.rows, twin.accepted, twin.rejected
        batch.unchanged, batch.corrected, batch.revision = twin.accepted, 0, twin.revision
        batch.first_day, batch.last_day = twin.first_day, twin.last_day
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ingest_reject (batch_id, line, cells, reasons)"
                " SELECT %s, line, cells, reasons FROM ingest_reject WHERE batch_id = %s",
                [batch.pk, twin.pk],
            )
        _finish(batch, State.DONE, started)


def _still_ours(batch: Import) -> None:
    """Holds the import's row to the end of the transaction. Raises LeaseLost where another process took it over."""
    if not Import.objects.select_for_update().filter(pk=batch.pk, lease_token=batch.lease_token).exists():
        raise LeaseLost


def _finish(batch: Import, state: State, started: float) -> None:
    batch.state, batch.progress, batch.phase = state, 100, ""
    batch.finished_at = timezone.now()
    batch.seconds = Decimal(str(round(time.monotonic() - started, 3)))
    batch.lease_until = None
    _save(batch)


def _save(batch: Import) -> None:
    batch.save(
        update_fields=[
            "headings", "encoding", "source", "slots", "first_day", "last_day", "rows", "accepted", "rejected",
            "unchanged", "corrected", "gone", "stamp", "seconds", "revision", "state", "progress", "phase", "finished_at", "lease_until",
        ]
    )  # fmt: skip


def _ask(batch: Import, why: str) -> None:
    """Nobody has said yet what the columns are: the file waits for somebody who does."""
    Import.objects.filter(pk=batch.pk, lease_token=batch.lease_token).update(
        state=State.ASKS, error=why, lease_until=None, phase="", progress=0, attempts=0, source=_pulled_for(batch)
    )  # fmt: skip


def _fail(batch: Import, error: str) -> None:
    """The file stays out as a whole: no row of it, no reject, only the reason."""
    with transaction.atomic():
        Reject.objects.filter(batch=batch).delete()
        Import.objects.filter(pk=batch.pk, lease_token=batch.lease_token).update(
            state=State.FAILED, error=error, finished_at=timezone.now(), lease_until=None, phase="", progress=0,
            rows=0, accepted=0, rejected=0,
        )  # fmt: skip
