"""What workers do for alerts. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts import services
from alerts.models import Message, MessageState, Rule
from alerts.selectors.digest import due_digests
from alerts.services import consequences
from alerts.services.digest import write_next_digest
from alerts.services.escalating import unanswered
from alerts.services.gathering import waiting
from common import queueing, stopping
from kpis.models import ReadingChange


@shared_task(name="alerts.tasks.evaluate")
def evaluate() -> None:
    """Judges rules that were edited, those whose time has come, then figures that changed, until nothing is left."""
    while not stopping.asked() and services.judge_next_rule(now=timezone.now(), today=timezone.localdate()):
        pass
    while not stopping.asked() and services.look_by_the_clock(now=timezone.now(), today=timezone.localdate()):
        pass
    while not stopping.asked() and services.evaluate(now=timezone.now(), today=timezone.localdate()).claimed:
        pass
    _leave("alerts.tasks.evaluate")


@shared_task(name="alerts.tasks.deliver")
def deliver() -> None:
    """Sends what is due until nothing is left."""
    while not stopping.asked() and services.deliver_next(clock=timezone.now):
        pass
    _leave("alerts.tasks.deliver")


@shared_task(name="alerts.tasks.gather")
def gather() -> None:
    """Takes unanswered alerts a step further, and judges again what was held, until nothing is left."""
    while not stopping.asked() and services.escalate_next(now=timezone.now()):
        pass
    while not stopping.asked() and services.gather_next(now=timezone.now()):
        pass
    _leave("alerts.tasks.gather")


@shared_task(name="alerts.tasks.digest")
def digest() -> None:
    """Writes the digests whose time has come, a person at a time."""
    while not stopping.asked() and write_next_digest(now=timezone.now()):
        pass
    _leave("alerts.tasks.digest")


@shared_task(name="alerts.tasks.carry_out")
def carry_out() -> None:
    """Does what alerts bring about besides telling people, until nothing is left."""
    while not stopping.asked() and services.carry_out_next(now=timezone.now()):
        pass
    _leave("alerts.tasks.carry_out")


def _leave(task: str) -> None:
    """A process that is to stop leaves the rest to one that stays."""
    if stopping.asked():
        queueing.enqueue(task)


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    services.cover_new_areas(now=timezone.now(), today=timezone.localdate())
    services.look_where_put_away(now=timezone.now())
    due = Rule.objects.filter(anew_due=True) | Rule.objects.filter(
        enabled=True, next_look_at__lte=timezone.now()
    )
    if ReadingChange.objects.exists() or due.exists():
        queueing.enqueue("alerts.tasks.evaluate")
    if Message.objects.filter(state=MessageState.QUEUED, next_attempt_at__lte=timezone.now()).exists():
        queueing.enqueue("alerts.tasks.deliver")
    if unanswered(timezone.now()).exists() or waiting(timezone.now()).exists():
        queueing.enqueue("alerts.tasks.gather")
    if consequences.waiting(timezone.now()).exists():
        queueing.enqueue("alerts.tasks.carry_out")
    if due_digests(timezone.now()):
        queueing.enqueue("alerts.tasks.digest")
