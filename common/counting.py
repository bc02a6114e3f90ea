"""Counting in Redis by the minute: how often somebody has asked in the one that runs.

Without Redis nothing is counted, and nobody is held up: who asks is told so, and the log.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.core.cache import cache

log = structlog.get_logger()
WINDOW = 60


@dataclass(frozen=True)
class Counted:
    used: int  # in this minute, this time included
    wait: float  # seconds until it is counted anew


def count(who: str, *, now: float, log_as: str) -> Counted | None:
    """Counts once more for `who`; `now` in seconds since 1970. None where it could not be counted."""
    minute = int(now // WINDOW)
    key = f"{who}:{minute}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        used = cache.incr(key)
    except Exception as error:  # whatever the cache's client raises: answering matters more than counting
        log.warning(log_as, error=str(error))
        return None
    return Counted(used, (minute + 1) * WINDOW - now)
