"""One alert's page: how its figure ran, what happened and who was told, others like it, what is said and done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language

from alerts.alert_kind import KIND
from alerts.condition_words import condition_words
from alerts.models import Episode, EpisodeEvent, Instance, Notice, Rule
from alerts.selectors.answering import Answer, answer_of
from alerts.selectors.consequences import Deed, deeds_of
from alerts.selectors.course import Course, course_of
from alerts.selectors.silenced import silenced
from alerts.wording import period_words
from decisions.models import Comment, Task, TaskState
from decisions.selectors import Thread, thread
from kpis.models import Metric, Reading
from organization.gate import Action, can, visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company

ALIKE = 5
AREA = [f"instance__scope__{dimension}" for dimension in DIMENSIONS]
PEOPLE = ("holder", "acknowledged_by")


@dataclass(frozen=True)
class EventRow:
    event: EpisodeEvent
    period: str
    asked: str  # what the level asked for then, in words
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Alike:
    """An earlier alert of the figure and area: by the same rule or another, how long it lasted, what was done."""

    episode: Episode
    same_rule: bool
    lasted: timedelta
    said: Comment | None  # the last that somebody said about it
    done: tuple[str, ...]  # tasks that were done for it


@dataclass(frozen=True)
class EpisodePage:
    episode: Episode
    metric: Metric
    rule: Rule
    scope: Scope
    events: tuple[EventRow, ...]  # the newest first
    now: Reading | None
    course: Course | None
    alike: tuple[Alike, ...]
    deeds: tuple[Deed, ...]  # what it did besides telling people, the newest first
    thread: Thread
    answer: Answer
    may_edit: bool
    may_read_messages: bool
    silent_until: datetime | None = None  # where a silence covers it now

    @property
    def anybody_told(self) -> bool:
        """Whether it was ever decided about anybody, be it not to tell her."""
        return any(row.notices for row in self.events)


def get_episode_or_404(person: Person, pk: int) -> Episode:
    """Raises Http404 where her grants do not cover its area."""
    episode = (
        Episode.objects.filter(pk=pk, instance__scope__in=visible_scopes(person))
        .select_related("instance__rule__owner", "instance__rule__scope", "instance__metric", *PEOPLE, *AREA)
        .first()
    )
    if episode is None:
        raise Http404
    return episode


def episode_page(person: Person, pk: int, *, as_of: datetime) -> EpisodePage:
    """Raises Http404 where her grants do not cover its area. A fixed number of queries."""
    episode = get_episode_or_404(person, pk)
    instance = episode.instance
    events = list(episode.events.select_related("person", "to_person").order_by("number"))
    fiscal_start = company().fiscal_year_start
    return EpisodePage(
        episode=episode,
        metric=instance.metric,
        rule=instance.rule,
        scope=instance.scope,
        events=_event_rows(episode, events, fiscal_start),
        now=_reading(instance),
        course=course_of(episode, events, today=timezone.localdate(as_of), fiscal_start=fiscal_start),
        alike=alike(episode),
        deeds=deeds_of(episode),
        thread=thread(person, KIND, episode.pk, as_of=as_of),
        answer=answer_of(person, episode, as_of=as_of),
        may_edit=can(person, Action.MANAGE_ALERTS, instance.rule.scope),
        may_read_messages=can(person, Action.SEE_OUTBOX),
        silent_until=silenced([episode], now=as_of).get(episode.pk),
    )


@dataclass(frozen=True)
class AnswerPage:
    """What an alert is about, for whoever came by the link in a message."""

    episode: Episode
    metric: Metric
    scope: Scope
    answer: Answer
    latest: EventRow | None  # the newest that says how the figure stood


def answer_page(person: Person, episode: Episode, *, as_of: datetime) -> AnswerPage:
    """`episode` as `get_episode_or_404` gives it."""
    newest = list(episode.events.order_by("-number")[:1])
    rows = _event_rows(episode, newest, company().fiscal_year_start)
    return AnswerPage(
        episode=episode,
        metric=episode.instance.metric,
        scope=episode.instance.scope,
        answer=answer_of(person, episode, as_of=as_of),
        latest=rows[0] if rows else None,
    )


def _event_rows(episode: Episode, events: list[EpisodeEvent], fiscal_start: int) -> tuple[EventRow, ...]:
    notices: dict[int, list[Notice]] = {}
    for notice in (
        Notice.objects.filter(event__episode=episode)
        .select_related("person", "connection", "message")
        .order_by("person_id", "connection_id", "way")
    ):
        notices.setdefault(notice.event_id, []).append(notice)
    language, metric = get_language() or "en", episode.instance.metric
    return tuple(
        EventRow(
            event,
            period_words(event, language, fiscal_start=fiscal_start),
            condition_words(event.condition, metric, language),
            tuple(notices.get(event.pk, ())),
        )
        for event in reversed(events)
    )


def _reading(instance: Instance) -> Reading | None:
    """The figure as it is now, of the period that was looked at last."""
    if instance.period is None:
        return None
    return Reading.objects.filter(
        scope=instance.scope_id, metric=instance.metric_id, grain=instance.rule.grain, start=instance.period
    ).first()


def alike(episode: Episode) -> tuple[Alike, ...]:
    """Those of the same figure and area that began before, by the same rule first. Whoever sees one sees all.

    Three queries.
    """
    instance = episode.instance
    before = Episode.objects.filter(closed_at__isnull=False, opened_at__lt=episode.opened_at).exclude(
        pk=episode.pk
    )
    before = before.select_related("instance__rule").order_by("-opened_at", "-pk")
    found = list(before.filter(instance=instance.pk)[:ALIKE])
    if len(found) < ALIKE:
        others = before.filter(instance__metric=instance.metric_id, instance__scope=instance.scope_id)
        found += others.exclude(instance=instance.pk)[: ALIKE - len(found)]
    about = {"kind": KIND, "subject_id__in": [one.pk for one in found]}
    said = {
        one.subject_id: one
        for one in Comment.objects.filter(**about)
        .select_related("author")
        .order_by("subject_id", "-pk")
        .distinct("subject_id")
    }
    done: dict[int, list[str]] = {}
    for subject_id, title in (
        Task.objects.filter(**about, state=TaskState.DONE).order_by("pk").values_list("subject_id", "title")
    ):
        done.setdefault(subject_id, []).append(title)
    return tuple(
        Alike(
            one,
            one.instance_id == instance.pk,
            one.closed_at - one.opened_at,
            said.get(one.pk),
            tuple(done.get(one.pk, ())),
        )
        for one in found
        if one.closed_at is not None
    )
