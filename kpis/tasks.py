"""Workers look here for roll-ups and figures that are due."""

from __future__ import annotations

from celery import shared_task

from kpis.reconciling import check_next
from kpis.work import catch_up


@shared_task(name="kpis.tasks.work")
def work() -> None:
    catch_up()


@shared_task(name="kpis.tasks.reconcile")
def reconcile() -> None:
    """Does checks until none is free, and computes what they marked before they look again."""
    while check_next():
        catch_up()
