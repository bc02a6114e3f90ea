"""What one person was told of, by any way: how much of it is new to her, and the newest of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from alerts.models import Episode, EpisodeEvent, Listening, Notice
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Person

SHOWN = 50
NEVER = Value(datetime(1, 1, 2, tzinfo=UTC))
_AREA = [f"episode__instance__scope__{dimension}" for dimension in DIMENSIONS]


@dataclass(frozen=True)
class ToldRow:
    """`opens`: she sees the area; of what she does not see, nothing is named but that there was something."""

    event: EpisodeEvent
    at: datetime
    new: bool
    opens: bool

    @property
    def episode(self) -> Episode:
        return self.event.episode


def bell_count(person: Person) -> int:
    """Events that she was told of since she last looked. One query by index."""
    seen = Subquery(Listening.objects.filter(person=person).values("bell_seen_at")[:1])
    told = Notice.objects.filter(person=person, decision="due", decided_at__gt=Coalesce(seen, NEVER))
    return told.values("event_id").distinct().count()


def seen_at(person: Person) -> datetime | None:
    """When she last looked at her bell."""
    return Listening.objects.filter(person=person).values_list("bell_seen_at", flat=True).first()


def told_lately(person: Person) -> tuple[ToldRow, ...]:
    """The newest events that she was told of, each once. A fixed number of queries."""
    seen = seen_at(person)
    rows = (
        Notice.objects.filter(person=person, decision="due")
        .order_by("-decided_at", "-pk")
        .values_list("event_id", "decided_at")[: SHOWN * 3]  # at most one for each of three ways
    )
    newest: dict[int, datetime] = {}
    for event_id, at in rows:
        newest.setdefault(event_id, at)
    wanted = list(newest)[:SHOWN]
    events = EpisodeEvent.objects.select_related("episode__instance__metric", *_AREA).in_bulk(wanted)
    hers = set(
        visible_scopes(person)
        .filter(pk__in={one.episode.instance.scope_id for one in events.values()})
        .values_list("pk", flat=True)
    )
    return tuple(
        ToldRow(
            events[pk],
            newest[pk],
            seen is None or newest[pk] > seen,
            events[pk].episode.instance.scope_id in hers,
        )
        for pk in wanted
    )
