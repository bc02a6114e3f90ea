"""Draining what is due, in this process: used by the worker's tasks, by commands and by tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

from django.db import connection

from common import stopping
from kpis.listeners import tell_listeners
from kpis.models import ChangedDay, ChangedScope
from kpis.readings import recompute_next
from kpis.rollups import roll_up_next

_feeding: list[Callable[[], bool]] = []


def register_feeding(step: Callable[[], bool]) -> None:
    """At start-up: what publishes some days of a source whose facts follow from others, and says whether any were due."""
    if step not in _feeding:
        _feeding.append(step)


def catch_up(*, today: date | None = None, hands: int = 1) -> None:
    """Rolls up and recomputes until nothing is due, or this process is asked to stop. `hands` connections work at once; what
    upper floors have yet to publish comes first, then roll-ups."""
    for step in _feeding:
        _drain(step)
    _all_hands(lambda: _drain(roll_up_next), hands)
    _all_hands(lambda: _drain(lambda: recompute_next(today=today)), hands)
    tell_listeners()


def is_due() -> bool:
    """Whether any roll-up or figure waits."""
    return ChangedDay.objects.exists() or ChangedScope.objects.exists()


def _drain(step: Callable[[], bool]) -> None:
    while not stopping.asked() and step():
        pass


def _all_hands(work: Callable[[], None], hands: int) -> None:
    failures: list[BaseException] = []

    def helping() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    helpers = [threading.Thread(target=helping) for _ in range(hands - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
