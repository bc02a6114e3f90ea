"""Reading long work for those who wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from organization.jobs import find_job_kind
from organization.models import Job, JobState, Person


@dataclass(frozen=True)
class JobSeen:
    """A job as a person sees it, for `organization/_job.html`. `seconds_left`: None where nothing can be said yet."""

    job: Job
    label: str
    seconds_left: int | None
    may_cancel: bool


def latest_job(*, kind: str, key: str = "") -> Job | None:
    """The newest of a kind and key, whatever became of it."""
    return Job.objects.filter(kind=kind, key=key).order_by("-pk").select_related("created_by").first()


def job_seen(*, job: Job | None, person: Person, now: datetime) -> JobSeen | None:
    """None where there is none, or it is not hers to see."""
    kind = find_job_kind(job.kind) if job is not None else None
    if job is None or kind is None or not kind.may_see(person, job):
        return None
    left = None
    if job.state == JobState.RUNNING and job.started_at is not None and job.progress >= 5:
        passed = (now - job.started_at).total_seconds()
        left = max(1, round(passed * (100 - job.progress) / job.progress))
    return JobSeen(
        job, str(kind.label), left, job.is_open and not job.cancel_asked and kind.may_cancel(person, job)
    )
