"""What workers do for decisions. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import queueing, stopping
from decisions.services.reminding import remind_next, reminders_due


@shared_task(name="decisions.tasks.remind")
def remind() -> None:
    """Reminds of what waits until nothing is left."""
    while not stopping.asked() and remind_next(now=timezone.now()):
        pass
    if stopping.asked() and reminders_due(now=timezone.now()):
        queueing.enqueue("decisions.tasks.remind")


def sweep() -> None:
    """Called by the heartbeat, on every beat there is."""
    if reminders_due(now=timezone.now()):
        queueing.enqueue("decisions.tasks.remind")
