"""What people do with an alert: take it, hand it over, close it with its cause."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import Episode, EpisodeEvent, Instance
from alerts.routing import Kind
from alerts.services.apply import settle_by_hand
from alerts.services.escalating import latest_figures, write_event
from alerts.services.steps import PLANNED
from alerts.services.telling import tell
from common.listing import listed
from kpis.stamps import stamp
from organization.gate import can
from organization.models import Person, Role
from organization.services import record

LONGEST_NOTE = 500
SAME = timedelta(minutes=1)  # "in an hour", clicked twice, is one answer


class EpisodeRefused(ValueError):
    """It cannot be done; the message says why, for people."""


class EpisodeEnded(EpisodeRefused):
    """It has ended meanwhile."""


@transaction.atomic
def acknowledge(
    *, episode: Episode, person: Person, now: datetime, until: datetime | None = None, note: str = ""
) -> Episode:
    """She has seen it and sees to it: no reminder and no further step until it gets worse, or until that time.

    Doing so twice changes nothing. Raises EpisodeRefused where it has ended or the time is past.
    """
    episode = _held(episode)
    if until is not None and until <= now:
        raise EpisodeRefused(_("Choose a time that is still to come."))
    if episode.acknowledged_by_id == person.pk and _same(episode.acknowledged_until, until):
        return episode
    runs = episode.next_step_at is not None
    reminds = episode.remind_at is not None
    if episode.acknowledged_at is None or episode.acknowledged_until is not None:
        # What had been planned goes on when that time is over.
        episode.next_step_at = until if runs else None
        episode.remind_at = until if reminds or runs else None
    episode.acknowledged_at, episode.acknowledged_by, episode.acknowledged_until = now, person, until
    episode.holder = person
    _write(episode, EpisodeEvent(kind=Kind.ACKNOWLEDGED, person=person, note=note[:LONGEST_NOTE]), now)
    record(action="alert.acknowledge", subject=_title(episode), person=person, alert=episode.pk)
    return episode


@transaction.atomic
def hand_over(*, episode: Episode, to: Person, person: Person, now: datetime, note: str = "") -> Episode:
    """From now on somebody else sees to it, and is told so.

    Raises EpisodeRefused where it has ended, or where she may not see the area.
    """
    episode = _held(episode)
    if not to.is_active or not can(to, Role.VIEWER, episode.instance.scope):
        raise EpisodeRefused(_("%(name)s cannot see this area.") % {"name": to.label})
    if episode.holder_id == to.pk:
        return episode
    episode.holder = to
    event = EpisodeEvent(kind=Kind.HANDED_OVER, person=person, to_person=to, note=note[:LONGEST_NOTE])
    _write(episode, event, now)
    record(action="alert.hand_over", subject=_title(episode), person=person, alert=episode.pk, to=to.username)
    return episode


@transaction.atomic
def close_by_hand(*, episode: Episode, cause: str, person: Person, now: datetime) -> Episode:
    """Ends it though the figure may still be off: it stays quiet until it has been clear, or gets worse.

    Raises EpisodeRefused where it has ended, or without a cause.
    """
    cause = cause.strip()[:LONGEST_NOTE]
    if not cause:
        raise EpisodeRefused(_("Say what it was: whoever meets the like of it later reads this."))
    episode = _held(episode)
    settle_by_hand(instance=episode.instance, rule=episode.instance.rule, person=person, cause=cause, now=now)
    record(action="alert.close", subject=_title(episode), person=person, alert=episode.pk, cause=cause)
    return Episode.objects.get(pk=episode.pk)


def _held(episode: Episode) -> Episode:
    """With its instance's row held. Raises EpisodeEnded where it has ended meanwhile."""
    Instance.objects.select_for_update(of=("self",)).get(pk=episode.instance_id)
    fresh = Episode.objects.select_related("instance__rule", "instance__metric", "instance__scope")
    episode = fresh.get(pk=episode.pk)
    if episode.closed_at is not None:
        raise EpisodeEnded(_("This alert has ended."))
    return episode


def _same(one: datetime | None, other: datetime | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) <= SAME)


def _write(episode: Episode, event: EpisodeEvent, now: datetime) -> None:
    event.reason, event.at = "answered", now
    write_event(episode, event, latest_figures([episode]).get(episode.pk))
    episode.save(update_fields=[*PLANNED, "holder", "events_count"])
    event.save()
    stamp()
    tell(happened=[(episode.instance.rule, episode.instance, event)], now=now)


def _title(episode: Episode) -> str:
    return listed([episode.instance.metric.label, episode.instance.scope.label])
