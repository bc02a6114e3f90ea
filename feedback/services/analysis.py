"""What is worked out of answers as a whole: ordered by whatever changes them, done by workers (`organization.jobs`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from organization.services import order_job

TOPICS = "feedback.topics"
JOBS: tuple[str, ...] = (TOPICS,)
QUIET = timedelta(minutes=10)  # answers come one by one, and what is read out of a year of them can wait


def order_analysis(*, now: datetime) -> None:
    """In the caller's transaction, after answers changed."""
    for kind in JOBS:
        order_job(kind=kind, person=None, now=now, after=QUIET)
