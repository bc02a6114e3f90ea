"""Workers look here for imports, and for addresses that are to be asked."""

from __future__ import annotations

from celery import shared_task

from ingest.services import fetch_due, work_next
from kpis.work import catch_up


@shared_task(name="ingest.tasks.work")
def work() -> None:
    """Does imports until none is free, and brings the figures up to date after each."""
    while work_next():
        catch_up()


@shared_task(name="ingest.tasks.pull")
def pull() -> None:
    fetch_due()
