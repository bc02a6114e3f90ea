"""She has looked at her bell."""

from __future__ import annotations

from datetime import datetime

from alerts.models import Listening
from organization.models import Person


def mark_seen(*, person: Person, at: datetime) -> None:
    """What she was told up to then is no longer new. Looking leaves no trace in the history: it changes nothing for
    anybody else. Never goes back.
    """
    one, made = Listening.objects.get_or_create(person=person, defaults={"bell_seen_at": at})
    if not made and (one.bell_seen_at is None or one.bell_seen_at < at):
        Listening.objects.filter(pk=one.pk).update(bell_seen_at=at)
