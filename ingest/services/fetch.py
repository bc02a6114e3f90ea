"""Doing a pull whose slot has come: fetched into one file, handed on as an ordinary import."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.outbound import OutboundRefused
from common.secrets import SecretLost, unseal
from ingest.errors import FileRefused
from ingest.models import Import, Pull, PullKind, PullRun, PullState, Shape, SinceKind, State
from ingest.pulling.asking import Pairs, Plan, PullRefused, day_text, earlier, higher
from ingest.pulling.fetching import Fetched, Sample, TryAgain, clear, fetch, sample
from ingest.services.pull_queue import claim_run, keeping_lease, still_ours
from ingest.services.queue import LeaseLost
from ingest.services.receive import receive

log = structlog.get_logger()
HANDS = 4
WAITS = (30, 120, 300)  # seconds before the second, third and fourth try
MOST_TRIES = 30  # claims, also by workers that were killed
NIGHTLY_DAYS = 35
CHUNK = 1024 * 1024
_LOCK = 7410  # names our advisory lock


def fetch_due(*, hands: int = HANDS) -> None:
    """Fetches until nothing is due. Several at once, so that a slow one keeps nobody waiting.

    One process at a time, so that fetching never takes every worker; a second one goes away. Nothing is right only
    because of that: runs are claimed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [_LOCK])
        if not cursor.fetchone()[0]:
            return
    busy = 0
    counting = threading.Lock()

    def hand() -> None:
        nonlocal busy
        try:
            while True:
                with counting:
                    busy += 1
                try:
                    while (run := claim_run()) is not None:
                        try:
                            work_run(run)
                        except Exception:  # tried again when the lease ends; the others go on
                            log.exception("pull.broke", run=run.pk)
                finally:
                    with counting:
                        busy -= 1
                if busy == 0:
                    return
                time.sleep(1)  # another one is slow: meanwhile a slot may come
        finally:
            connection.close()

    threads = [threading.Thread(target=hand) for _hand in range(hands)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        # A connection that broke meanwhile has let go by itself.
        with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [_LOCK])


def work_run(run: PullRun) -> None:
    """Fetches a run whose lease we hold. Ends done (with an import, or with nothing new), waiting for another try, or failed.

    A crash leaves the row as it is: the lease ends, and the next worker asks anew.
    """
    pull = run.pull
    fetching = settings.UPLOAD_DIR / "fetching"
    folder = fetching / f"{run.pk}-{run.lease_token}"
    with translation.override(pull.created_by.language if pull.created_by else settings.LANGUAGE_CODE):
        try:
            if run.tries > MOST_TRIES:
                raise PullRefused(_("The workers stopped every time. An administrator finds why in the log."))
            for left in fetching.glob(f"{run.pk}-*"):  # by a worker that died
                clear(left)
            folder.mkdir(parents=True)
            with keeping_lease(run):
                times, run.since = times_of(pull, kind=run.kind, today=timezone.localdate())
                fetched = fetch(plan=plan_of(pull), times=times, folder=folder)
                _hand_on(run, fetched)
        except TryAgain as later:
            _later(run, str(later), later.after)
        except OSError as error:
            _later(run, _("The answer could not be stored: %(why)s.") % {"why": error.strerror or error}, 0)
        except SecretLost:
            _fail(run, _("The keys of this pull cannot be read any more. Type them again."))
        except (PullRefused, OutboundRefused, FileRefused) as refused:
            _fail(run, str(refused))
        except LeaseLost:
            log.warning("pull.lease_lost", run=run.pk)
        finally:
            clear(folder)


def plan_of(pull: Pull) -> Plan:
    """The pull with its secrets opened. Raises SecretLost."""
    return Plan(
        url=pull.url,
        headers=tuple((name, unseal(sealed)) for name, sealed in pull.headers),
        query=tuple((name, value) for name, value in pull.query),
        secret_query=tuple((name, unseal(sealed)) for name, sealed in pull.secret_query),
        json=pull.shape == Shape.JSON,
        records_path=pull.records_path,
        paging=pull.paging,
        page_parameter=pull.page_parameter,
        page_start=pull.page_start,
        size_parameter=pull.size_parameter,
        page_size=pull.page_size,
        cursor_path=pull.cursor_path,
        most_pages=pull.most_pages,
        marker_field=pull.since_field if pull.since_kind == SinceKind.FIELD else "",
    )


