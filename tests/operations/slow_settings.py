"""The tests' settings with one address that takes its time."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.operations.slow_urls"
