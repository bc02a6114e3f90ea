"""What workers do for accounts, and long work of any floor. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import queueing, stopping
from organization.services.jobs import TASK, jobs_wait, work_next_job
from organization.services.mails import mails_wait, send_next_mails


@shared_task(name="organization.tasks.send_mails")
def send_mails() -> None:
    """Sends what is due until nothing is left."""
    while send_next_mails(clock=timezone.now):
        pass


@shared_task(name=TASK)
def work_jobs() -> None:
    """Does long work until nothing is left."""
    while not stopping.asked() and work_next_job():
        pass


def sweep() -> None:
    """Finds mails and long work whose message was lost. Called by the heartbeat, on every beat there is."""
    if mails_wait(now=timezone.now()):
        queueing.enqueue("organization.tasks.send_mails")
    if jobs_wait(now=timezone.now()):
        queueing.enqueue(TASK)
