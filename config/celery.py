"""The Celery application. Tasks are found in each app's `tasks.py`; the schedule stands in settings."""

from __future__ import annotations

import logging.config
import os
import time
from typing import Any

import structlog
from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_shutdown,
    worker_shutting_down,
)

from common import stopping
from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Every process of ours imports this before numpy. There is a process per core already: threads of the algebra beneath
# forecasts only spin beside each other, and cost twice the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])
app.autodiscover_tasks()

log = structlog.get_logger("plumbline.task")
_began: dict[str, float] = {}


@worker_init.connect
@beat_init.connect
def start_servers(**_: Any) -> None:
    embedded.ensure_running()


@setup_logging.connect
def log_like_the_web(**_: Any) -> None:
    """With a receiver here, Celery leaves logging alone."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_shutting_down.connect
def tell_long_work(**_: Any) -> None:
    """The signal reaches the parent alone; its children look at the mark between two pieces of work."""
    stopping.ask()


# -- Which request caused what, and how it went ---------------------------------------------------


@before_task_publish.connect
def send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if headers is not None and request_id:
        headers["request_id"] = request_id


@before_task_publish.connect(sender="config.tasks.sweep")
def note_beat(**_: Any) -> None:
    """The beat alone asks for sweeps. A beat that asks and no sweep that is made: then it is the workers."""
    from config import standing

    standing.note_beat()


@task_prerun.connect
def begin(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    known = {"task": task.name, "task_id": task_id}
    request_id = task.request.get("request_id")
    if request_id:
        known["request_id"] = request_id
    structlog.contextvars.bind_contextvars(**known)
    _began[task_id] = time.monotonic()


@task_prerun.connect
def keep_the_companys_day(**_: Any) -> None:
    """Days begin and end where the company says, whoever works and wherever the server stands."""
    from zoneinfo import ZoneInfo

    from django.db import DatabaseError
    from django.utils import timezone

    from organization.selectors import company

    try:
        timezone.activate(ZoneInfo(company().time_zone))
    except (DatabaseError, LookupError, ValueError):  # the database is down: the task itself will say so
        timezone.deactivate()


@task_postrun.connect
def end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    from config.metrics import TASK_SECONDS, TASKS
    from config.tally import tally

    seconds = time.monotonic() - _began.pop(task_id, time.monotonic())
    outcome = (state or "unknown").lower()
    tally.add(TASKS, task.name, outcome)
    tally.observe(TASK_SECONDS, task.name, seconds=seconds)
    log.info("task", outcome=outcome, ms=round(seconds * 1000))
    structlog.contextvars.clear_contextvars()


@worker_process_shutdown.connect
def count_the_last(**_: Any) -> None:
    from config.tally import tally

    tally.flush()
