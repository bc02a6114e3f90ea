"""Long work on a leased row: a sign of life each second beside it, and a way to break it off in the middle.

No tables: whoever owns the row says what a beat writes, and when the work must end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

BEAT = 1.0  # seconds


class BrokenOff(Exception):
    """The work was broken off; what its open transaction did is rolled back."""


@contextmanager
def heartbeat(*, beat: Callable[[int], None], must_end: Callable[[], bool]) -> Iterator[threading.Event]:
    """Calls `beat` with its number from a thread and a connection of its own, while the work goes on in this one.

    When `must_end` says so, the event is set and whatever statement the work runs is cancelled, again and again until
    the work ends: as BrokenOff, where a statement was what ended. Work that runs no statement looks at the event.
    `must_end` is asked from a thread apart: a beat may wait for a row that the work itself holds.
    """
    stop, broken_off = threading.Event(), threading.Event()
    connection.ensure_connection()
    working = connection.connection

    def beats() -> None:
        number = 0
        try:
            while not stop.wait(BEAT):
                number += 1
                beat(number)
        finally:
            connection.close()

    def watches() -> None:
        try:
            while not stop.wait(BEAT / 2):
                if must_end():
                    broken_off.set()
                    working.cancel()  # whatever statement runs now ends with an error; else one of the next does
        finally:
            connection.close()

    threads = [threading.Thread(target=target, daemon=True) for target in (beats, watches)]
    for thread in threads:
        thread.start()
    try:
        yield broken_off
    except DatabaseError as error:
        if broken_off.is_set():
            raise BrokenOff from error
        raise
    finally:
        stop.set()
        for thread in threads:
            thread.join()
