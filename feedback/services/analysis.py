"""What is worked out of answers as a whole: ordered by whatever changes them, done by workers (`organization.jobs`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from decisions.selectors.rights import today_of
from feedback.models import Answer
from organization.models import Job, Person
from organization.services import order_job

TOPICS = "feedback.topics"
DRIVERS = "feedback.drivers"
JOBS: tuple[str, ...] = (TOPICS, DRIVERS)
QUIET = timedelta(minutes=10)  # answers come one by one, and what is read out of a year of them can wait


def order_analysis(*, now: datetime) -> None:
    """In the caller's transaction, after answers changed."""
    for kind in JOBS:
        order_job(kind=kind, person=None, now=now, after=QUIET)


def order_drivers(*, person: Person, now: datetime) -> Job:
    """By hand, at once."""
    return order_job(kind=DRIVERS, person=person, now=now)


def order_of_the_day(*, now: datetime) -> None:
    """What was not ordered today yet, since the months that are looked at move on with the days."""
    newest = dict(
        Job.objects.filter(kind__in=JOBS)
        .order_by("kind", "-pk")
        .distinct("kind")
        .values_list("kind", "created_at")
    )
    old = [kind for kind in JOBS if kind not in newest or today_of(newest[kind]) < today_of(now)]
    if old and Answer.objects.exists():
        for kind in old:
            order_job(kind=kind, person=None, now=now)
