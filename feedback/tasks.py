"""What workers do for feedback. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
