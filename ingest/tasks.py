"""Workers look here for imports, and for addresses that are to be asked."""

from __future__ import annotations

from celery import shared_task

from common import stopping
from common.queueing import enqueue
from ingest.services import fetch_due, work_next
from kpis.work import catch_up


@shared_task(name="ingest.tasks.work")
def work() -> None:
    """Does imports until none is free, and brings the figures up to date after each."""
    while not stopping.asked() and work_next():
        catch_up()
    if stopping.asked():
        enqueue("ingest.tasks.work")  # for a worker that stays


@shared_task(name="ingest.tasks.pull")
def pull() -> None:
    fetch_due()
