"""Saying "look" to the workers. The rows are the memory: where the broker is down, the sweep finds them."""

from __future__ import annotations

import structlog
from celery import Task
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def evaluate() -> None:
    from alerts.tasks import evaluate as task

    _say(task)


def deliver() -> None:
    from alerts.tasks import deliver as task

    _say(task)


def _say(task: Task[..., None]) -> None:
    try:
        task.delay()
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", task=task.name, error=str(error))
