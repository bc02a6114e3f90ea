"""Long work: ordered as a row, done by whichever worker comes first, watched, cancelled, tried again after a crash."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common import stopping
from common.heartbeat import BrokenOff, heartbeat
from common.queueing import enqueue
from organization.jobs import JobCancelled, JobLost, Progress, find_job_kind
from organization.models import Job, JobState, Person
from organization.services.audit import record
from organization.services.errors import Refused

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
RENEW_EVERY = 15  # beats
TRIES = 3
TASK = "organization.tasks.work_jobs"


def order_job(
    *,
    kind: str,
    key: str = "",
    params: Mapping[str, Any] | None = None,
    person: Person | None,
    now: datetime,
    after: timedelta = timedelta(0),
) -> Job:
    """Has the work done, no earlier than `after` from now. Of a kind and key one is open at a time: one that waits takes
    the new params, and the new time where that is sooner; one that runs is followed by another with them. Part of the
    caller's transaction.

    Raises LookupError where nobody has registered the kind.
    """
    if find_job_kind(kind) is None:
        raise LookupError(kind)
    wanted = dict(params or {})
    while True:
        with transaction.atomic():
            known = Job.objects.select_for_update().filter(kind=kind, key=key, state__in=Job.OPEN).first()
            if known is not None:
                if known.state == JobState.WAITING:
                    known.params, known.created_by = wanted, person
                    sooner = now + after < known.not_before
                    known.not_before = min(known.not_before, now + after)
                    known.save(update_fields=["params", "created_by", "not_before"])
                    if sooner:
                        enqueue(TASK, after=int(after.total_seconds()))
                else:
                    known.next_params = wanted
                    known.save(update_fields=["next_params"])
                return known
        try:
            with transaction.atomic():
                made = Job.objects.create(
                    kind=kind,
                    key=key,
                    params=wanted,
                    created_by=person,
                    created_at=now,
                    not_before=now + after,
                )
        except IntegrityError:  # by somebody else in this very moment
            continue
        enqueue(TASK, after=int(after.total_seconds()))
        return made


@transaction.atomic
def cancel_job(*, job: Job, person: Person, now: datetime) -> Job:
    """Ends it, and what was ordered after it. Twice is once. Raises PermissionDenied where it is not hers to end."""
    kind = find_job_kind(job.kind)
    if kind is None or not kind.may_cancel(person, job):
        raise PermissionDenied
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.is_open or job.cancel_asked:
        return job
    job.cancel_asked, job.next_params = True, None
    if job.state == JobState.WAITING or (job.lease_until is not None and job.lease_until < now):
        job.state, job.finished_at, job.lease_until = JobState.CANCELLED, now, None
    job.save(update_fields=["cancel_asked", "next_params", "state", "finished_at", "lease_until"])
    record(action="job.cancel", subject=f"{job.kind} {job.key}".strip(), person=person, job=job.pk)
    return job


def jobs_wait(*, now: datetime) -> bool:
    return bool(_free(now).exists())


def work_next_job(*, now: datetime | None = None) -> bool:
    """Does the next piece of work, if there is one for us."""
    job = _claim(now or timezone.now())
    if job is None:
        return False
    _work(job)
    return True


def _free(now: datetime) -> Any:
    return Job.objects.filter(state__in=Job.OPEN, not_before__lte=now).exclude(lease_until__gte=now)


@transaction.atomic
def _claim(now: datetime) -> Job | None:
    job: Job | None = _free(now).order_by("not_before", "pk").select_for_update(skip_locked=True).first()
    if job is None:
        return None
    job.lease_token, job.lease_until, job.attempts = uuid.uuid4(), now + LEASE, job.attempts + 1
    job.state, job.started_at = JobState.RUNNING, now
    job.save(update_fields=["lease_token", "lease_until", "attempts", "state", "started_at"])
    return job


def _work(job: Job) -> None:
    language = job.created_by.language if job.created_by else settings.LANGUAGE_CODE
    kind = find_job_kind(job.kind)
    with translation.override(language):
        if job.cancel_asked:
            _finish(job, JobState.CANCELLED)
            return
        if kind is None or job.attempts > TRIES:
            _finish(
                job,
                JobState.FAILED,
                _("It stopped in the middle, each time. The log of the workers says more."),
            )
            return
        try:
            with _beating(job) as progress:
                kind.run(job, progress)
        except Refused as refused:
            _finish(job, JobState.FAILED, str(refused))
        except JobLost:
            log.warning("job.lease_lost", job=job.pk)
        except (JobCancelled, BrokenOff):
            if stopping.asked():
                _hand_back(job)
            else:
                _finish(job, JobState.CANCELLED)
        except (OperationalError, InterfaceError):
            raise  # the database went away: the lease ends, and somebody tries again
        except Exception:
            log.exception("job.broke", job=job.pk, kind=job.kind)
            if job.attempts < TRIES:
                _hand_back(job, after=timedelta(seconds=30), counted=True)
            else:
                _finish(
                    job,
                    JobState.FAILED,
                    _("This did not work, and not for want of trying. The log says why."),
                )
        else:
            _finish(job, JobState.DONE)


@contextmanager
def _beating(job: Job) -> Iterator[Progress]:
    """The progress of a job that this process works on; its lease is renewed beside it."""
    mine = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=JobState.RUNNING)
    shown = (-1, "", 0)

    def hold() -> None:
        held = mine.select_for_update().first()
        if held is None:
            raise JobLost
        if held.cancel_asked:
            raise JobCancelled

    def beat(number: int) -> None:
        nonlocal shown
        now = (progress.percent, progress.phase, progress.rows)
        if now != shown:
            mine.update(progress=now[0], phase=now[1][:100], rows=now[2])
            shown = now
        if number % RENEW_EVERY == 0:
            mine.update(lease_until=timezone.now() + LEASE)

    def must_end() -> bool:
        if stopping.asked_for() > settings.WORKER_GRACE_SECONDS:
            return True
        return mine.filter(cancel_asked=True).exists()

    progress = Progress(hold=hold)
    with heartbeat(beat=beat, must_end=must_end) as progress.broken_off:
        yield progress


def _hand_back(job: Job, *, after: timedelta = timedelta(0), counted: bool = False) -> None:
    """Lets go of it in the middle; another worker takes it up."""
    Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=JobState.RUNNING).update(
        lease_until=None, state=JobState.WAITING, not_before=timezone.now() + after, phase="", progress=0,
        attempts=F("attempts") - (0 if counted else 1),
    )  # fmt: skip
    enqueue(TASK, after=int(after.total_seconds()))


@transaction.atomic
def _finish(job: Job, state: JobState, error: str = "") -> None:
    now = timezone.now()
    ended = (
        Job.objects.select_for_update()
        .filter(pk=job.pk, lease_token=job.lease_token, state=JobState.RUNNING)
        .first()
    )
    if ended is None:
        return
    ended.state, ended.error, ended.finished_at, ended.lease_until = state, error, now, None
    ended.progress = 100 if state == JobState.DONE else ended.progress
    ended.phase = ""
    ended.save(update_fields=["state", "error", "finished_at", "lease_until", "progress", "phase"])
    if ended.next_params is not None and state != JobState.CANCELLED:
        order_job(kind=ended.kind, key=ended.key, params=ended.next_params, person=ended.created_by, now=now)
