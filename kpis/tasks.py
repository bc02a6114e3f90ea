"""Workers look here for roll-ups and figures that are due."""

from __future__ import annotations

from celery import shared_task

from kpis.work import catch_up


@shared_task(name="kpis.tasks.work")
def work() -> None:
    catch_up()
