"""A message that does not get through is told by the person's next way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts.conditions import Level
from alerts.models import Message, Notice
from alerts.routing import Because, Decision, Place, key_of, message_key, unreachable
from alerts.services.composing import Said, message_for
from alerts.services.hearing import Hearing
from alerts.services.naming import Named, scopes_of_instances
from alerts.services.telling import one_at_a_time, subject_of
from common import queueing
from kpis.models import Metric
from organization.models import Person
from organization.selectors import company
from organization.selectors.answering import Ancestry

ORDER = ("email", "sms", "app")


@transaction.atomic
def fall_back(*, message: Message, now: datetime) -> list[Notice]:
    """Tells by the next way what the message was to tell and is still so; [] where there is no other way.

    Doing so twice tells once: each way hears of an event once. A connection has no other way.
    """
    one_at_a_time()
    whom = message.person
    failed = list(
        Notice.objects.filter(message=message, decision=Decision.DUE)
        .select_related("event__episode__instance__rule__owner")
        .order_by("pk")
    )
    if whom is None or not failed:
        return []
    instances = [notice.event.episode.instance for notice in failed]
    scopes = scopes_of_instances(instances)
    hearing = Hearing(
        people=[whom], connections=[], scopes=scopes, ancestry=Ancestry(scopes.values()), now=now
    )
    metrics = Metric.objects.in_bulk({instance.metric_id for instance in instances})
    events = [notice.event_id for notice in failed]
    used = set(Notice.objects.filter(event__in=events, person=whom).values_list("event_id", "way"))
    made = []
    for notice in failed:
        way = _next_way(notice, whom, hearing, used)
        if way is None:
            continue
        event = notice.event
        place: Place = (whom.pk, 0, way)
        instead = Notice(
            event=event,
            person=whom,
            way=way,
            decision=Decision.DUE,
            reason=Because.FELL_BACK,
            figures=notice.figures,
            decided_at=now,
        )
        if way != "app":
            about = subject_of(
                (event.episode.instance.rule, event.episode.instance, event),
                metrics=metrics,
                scopes=scopes,
                fiscal_start=company().fiscal_year_start,
            )
            key = message_key([key_of(event.episode_id, event.number, place)])
            instead.message = message_for(hearing, [Said(about, notice.figures)], place, key=key, now=now)
            instead.message.save()
        instead.save()
        made.append(instead)
    if made:
        queueing.enqueue("alerts.tasks.deliver")
    return made


def _next_way(notice: Notice, whom: Person, hearing: Hearing, used: set[tuple[int, str]]) -> str | None:
    instance = notice.event.episode.instance
    for way in ORDER:
        if (notice.event_id, way) in used:
            continue
        hearers = hearing.hearers(Named(whom, ways=(way,)), instance, Level(notice.event.tier))
        if hearers and unreachable(hearers[0]) is None:
            return way
    return None
