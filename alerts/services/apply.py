"""The only writer of where alerts stand: instances, episodes and their events, and what follows from them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from alerts.conditions import Figure, Level, Outcome, Terms
from alerts.lifecycle import (
    NO_STREAKS,
    Change,
    Reason,
    Snapshot,
    State,
    Streaks,
    Transition,
    close,
    judge_anew,
    settle,
    step,
)
from alerts.models import CloseReason, Episode, EpisodeEvent, Instance, Rule
from alerts.services.consequences import order
from alerts.services.telling import tell
from alerts.services.troubles import tell_owners, trouble_of
from kpis.stamps import stamp
from organization.models import Person

_CLOSED_BY = {Reason.RULE_CHANGED: CloseReason.RULE_CHANGED, Reason.BY_HAND: CloseReason.BY_HAND}


@dataclass(frozen=True)
class Judgement:
    """A locked instance and what a look at its figure gave.

    `anew`: the rule was made or edited since. `earlier` are the outcomes of the periods before, oldest first.
    """

    instance: Instance
    rule: Rule
    terms: Terms
    figure: Figure | None
    outcome: Outcome
    anew: bool = False
    earlier: tuple[Outcome, ...] = ()


@dataclass
class _Step:
    """One instance's way through a batch."""

    instance: Instance
    rule: Rule
    after: Snapshot
    transition: Transition
    outcome: str
    figure: Figure | None = None
    terms: Terms | None = None
    episode: Episode | None = field(default=None)
    person: Person | None = None
    note: str = ""


def snapshot_of(instance: Instance) -> Snapshot:
    return Snapshot(
        state=State(instance.state),
        tier=Level(instance.tier),
        since=instance.since,
        period=instance.period,
        streaks=_streaks(instance.streaks),
        settled=Level(instance.settled_tier),
        recent=instance.recent,
        flapping=instance.flapping,
    )


@transaction.atomic
def apply_outcomes(*, judgements: Sequence[Judgement], now: datetime) -> list[EpisodeEvent]:
    """Moves each instance by its outcome and writes what follows, in a fixed number of statements.

    The caller holds the instances' rows FOR UPDATE, taken in the order of their ids. Returns the new events.
    """
    steps, troubles = [], []
    for judgement in judgements:
        before = snapshot_of(judgement.instance)
        look = judge_anew if judgement.anew else step
        after, transition = look(
            before, judgement.outcome, now, terms=judgement.terms, earlier=judgement.earlier
        )
        steps.append(
            _Step(
                instance=judgement.instance,
                rule=judgement.rule,
                after=after,
                transition=transition,
                outcome=judgement.outcome.result.value,
                figure=judgement.figure,
                terms=judgement.terms,
            )
        )
        troubles.append(
            trouble_of(
                instance=judgement.instance,
                rule=judgement.rule,
                reason=transition.reason,
                before="" if judgement.anew else judgement.instance.reason,
            )
        )
    events = _write(steps, now)
    tell_owners(troubles=[trouble for trouble in troubles if trouble is not None], now=now)
    return events


@transaction.atomic
def close_uncovered(*, instances: Iterable[Instance], rule: Rule, now: datetime) -> list[EpisodeEvent]:
    """Ends what the rule no longer asks for, with the reason "rule changed". The rows are held as above."""
    steps = []
    for instance in instances:
        after, transition = close(snapshot_of(instance), now)
        steps.append(_Step(instance=instance, rule=rule, after=after, transition=transition, outcome=""))
    return _write(steps, now)


@transaction.atomic
def settle_by_hand(
    *, instance: Instance, rule: Rule, person: Person, cause: str, now: datetime
) -> list[EpisodeEvent]:
    """Ends an open alert because a person closed it; the row is held as above. Empty where none is open any more."""
    before = snapshot_of(instance)
    if not before.is_open:
        return []
    after, transition = settle(before, now)
    return _write(
        [
            _Step(
                instance=instance,
                rule=rule,
                after=after,
                transition=transition,
                outcome=instance.outcome,
                person=person,
                note=cause,
            )
        ],
        now,
    )


def _write(steps: list[_Step], now: datetime) -> list[EpisodeEvent]:
    _write_instances(steps, now)
    changed = [step for step in steps if step.transition.change != Change.NONE]
    if not changed:
        return []
    _write_episodes(changed, now)
    events = EpisodeEvent.objects.bulk_create(_event(step, now) for step in changed)
    stamp()
    order(happened=[(step.rule, event) for step, event in zip(changed, events, strict=True)], now=now)
    tell(
        happened=[(step.rule, step.instance, event) for step, event in zip(changed, events, strict=True)],
        now=now,
    )
    return events


