"""From what happened to notices and messages, in a fixed number of statements (and one a person, for her grants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from alerts.conditions import Level
from alerts.lifecycle import Change
from alerts.models import Connection, EpisodeEvent, Instance, Message, MessageState, Notice, Recipient, Rule
from alerts.routing import Because, Decision, Event, Hearer, Place, Routed, message_key, notice_key, route
from alerts.services.connections import figures_may_go
from alerts.services.letters import KIND_OF_WAY, NOT_CONFIRMED
from alerts.wording import Subject, Wording, compose, compose_sms
from alerts.wording_chat import compose_chat, compose_webhook
from common import queueing
from kpis.models import Metric
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Scope
from organization.selectors import company
from organization.selectors.addresses import address_of, is_confirmed

Happened: TypeAlias = tuple[Rule, Instance, EpisodeEvent]


def tell(*, happened: Sequence[Happened], now: datetime) -> list[Message]:
    """Writes who hears what, and who does not with the reason. Part of `apply_outcomes` and its transaction."""
    recipients = _recipients({rule.pk for rule, _, _ in happened})
    told = _told({event.episode_id for _, _, event in happened})
    scopes = Scope.objects.select_related(*DIMENSIONS).in_bulk(
        {instance.scope_id for _, instance, _ in happened}
    )
    hearing = _Hearing([one for named in recipients.values() for one in named], list(scopes.values()))
    metrics = Metric.objects.in_bulk({instance.metric_id for _, instance, _ in happened})
    fiscal_start = company().fiscal_year_start

    notices: list[Notice] = []
    messages: list[Message] = []
    for rule, instance, row in happened:
        about = Subject(rule, metrics[instance.metric_id], scopes[instance.scope_id], row, fiscal_start)
        event = Event(row.episode_id, row.number, Change(row.kind), Level(row.tier))
        hearers = [hearing.hearer(recipient, instance.scope_id) for recipient in recipients[rule.pk]]
        for routed in route(event, hearers, told[row.episode_id]):
            notice = _notice(row, routed, now)
            notices.append(notice)
            withheld = routed.because == Because.NOT_CONFIRMED
            if routed.decision == Decision.DUE or withheld:
                key = message_key([notice_key(event, routed.place)])
                notice.message = hearing.message(about, routed, key, now)
                if withheld:
                    notice.message.state, notice.message.last_error = MessageState.WITHHELD, NOT_CONFIRMED
                messages.append(notice.message)
    Message.objects.bulk_create(messages, batch_size=1000)
    for notice in notices:
        # The key was only given by the statement above.
        notice.message_id = notice.message.pk if notice.message else None
    Notice.objects.bulk_create(notices, batch_size=1000)
    if messages:
        queueing.enqueue("alerts.tasks.deliver")
    return messages


def _recipients(rule_ids: set[int]) -> dict[int, list[Recipient]]:
    named: dict[int, list[Recipient]] = defaultdict(list)
    rows = Recipient.objects.filter(rule_id__in=rule_ids).select_related(
        "person", "connection__owner", "connection__figures_scope"
    )
    for recipient in rows.order_by("pk"):
        named[recipient.rule_id].append(recipient)
    return named


def _told(episode_ids: set[int]) -> dict[int, set[Place]]:
    """Per episode, which places have been told of it."""
    told: dict[int, set[Place]] = defaultdict(set)
    rows = Notice.objects.filter(event__episode_id__in=episode_ids, decision=Decision.DUE)
    for episode_id, person_id, connection_id, way in rows.values_list(
        "event__episode_id", "person_id", "connection_id", "way"
    ):
        told[episode_id].add((person_id or 0, connection_id or 0, way))
    return told


class _Hearing:
    """Who and what may be told, of which areas with figures, and in which words."""

    def __init__(self, recipients: Sequence[Recipient], scopes: Sequence[Scope]) -> None:
        self.people = {one.person.pk: one.person for one in recipients if one.person is not None}
        self.connections = {
            one.connection.pk: one.connection for one in recipients if one.connection is not None
        }
        wanted = [scope.pk for scope in scopes]
        self.seen = {
            pk: set(visible_scopes(person).filter(pk__in=wanted).values_list("pk", flat=True))
            for pk, person in self.people.items()
        }
        self.may_go = (
            figures_may_go(connections=list(self.connections.values()), scopes=scopes)
            if self.connections
            else frozenset()
        )

    def hearer(self, recipient: Recipient, scope_id: int) -> Hearer:
        connection, person = recipient.connection, recipient.person
        level = Level(recipient.from_level)
        if connection is not None:
            return Hearer(
                person=0,
                way=connection.way,
                address=connection.address,
                from_tier=level,
                confirmed=connection.ready,
                figures=(connection.pk, scope_id) in self.may_go,
                connection=connection.pk,
            )
        assert person is not None
        kind = KIND_OF_WAY[recipient.way]
        return Hearer(
            person=person.pk,
            way=recipient.way,
            address=address_of(person, kind),
            confirmed=is_confirmed(person, kind),
            from_tier=level,
            active=person.is_active,
            figures=recipient.figures_granted or scope_id in self.seen[person.pk],
        )

    def message(self, about: Subject, routed: Routed, key: UUID, now: datetime) -> Message:
        person_id, connection_id, way = routed.place
        if connection_id:
            return self._to_connection(about, self.connections[connection_id], routed, key, now)
        person = self.people[person_id]
        say = compose_sms if way == "sms" else compose
        wording = say(
            about=about,
            person=person,
            figures=routed.figures,
            may_open=about.scope.pk in self.seen[person.pk],
        )
        return Message(
            key=key,
            way=way,
            person=person,
            address=address_of(person, KIND_OF_WAY[way]),
            language=person.language,
            **_said(wording, now),
        )

    def _to_connection(
        self, about: Subject, connection: Connection, routed: Routed, key: UUID, now: datetime
    ) -> Message:
        if connection.way == "webhook":
            wording = compose_webhook(about=about, connection=connection, figures=routed.figures, key=key)
        else:
            wording = compose_chat(about=about, connection=connection, figures=routed.figures)
        return Message(
            key=key,
            way=connection.way,
            connection=connection,
            address=connection.address,
            language=connection.language,
            **_said(wording, now),
        )


def _said(wording: Wording, now: datetime) -> dict[str, Any]:
    return {
        "subject": wording.subject,
        "text": wording.text,
        "html": wording.html,
        "template": wording.template,
        "fields": wording.fields,
        "next_attempt_at": now,
        "created_at": now,
    }


def _notice(event: EpisodeEvent, routed: Routed, now: datetime) -> Notice:
    person_id, connection_id, way = routed.place
    return Notice(
        event=event,
        person_id=person_id or None,
        connection_id=connection_id or None,
        way=way,
        decision=routed.decision.value,
        reason=routed.because.value,
        figures=routed.figures,
        decided_at=now,
    )
