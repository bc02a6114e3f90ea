"""Signs of life of what must never stop."""

from __future__ import annotations

from datetime import datetime

from organization.models import Pulse


def note_pulse(*, name: str, now: datetime) -> None:
    Pulse.objects.update_or_create(name=name, defaults={"seen_at": now})
