"""What workers do for pages. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import stopping
from common.queueing import enqueue
from dashboards.services import pictures
from dashboards.services.embeds import sweep_embeds
from dashboards.services.mailings import TASK
from dashboards.services.parcels import make_due, send_next, sweep_parcels
from dashboards.services.walls import sweep_screens


@shared_task(name=TASK)
def send_pages() -> None:
    """Makes mails of pages that are due until nothing is left."""
    while not stopping.asked() and send_next(clock=timezone.now):
        pass
    if stopping.asked():
        enqueue(TASK)  # for a worker that stays


@shared_task(name=pictures.TASK)
def draw() -> None:
    """Draws pictures until none waits."""
    while not stopping.asked() and pictures.draw_next(now=timezone.now()):
        pass
    if stopping.asked():
        enqueue(pictures.TASK)  # for a worker that stays


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    now = timezone.now()
    make_due(now=now)
    sweep_parcels(now=now)
    sweep_embeds(now=now)
    sweep_screens(now=now)
    pictures.forget_old_pictures(now=now)
    if pictures.pictures_wait(now=now):
        enqueue(pictures.TASK)