def marker_of(pull: Pull) -> str | date | None:
    """How far the pull has come: the last day, or highest value, of its imports that are done and still hold.

    It is read from them each time, so it moves in the very transaction in which an import ends or is taken back.
    """
    held = PullRun.objects.filter(pull=pull, batch__state=State.DONE)
    if pull.since_kind == SinceKind.DAY:
        last: date | None = held.aggregate(last=Max("batch__last_day"))["last"]
        return last
    if pull.since_kind == SinceKind.FIELD:
        return held.exclude(marker="").order_by("-pk").values_list("marker", flat=True).first()
    return None


def times_of(pull: Pull, *, kind: str, today: date) -> tuple[Pairs, str]:
    """The parameters that say since when and until when, and the marker as it is sent."""
    if pull.since_kind == SinceKind.NONE:
        return (), ""
    marker = marker_of(pull)
    long_ago = today - timedelta(days=NIGHTLY_DAYS)
    if isinstance(marker, date):
        since = min(marker, today) - timedelta(days=pull.overlap_days)
        if kind == PullKind.NIGHTLY:
            since = min(since, long_ago)
        text = day_text(since, pull.day_format)
    elif marker:
        text = (earlier(marker, long_ago) if kind == PullKind.NIGHTLY else None) or marker
    else:
        text = pull.since_first
    pairs = [(pull.since_parameter, text)] if text else []
    if pull.until_parameter:
        pairs.append((pull.until_parameter, day_text(today, pull.day_format)))
    return pairs, text


def look_at(pull: Pull, *, folder: Path, today: date) -> Sample:
    """The first page of a pull, importing nothing. Raises TryAgain, PullRefused, OutboundRefused, FileRefused, SecretLost."""
    times, _since = times_of(pull, kind=PullKind.MANUAL, today=today)
    return sample(plan=plan_of(pull), times=times, folder=folder)


def _hand_on(run: PullRun, fetched: Fetched) -> None:
    """The run's end and the import's beginning in one transaction: never one without the other, never two."""
    pull = run.pull
    name = f"{pull.name} {timezone.localtime():%Y-%m-%d %H-%M}"
    batch: Import | None = None
    try:
        with transaction.atomic():
            still_ours(run)
            if fetched.path is not None:
                batch = receive(
                    name=name + fetched.path.suffix,
                    chunks=_chunks(fetched.path),
                    preset=pull.preset,
                    person=pull.created_by,
                    source=pull.source,
                )
            run.state, run.batch, run.error = PullState.DONE, batch, ""
            run.pages, run.records = fetched.pages, fetched.records
            run.marker = higher(fetched.marker, run.since) if fetched.marker and run.since else fetched.marker
            _end(run)
    except BaseException:
        if batch is not None:
            (settings.UPLOAD_DIR / batch.stored_as).unlink(missing_ok=True)
        raise


def _later(run: PullRun, words: str, after: int) -> None:
    """Another try within the slot, later each time; the end of it where the slot leaves no more time."""
    wait = max(WAITS[min(run.tries, len(WAITS)) - 1], after)
    again = timezone.now() + timedelta(seconds=wait)
    if run.tries > len(WAITS) or again > run.give_up_at:
        _fail(run, words)
        return
    PullRun.objects.filter(pk=run.pk, lease_token=run.lease_token).update(
        state=PullState.WAITING, error=words, not_before=again, lease_until=None, since=run.since
    )


def _fail(run: PullRun, words: str) -> None:
    try:
        with transaction.atomic():
            still_ours(run)
            run.state, run.error = PullState.FAILED, words
            _end(run)
    except LeaseLost:
        log.warning("pull.lease_lost", run=run.pk)
    else:
        log.warning("pull.failed", pull=run.pull_id, run=run.pk)


def _end(run: PullRun) -> None:
    run.finished_at, run.lease_until = timezone.now(), None
    run.save(
        update_fields=[
            "state", "batch", "error", "pages", "records", "marker", "since", "finished_at", "lease_until",
        ]
    )  # fmt: skip


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
