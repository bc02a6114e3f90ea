"""What workers do for pages. A task only says "look"; doubled, early or lost ones cost nothing."""

from __future__ import annotations

from django.utils import timezone

from dashboards.services.embeds import sweep_embeds


def sweep() -> None:
    """Finds work whose message was lost. Called by the heartbeat, on every beat there is."""
    sweep_embeds(now=timezone.now())
