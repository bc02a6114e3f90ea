"""Who is told when watched figures changed: apps above register a task, so that nothing here looks upwards."""

from __future__ import annotations

from common.queueing import enqueue
from kpis.models import ReadingChange

_tasks: list[str] = []


def register_listener(task: str) -> None:
    """`task` is a Celery task's name; it claims and deletes `ReadingChange` rows."""
    if task not in _tasks:
        _tasks.append(task)


def tell_listeners() -> None:
    if ReadingChange.objects.exists():
        for task in _tasks:
            enqueue(task)
