"""What workers do for feedback. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import stopping
from common.queueing import enqueue
from feedback.services.publishing import TASK, publish_next, publishing_waits


@shared_task(name=TASK)
def publish() -> None:
    """Publishes what marked days say until nothing is left."""
    while not stopping.asked() and publish_next(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(TASK)  # for a worker that stays


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    if publishing_waits():
        enqueue(TASK)
