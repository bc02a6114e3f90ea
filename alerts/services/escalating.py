"""What the clock does with alerts that nobody has answered: the policy's next step, and reminders."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from alerts.models import Episode, EpisodeEvent, Instance, Policy
from alerts.routing import Kind
from alerts.services.naming import Happened, policies_of
from alerts.services.steps import PLANNED, go_on, remind_at
from alerts.services.telling import tell
from kpis.stamps import stamp

BATCH = 500
FIGURES = (
    "tier",
    "grain",
    "start",
    "through",
    "value",
    "target",
    "expected",
    "attainment",
    "status",
    "condition",
)
TOLD_OF = (Kind.FIRST, Kind.RAISED, Kind.LOWERED)


def unanswered(now: datetime) -> QuerySet[Episode]:
    """Open alerts whose next step or reminder is due."""
    return Episode.objects.filter(closed_at__isnull=True).filter(
        Q(next_step_at__lte=now) | Q(remind_at__lte=now)
    )


@transaction.atomic
def escalate_next(*, now: datetime, limit: int = BATCH) -> int:
    """Takes some alerts a step further, or reminds; returns how many. Call it again until none is left.

    However late, an alert goes one step at a time, with the policy's time between two steps.
    """
    due = list(unanswered(now).order_by("pk").values_list("instance_id", flat=True)[:limit])
    held = Instance.objects.filter(pk__in=due).order_by("pk").select_for_update(skip_locked=True)
    instances = {one.pk: one for one in held}
    episodes = list(
        unanswered(now)
        .filter(instance_id__in=instances)
        .select_related("instance__rule__owner")
        .order_by("pk")
    )
    policies = policies_of({one.instance.rule_id for one in episodes})
    latest = latest_figures(episodes)
    events: list[EpisodeEvent] = []
    for episode in episodes:
        event = _next(episode, policies.get((episode.instance.rule_id, episode.tier)), now)
        if event is not None:
            events.append(write_event(episode, event, latest.get(episode.pk)))
    Episode.objects.bulk_update(episodes, [*PLANNED, "events_count"], batch_size=500)
    made = EpisodeEvent.objects.bulk_create(events)
    if made:
        stamp()
    tell(happened=[_happened(event) for event in made], now=now)
    return len(episodes)


def _next(episode: Episode, policy: Policy | None, now: datetime) -> EpisodeEvent | None:
    """What happens to it now, unsaved; sets what comes after."""
    if policy is None:  # the rule names none any more
        episode.next_step_at = episode.remind_at = None
        return None
    episode.acknowledged_at = episode.acknowledged_by = episode.acknowledged_until = None  # that time is over
    event = EpisodeEvent(kind=Kind.REMINDER, reason="unanswered", at=now)
    if episode.next_step_at is not None and episode.next_step_at <= now:
        event = EpisodeEvent(kind=Kind.ESCALATED, reason="unanswered", at=now, step=episode.next_step)
        go_on(episode, policy, now)
    episode.remind_at = remind_at(policy, now)
    return event


def latest_figures(episodes: list[Episode]) -> dict[int, EpisodeEvent]:
    """The newest event of each that says how the figure stands."""
    events = (
        EpisodeEvent.objects.filter(episode__in=episodes, kind__in=TOLD_OF)
        .order_by("episode_id", "-number")
        .distinct("episode_id")
    )
    return {event.episode_id: event for event in events}


def write_event(episode: Episode, event: EpisodeEvent, figures: EpisodeEvent | None) -> EpisodeEvent:
    """Numbers it and gives it the figures as they were last told of. Both unsaved."""
    episode.events_count += 1
    event.episode, event.number, event.tier = episode, episode.events_count, episode.tier
    if figures is not None:
        for name in FIGURES:
            setattr(event, name, getattr(figures, name))
        event.tier = episode.tier
    return event


def _happened(event: EpisodeEvent) -> Happened:
    instance = event.episode.instance
    return instance.rule, instance, event
