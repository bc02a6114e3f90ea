"""Telling the workers to look. The row is the work; the message only saves waiting for the sweep."""

from __future__ import annotations

import structlog
from django.db import transaction

log = structlog.get_logger()


def enqueue(task: str, *, after: int = 0) -> None:
    """Sends a task by name once the transaction is committed, to run after so many seconds. A broker that is down costs a sweep, not the work."""

    def send() -> None:
        from celery import current_app

        try:
            current_app.send_task(task, countdown=after or None)
        except Exception as error:  # whatever the broker's client raises: the sweep will find the row
            log.warning("broker.unreachable", task=task, error=str(error))

    transaction.on_commit(send)
