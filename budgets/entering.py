"""How spend comes in, made known to the floors below at start-up."""

from __future__ import annotations

from budgets.services.feeding import mark_lines
from kpis.rolled import register_roll_listener


def register() -> None:
    register_roll_listener(mark_lines)
