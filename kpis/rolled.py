"""Who is told that amounts were rolled up: apps above register at start-up, so that nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from kpis.models import Source

RollListener = Callable[[Source, Sequence[date], Sequence[int]], None]
_listeners: list[RollListener] = []


def register_roll_listener(listener: RollListener) -> None:
    """Called with the source, the days and the ids of the scopes whose roll-ups were written anew or taken away, inside
    the transaction of the roll-up: it only marks what is due.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def anybody_listens() -> bool:
    return bool(_listeners)


def tell_rolled(source: Source, days: Sequence[date], scope_ids: Sequence[int]) -> None:
    for listener in _listeners:
        listener(source, days, scope_ids)
