"""The heartbeat of the background: every beat says "look", and each app looks after its own rows."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from alerts import tasks as alerts
from common.queueing import enqueue
from ingest.services import work_waits
from kpis.services import turn_day
from kpis.work import is_due
from organization.selectors import closed_through


@shared_task
def sweep() -> None:
    """Find work whose message was lost or whose worker died. Harmless when doubled or missed."""
    today = timezone.localdate()
    turn_day(today=today, open_since=closed_through(today) + timedelta(days=1))
    if work_waits():
        enqueue("ingest.tasks.work")
    if is_due():
        enqueue("kpis.tasks.work")
    alerts.sweep()
