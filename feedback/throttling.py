"""How many forms a minute are read: from one address of the network, and of one link.

Counted in Redis; while it is away, forms are read. The first keeps one sender from filling the database, the second many.
"""

from __future__ import annotations

from math import ceil
from time import time

import structlog
from django.http import HttpRequest

from common.counting import count
from organization.network import hashed_address

log = structlog.get_logger(__name__)
OF_ADDRESS = 30  # a shop's guests share one
OF_LINK = 300
NOT_COUNTED = "feedback.form_not_counted"


def wait_for_address(request: HttpRequest) -> int:
    """Seconds that this address has to wait; 0: go on. Counts once more."""
    return _wait(f"address:{hashed_address(request, salt='feedback.address')}", OF_ADDRESS)


def wait_for_link(link: int) -> int:
    """The same of a link. Ask only for senders who need not wait themselves, so that one cannot close it to all."""
    return _wait(f"link:{link}", OF_LINK)


def _wait(who: str, rate: int) -> int:
    counted = count(f"feedback:rate:{who}", now=time(), log_as=NOT_COUNTED)
    if counted is None or counted.used <= rate:
        return 0
    if counted.used == rate + 1:  # once a minute: a line for each would be a flood of its own
        log.warning("feedback.forms_held_up", by=who.partition(":")[0], rate=rate)
    return max(1, ceil(counted.wait))
