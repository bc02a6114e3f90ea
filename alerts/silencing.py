"""Which silence covers an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from alerts.conditions import Level


@dataclass(frozen=True)
class Covers:
    """What a silence names, by ids; None is anything. `nodes` of its area by dimension: none is the company."""

    pk: int
    nodes: Mapping[str, int]
    rule: int | None
    metric: int | None
    up_to: Level
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Watched:
    """What an alert is about. `above`: by dimension the ids of its area's node and of all above it."""

    rule: int
    metric: int
    level: Level
    above: Mapping[str, AbstractSet[int]]


def covers(silence: Covers, watched: Watched) -> bool:
    """Whether it fits all that the silence names, whatever the time."""
    return (
        silence.rule in (None, watched.rule)
        and silence.metric in (None, watched.metric)
        and watched.level <= silence.up_to
        and all(pk in watched.above.get(dimension, ()) for dimension, pk in silence.nodes.items())
    )


def silent_until(silences: Iterable[Covers], watched: Watched, at: datetime) -> datetime | None:
    """When the last of the silences ends that cover this now; None where none does."""
    return max(
        (one.ends_at for one in silences if one.starts_at <= at < one.ends_at and covers(one, watched)),
        default=None,
    )
