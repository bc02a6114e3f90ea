"""The tests' settings with the log of production."""

from __future__ import annotations

from config.logs import logging_config
from tests.settings import *  # noqa: F403

LOGGING = logging_config(as_json=True)
