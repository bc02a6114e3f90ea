"""The heartbeat of the background: every beat says "look", and each app looks after its own rows."""

from __future__ import annotations

from celery import shared_task


@shared_task
def sweep() -> None:
    """Find work whose message was lost or whose worker died. Harmless when doubled or missed."""
