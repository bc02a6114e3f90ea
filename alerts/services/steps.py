"""When an alert's policy goes on: which step comes next, and when those told are reminded."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection

from alerts.models import Episode, Policy
from alerts.routing import BEGINS, ENDS, Kind, next_step
from alerts.services.naming import Happened

PLANNED = [
    "next_step",
    "next_step_at",
    "remind_at",
    "acknowledged_at",
    "acknowledged_by_id",
    "acknowledged_until",
]


def plan(happened: Sequence[Happened], policies: Mapping[tuple[int, int], Policy], now: datetime) -> None:
    """Sets what comes next for each alert. One statement, and none where nothing does.

    Coming to a worse tier begins its policy, whoever had acknowledged; a milder one begins its own where it is
    another, and the end ends all.
    """
    moved: dict[int, Episode] = {}
    for rule, _instance, event in happened:
        episode, kind = event.episode, Kind(event.kind)
        before = _planned(episode)
        policy = policies.get((rule.pk, event.tier))
        if kind in BEGINS:
            begin(episode, policy, now)
            episode.acknowledged_at = episode.acknowledged_by = episode.acknowledged_until = None
        elif kind in ENDS:
            begin(episode, None, now)
        elif kind == Kind.LOWERED and episode.acknowledged_at is None:
            begin(episode, policy, now)
        else:
            continue
        if _planned(episode) != before:
            moved[episode.pk] = episode
    _save(moved.values())


def _planned(episode: Episode) -> tuple[object, ...]:
    return tuple(getattr(episode, name) for name in PLANNED)


def _save(episodes: Collection[Episode]) -> None:
    """As text for the database: to have Django put a thousand rows into one statement takes seconds."""
    if not episodes:
        return
    rows = [{"id": one.pk, **dict(zip(PLANNED, _planned(one), strict=True))} for one in episodes]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_episode AS episode
            SET next_step = new.next_step, next_step_at = new.next_step_at, remind_at = new.remind_at,
                acknowledged_at = new.acknowledged_at, acknowledged_by_id = new.acknowledged_by_id,
                acknowledged_until = new.acknowledged_until
            FROM jsonb_to_recordset(%s::jsonb) AS new(
                id bigint, next_step smallint, next_step_at timestamptz, remind_at timestamptz,
                acknowledged_at timestamptz, acknowledged_by_id bigint, acknowledged_until timestamptz)
            WHERE episode.id = new.id
            """,
            [json.dumps(rows, default=_written)],
        )


def _written(at: datetime) -> str:
    return at.isoformat()


def begin(episode: Episode, policy: Policy | None, now: datetime) -> None:
    """From now on the policy runs, or none does. Unsaved."""
    after = next_step(delays_of(policy), now) if policy else None
    episode.next_step, episode.next_step_at = after or (0, None)
    episode.remind_at = remind_at(policy, now)


def go_on(episode: Episode, policy: Policy, now: datetime) -> None:
    """The step that was due has come: sets the one after it. Unsaved.

    The time between two steps is kept also where the first came late, so that somebody can answer it.
    """
    delays = dict(delays_of(policy))
    since = now - timedelta(minutes=delays.get(episode.next_step, 0))
    after = next_step(list(delays.items()), since, episode.next_step)
    episode.next_step, episode.next_step_at = after or (episode.next_step, None)


def delays_of(policy: Policy) -> list[tuple[int, int]]:
    return [(step.position, step.delay_minutes) for step in policy.steps.all()]


def remind_at(policy: Policy | None, now: datetime) -> datetime | None:
    if policy is None or policy.repeat_minutes is None:
        return None
    return now + timedelta(minutes=policy.repeat_minutes)