def _write_instances(steps: list[_Step], now: datetime) -> None:
    """One statement, and only for rows that something changed for: an import repeated writes nothing.

    The instances in hand are brought in step, so that what follows (who is told, and when: `flapping` holds messages
    back) goes by where they stand after this look.
    """
    rows = []
    for moved in steps:
        reason = moved.transition.reason.value
        if moved.after == snapshot_of(moved.instance) and (moved.outcome, reason) == (
            moved.instance.outcome,
            moved.instance.reason,
        ):
            continue
        rows.append(
            {
                "id": moved.instance.pk,
                "state": moved.after.state.value,
                "tier": int(moved.after.tier),
                "since": moved.after.since.isoformat() if moved.after.since else None,
                "period": moved.after.period.isoformat() if moved.after.period else None,
                "streaks": list(moved.after.streaks),
                "settled_tier": int(moved.after.settled),
                "recent": moved.after.recent,
                "flapping": moved.after.flapping,
                "outcome": moved.outcome,
                "reason": reason,
            }
        )
        _bring_in_step(moved, now)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_instance AS instance
            SET state = new.state, tier = new.tier, since = new.since, period = new.period,
                streaks = new.streaks, settled_tier = new.settled_tier, recent = new.recent,
                flapping = new.flapping, outcome = new.outcome, reason = new.reason, looked_at = %s
            FROM jsonb_to_recordset(%s::jsonb) AS new(
                id bigint, state text, tier smallint, since timestamptz, period date,
                streaks smallint[], settled_tier smallint, recent integer, flapping boolean,
                outcome text, reason text)
            WHERE instance.id = new.id
            """,
            [now, json.dumps(rows)],
        )


def _bring_in_step(moved: _Step, now: datetime) -> None:
    instance, after = moved.instance, moved.after
    instance.state, instance.tier, instance.since = after.state.value, int(after.tier), after.since
    instance.period, instance.streaks = after.period, list(after.streaks)
    instance.settled_tier, instance.recent, instance.flapping = (
        int(after.settled),
        after.recent,
        after.flapping,
    )
    instance.outcome, instance.reason = moved.outcome, moved.transition.reason.value
    instance.looked_at = now


def _write_episodes(changed: list[_Step], now: datetime) -> None:
    """Opens, moves and ends episodes, and gives each step its own."""
    opening = [step for step in changed if step.transition.change == Change.FIRST]
    going_on = [step for step in changed if step.transition.change != Change.FIRST]
    opened = Episode.objects.bulk_create(
        Episode(
            instance=step.instance,
            tier=step.transition.tier,
            peak_tier=step.transition.tier,
            events_count=1,
            opened_at=now,
        )
        for step in opening
    )
    for began, episode in zip(opening, opened, strict=True):
        began.episode = episode
    open_episodes = {
        episode.instance_id: episode
        for episode in Episode.objects.filter(
            instance_id__in=[step.instance.pk for step in going_on], closed_at__isnull=True
        )
    }
    for moved in going_on:
        episode = moved.episode = open_episodes[moved.instance.pk]
        episode.tier = moved.transition.tier
        episode.peak_tier = max(episode.peak_tier, moved.transition.tier)
        episode.events_count += 1
        if not moved.after.is_open:
            episode.closed_at = now
            episode.close_reason = _CLOSED_BY.get(moved.transition.reason, CloseReason.RECOVERED)
            episode.close_cause = moved.note
    _move_episodes(open_episodes.values())


def _move_episodes(episodes: Collection[Episode]) -> None:
    """One statement, however many there are."""
    if not episodes:
        return
    rows = [
        {
            "id": one.pk,
            "tier": one.tier,
            "peak_tier": one.peak_tier,
            "events_count": one.events_count,
            "closed_at": one.closed_at.isoformat() if one.closed_at else None,
            "close_reason": one.close_reason,
            "close_cause": one.close_cause,
        }
        for one in episodes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_episode AS episode
            SET tier = new.tier, peak_tier = new.peak_tier, events_count = new.events_count,
                closed_at = new.closed_at, close_reason = new.close_reason, close_cause = new.close_cause
            FROM jsonb_to_recordset(%s::jsonb) AS new(
                id bigint, tier smallint, peak_tier smallint, events_count integer, closed_at timestamptz,
                close_reason text, close_cause text)
            WHERE episode.id = new.id
            """,
            [json.dumps(rows)],
        )


def _event(step: _Step, now: datetime) -> EpisodeEvent:
    assert step.episode is not None
    figure = step.figure
    return EpisodeEvent(
        episode=step.episode,
        number=step.episode.events_count,
        kind=step.transition.change.value,
        tier=step.transition.tier,
        reason=step.transition.reason.value,
        at=now,
        grain=step.rule.grain,
        start=figure.start if figure else step.after.period,
        through=figure.through if figure else None,
        value=figure.value if figure else None,
        target=figure.target if figure else None,
        expected=figure.expected if figure else None,
        attainment=figure.attainment if figure else None,
        status=figure.status if figure else "grey",
        condition=_condition_seen(step),
        person=step.person,
        note=step.note,
    )


def _condition_seen(step: _Step) -> dict[str, Any] | None:
    """What the figure was held against: of the tier that holds, or of the one that was left."""
    tier = step.terms.tier(step.transition.tier) if step.terms else None
    if tier is None:
        return None
    return tier.condition.as_seen(step.figure) if step.figure else tier.condition.as_json()


def _streaks(counts: Sequence[int]) -> Streaks:
    if not counts:
        return NO_STREAKS
    clear, watch, warning, critical = counts
    return clear, watch, warning, critical
