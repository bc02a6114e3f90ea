"""What workers do for customers. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common.queueing import enqueue
from customers.services.retention import retention_waits, sweep_retention

TASK = "customers.tasks.erase_old"


@shared_task(name=TASK)
def erase_old() -> None:
    """Erases personal data whose time is over."""
    sweep_retention(today=timezone.localdate())


def sweep() -> None:
    """Called by the heartbeat, on every beat there is."""
    if retention_waits(today=timezone.localdate()):
        enqueue(TASK)
