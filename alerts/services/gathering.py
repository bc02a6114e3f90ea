"""What was held is judged again when its time has come, and goes out in one message for each place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from alerts.conditions import Level
from alerts.models import Episode, EpisodeEvent, Message, Notice
from alerts.routing import (
    BEGINS,
    Because,
    Decision,
    Kind,
    Place,
    Waiting,
    judge_again,
    key_of,
    message_key,
    unreachable,
)
from alerts.services.composing import Said, message_for
from alerts.services.escalating import latest_figures
from alerts.services.hearing import Hearing
from alerts.services.naming import Named, scopes_of_instances
from alerts.services.telling import one_at_a_time, subject_of
from alerts.wording import Subject
from common import queueing
from kpis.models import Metric
from organization.selectors import company
from organization.selectors.answering import Ancestry

BATCH = 2000


def waiting(now: datetime) -> QuerySet[Notice]:
    """Notices that were held and are to be judged again."""
    return Notice.objects.filter(decision=Decision.HELD, held_until__lte=now)


@transaction.atomic
def gather_next(*, now: datetime, limit: int = BATCH) -> int:
    """Judges some of them; returns how many. Call it again until none is left."""
    one_at_a_time()
    held = list(
        waiting(now)
        .select_related(
            "event__episode__instance__rule__owner",
            "person",
            "connection__owner",
            "connection__figures_scope",
        )
        .order_by("held_until", "pk")
        .select_for_update(of=("self",), skip_locked=True)[:limit]
    )
    if held:
        _Gathering(held, now).write()
    return len(held)


class _Gathering:
    def __init__(self, held: Sequence[Notice], now: datetime) -> None:
        self._held, self._now = held, now
        episodes = {notice.event.episode_id: notice.event.episode for notice in held}
        self._latest = latest_figures(list(episodes.values()))
        scopes = scopes_of_instances([episode.instance for episode in episodes.values()])
        self._hearing = Hearing(
            people=[notice.person for notice in held if notice.person is not None],
            connections=[notice.connection for notice in held if notice.connection is not None],
            scopes=scopes,
            ancestry=Ancestry(scopes.values()),
            now=now,
        )
        self._metrics = Metric.objects.in_bulk({one.instance.metric_id for one in episodes.values()})
        self._fiscal_start = company().fiscal_year_start
        self._newest = self._newest_told(episodes)

    def write(self) -> None:
        due: dict[Place, list[Notice]] = defaultdict(list)
        for notice in self._held:
            decision, because, until = judge_again(self._waiting(notice))
            notice.decision, notice.reason, notice.held_until = decision.value, because.value, until
            if decision == Decision.DUE:
                due[_place(notice)].append(notice)
        messages = []
        for place, notices in due.items():
            if place[2] == "app":
                continue
            message = self._message(place, notices)
            messages.append(message)
            for notice in notices:
                notice.message = message
        Message.objects.bulk_create(messages, batch_size=1000)
        for notice in self._held:
            notice.message_id = notice.message.pk if notice.message else None
        self._write_decisions()
        if messages:
            queueing.enqueue("alerts.tasks.deliver")

    def _write_decisions(self) -> None:
        """One statement: to have Django put two thousand rows into one takes seconds, and everybody waits for them."""
        rows = [
            {
                "id": notice.pk,
                "decision": notice.decision,
                "reason": notice.reason,
                "held_until": notice.held_until.isoformat() if notice.held_until else None,
                "message": notice.message_id,
            }
            for notice in self._held
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE alerts_notice AS notice
                SET decision = new.decision, reason = new.reason, held_until = new.held_until,
                    message_id = new.message, decided_at = %s, explained_by_id = NULL
                FROM jsonb_to_recordset(%s::jsonb) AS new(
                    id bigint, decision text, reason text, held_until timestamptz, message bigint)
                WHERE notice.id = new.id
                """,
                [self._now, json.dumps(rows)],
            )

    def _newest_told(self, episodes: dict[int, Episode]) -> dict[tuple[int, Place], int]:
        """The number of the last event of each alert that a place heard of, or is about to."""
        newest: dict[tuple[int, Place], int] = {}
        rows = Notice.objects.filter(
            event__episode_id__in=episodes, decision__in=[Decision.DUE, Decision.HELD]
        ).values_list("event__episode_id", "event__number", "person_id", "connection_id", "way")
        for episode, number, person, connected, way in rows:
            key = episode, (person or 0, connected or 0, way)
            newest[key] = max(number, newest.get(key, 0))
        return newest

    def _waiting(self, notice: Notice) -> Waiting:
        event, episode = notice.event, notice.event.episode
        level = Level(episode.tier)
        named = Named(notice.person, notice.connection, (notice.way,))
        hearer = next(iter(self._hearing.hearers(named, episode.instance, level)), None)
        until = episode.acknowledged_until
        return Waiting(
            notice=notice.pk,
            number=event.number,
            kind=Kind(event.kind),
            tier=level,
            because=Because(notice.reason),
            is_open=episode.closed_at is None,
            acknowledged=episode.acknowledged_at is not None and (until is None or until > self._now),
            newer=self._newest[episode.pk, _place(notice)] > event.number,
            silent_until=self._hearing.silent_until(episode.instance, level),
            quiet_until=hearer.quiet_until if hearer and notice.way != "app" else None,
            unreachable=unreachable(hearer) if hearer else Because.NOT_READY,
        )

    def _message(self, place: Place, notices: Sequence[Notice]) -> Message:
        keys = [key_of(one.event.episode_id, one.event.number, place) for one in notices]
        said = [Said(self._subject(one), one.figures, Because(one.reason)) for one in notices]
        return message_for(self._hearing, said, place, key=message_key(keys), now=self._now)

    def _subject(self, notice: Notice) -> Subject:
        """As the alert stands now, not as it stood when it was held."""
        event: EpisodeEvent = notice.event
        if event.kind in BEGINS or event.kind == Kind.LOWERED:
            event = self._latest.get(event.episode_id, event)
        instance = notice.event.episode.instance
        return subject_of(
            (instance.rule, instance, event),
            metrics=self._metrics,
            scopes=self._hearing.scopes,
            fiscal_start=self._fiscal_start,
        )


def _place(notice: Notice) -> Place:
    return notice.person_id or 0, notice.connection_id or 0, notice.way
