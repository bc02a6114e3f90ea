"""How many codes of screens are tried, and how many screens ask for one, in a minute. While Redis is away, all pass."""

from __future__ import annotations

from math import ceil
from time import time

import structlog
from django.http import HttpRequest

from common.counting import count
from organization.models import Person
from organization.network import hashed_address

log = structlog.get_logger(__name__)
TRIES = 10  # of one person
TRIES_OF_ALL = 60
SCREENS = 30  # from one address: a building's share one
SCREENS_OF_ALL = 300


def wait_to_try(person: Person) -> int:
    """Seconds until she may try another code; 0: now. Counts once more."""
    return _wait(f"try:{person.pk}", TRIES) or _wait("try", TRIES_OF_ALL)


def wait_to_ask(request: HttpRequest) -> int:
    """The same of a screen that asks for its first code."""
    return _wait(f"screen:{hashed_address(request, salt='dashboards.screen')}", SCREENS) or _wait(
        "screen", SCREENS_OF_ALL
    )


def _wait(who: str, rate: int) -> int:
    counted = count(f"dashboards:rate:{who}", now=time(), log_as="dashboards.not_counted")
    if counted is None or counted.used <= rate:
        return 0
    if counted.used == rate + 1:
        log.warning("dashboards.held_up", by=who.partition(":")[0], rate=rate)
    return max(1, ceil(counted.wait))
