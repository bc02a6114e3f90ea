"""Which silences run, and which alerts they cover now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from alerts.conditions import Level
from alerts.models import Episode, Silence
from alerts.silencing import Covers, Watched, silent_until
from organization.selectors.answering import Ancestry


def covers_of(silence: Silence) -> Covers:
    """For the pure module; `scope` at hand."""
    return Covers(
        pk=silence.pk,
        nodes=silence.scope.node_ids(),
        rule=silence.rule_id,
        metric=silence.metric_id,
        up_to=Level(silence.up_to_level),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
    )


def running(now: datetime) -> list[Covers]:
    found = Silence.objects.filter(starts_at__lte=now, ends_at__gt=now).select_related("scope")
    return [covers_of(silence) for silence in found]


def silenced(episodes: Collection[Episode], *, now: datetime) -> dict[int, datetime]:
    """By the ids of those open alerts that a silence covers: until when. At most two queries; their areas at hand."""
    silences = running(now)
    opened = [one for one in episodes if one.closed_at is None]
    if not silences or not opened:
        return {}
    ancestry = Ancestry([one.instance.scope for one in opened])
    found = {}
    for one in opened:
        watched = Watched(
            rule=one.instance.rule_id,
            metric=one.instance.metric_id,
            level=Level(one.tier),
            above=ancestry.above(one.instance.scope),
        )
        until = silent_until(silences, watched, now)
        if until is not None:
            found[one.pk] = until
    return found
