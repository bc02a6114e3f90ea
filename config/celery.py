"""The Celery application. Tasks are found in each app's `tasks.py`; the schedule stands in settings."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def start_servers(**_: Any) -> None:
    embedded.ensure_running()


@setup_logging.connect
def log_like_the_web(**_: Any) -> None:
    """With a receiver here, Celery leaves logging alone."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
