"""What workers do for alerts. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts import services
from alerts.models import Message, MessageState, Rule
from common import queueing
from kpis.models import ReadingChange


@shared_task(name="alerts.tasks.evaluate")
def evaluate() -> None:
    """Judges rules that were edited, then figures that changed, until nothing is left."""
    while services.judge_next_rule(now=timezone.now(), today=timezone.localdate()):
        pass
    while services.evaluate(now=timezone.now(), today=timezone.localdate()).claimed:
        pass


@shared_task(name="alerts.tasks.deliver")
def deliver() -> None:
    """Sends what is due until nothing is left."""
    while services.deliver_next(clock=timezone.now):
        pass


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    services.cover_new_areas(now=timezone.now(), today=timezone.localdate())
    if ReadingChange.objects.exists() or Rule.objects.filter(anew_due=True).exists():
        queueing.enqueue("alerts.tasks.evaluate")
    if Message.objects.filter(state=MessageState.QUEUED, next_attempt_at__lte=timezone.now()).exists():
        queueing.enqueue("alerts.tasks.deliver")
