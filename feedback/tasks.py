"""What workers do for feedback. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import stopping
from common.queueing import enqueue
from feedback.services import from_answers
from feedback.services.analysis import order_of_the_day
from feedback.services.clocks import complaints_wait, look_next
from feedback.services.publishing import TASK, publish_next, publishing_waits
from feedback.services.reassigning import astray, reassign_next
from feedback.services.terms_moved import follow_terms, terms_moved

CLOCKS = "feedback.tasks.look_at_complaints"


@shared_task(name=TASK)
def publish() -> None:
    """Publishes what marked days say until nothing is left."""
    while not stopping.asked() and publish_next(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(TASK)  # for a worker that stays


@shared_task(name=CLOCKS)
def look_at_complaints() -> None:
    """Warns, breaches, follows up, and gives what is nobody's to somebody, until nothing is due."""
    follow_terms(now=timezone.now())
    while not stopping.asked() and reassign_next(now=timezone.now()):
        pass
    while not stopping.asked() and look_next(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(CLOCKS)  # for a worker that stays


@shared_task(name=from_answers.TASK)
def take_in_answers() -> None:
    """Makes complaints of answers with a low score until none is left."""
    while not stopping.asked() and from_answers.from_answers(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(from_answers.TASK)  # for a worker that stays


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    if publishing_waits():
        enqueue(TASK)
    if from_answers.answers_wait():
        enqueue(from_answers.TASK)
    if complaints_wait(now=timezone.now()) or terms_moved() or astray(limit=1):
        enqueue(CLOCKS)
    order_of_the_day(now=timezone.now())
