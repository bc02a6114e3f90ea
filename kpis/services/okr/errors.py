"""What is said where an objective or a key result cannot be as asked."""

from __future__ import annotations

from kpis.models.okr import KeyResult, Objective


class ObjectiveRefused(ValueError):
    """It cannot be; the message says why, for people. `field` is where on the form it belongs ("" for all of it);
    `row` is which milestone, counted from 0.
    """

    def __init__(self, message: str, field: str = "", *, row: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.row = row


class ObjectiveMoved(Exception):
    """Somebody else saved it first; nothing was written. `current` is what holds now."""

    def __init__(self, current: Objective) -> None:
        super().__init__(str(current))
        self.current = current


class KeyResultMoved(Exception):
    """Likewise, of a key result."""

    def __init__(self, current: KeyResult) -> None:
        super().__init__(str(current))
        self.current = current
