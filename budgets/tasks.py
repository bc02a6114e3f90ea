"""What workers do for budgets. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from budgets.services import ladder
from budgets.services.feeding import TASK, feed_next, lines_wait
from budgets.services.publishing import publish_next, publishing_waits, turn_day
from budgets.services.questions import questions_wait, raise_next
from common import stopping
from common.queueing import enqueue


@shared_task(name="budgets.tasks.publish")
def publish() -> None:
    """Publishes what marked lines say until nothing is left."""
    while not stopping.asked() and publish_next(today=timezone.localdate()):
        pass
    if stopping.asked():
        enqueue("budgets.tasks.publish")  # for a worker that stays


@shared_task(name="budgets.tasks.follow_settings")
def follow_settings() -> None:
    """Brings the rules that budgets brought along in step with the settings, with what was approved and what was closed."""
    now = timezone.now()
    for budget in ladder.lacking_rules():
        ladder.make_rules(budget=budget, person=None, now=now)
    ladder.follow_settings(now=now)
    ladder.end_with_budgets(now=now)


@shared_task(name=TASK)
def feed() -> None:
    """Lets marked lines follow the cost of their channels until nothing is left."""
    while not stopping.asked() and feed_next(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(TASK)  # for a worker that stays


@shared_task(name="budgets.tasks.raise_questions")
def raise_questions() -> None:
    """Brings questions that nobody answered in time before the manager."""
    while not stopping.asked() and raise_next(now=timezone.now()):
        pass


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    turn_day(today=timezone.localdate())
    if publishing_waits():
        enqueue("budgets.tasks.publish")
    if ladder.rules_wait():
        enqueue("budgets.tasks.follow_settings")
    if lines_wait():
        enqueue(TASK)
    if questions_wait(now=timezone.now()):
        enqueue("budgets.tasks.raise_questions")
