"""Who is told when a tree is restated: apps above register, so that nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Restated:
    """What is about to change, or has changed, in one tree. Ids of nodes; None among the parents is the top.

    `counted`: with all that lies below them, they count elsewhere from now on, at least in part.
    `asleep`: they stop to have figures of their own, or begin to have them again.
    `parents`: what hangs directly below them changes.
    """

    dimension: str
    counted: Collection[int]
    asleep: Collection[int]
    parents: Collection[int | None]


class TreeListener(Protocol):
    def before(self, change: Restated) -> None:
        """In the transaction of the change, nothing is changed yet; nobody else rolls up or changes trees meanwhile."""

    def after(self, change: Restated) -> None:
        """In the same transaction; the tree is as it will be."""

    def notes(self, change: Restated) -> list[str]:
        """What it would mean, for the person who considers it: a sentence each."""


_listeners: list[TreeListener] = []


def register_tree_listener(listener: TreeListener) -> None:
    _listeners.append(listener)


def tell_before(change: Restated) -> None:
    for listener in _listeners:
        listener.before(change)


def tell_after(change: Restated) -> None:
    for listener in _listeners:
        listener.after(change)


def notes_on(change: Restated) -> list[str]:
    return [note for listener in _listeners for note in listener.notes(change)]
