"""From what happened to notices and messages, in a fixed number of statements (and one a person, for her grants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from alerts.conditions import Level
from alerts.lifecycle import Change
from alerts.models import EpisodeEvent, Instance, Message, MessageState, Notice, Recipient, Rule
from alerts.routing import Because, Decision, Event, Hearer, Routed, message_key, notice_key, route
from alerts.services.letters import KIND_OF_WAY, NOT_CONFIRMED
from alerts.wording import Subject, Wording, compose, compose_sms
from common import queueing
from kpis.models import Metric
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company
from organization.selectors.addresses import address_of, is_confirmed

Happened: TypeAlias = tuple[Rule, Instance, EpisodeEvent]


def tell(*, happened: Sequence[Happened], now: datetime) -> list[Message]:
    """Writes who hears what, and who does not with the reason. Part of `apply_outcomes` and its transaction."""
    recipients = _recipients({rule.pk for rule, _, _ in happened})
    told = _told({event.episode_id for _, _, event in happened})
    seen = _seen(recipients, {instance.scope_id for _, instance, _ in happened})
    people = {recipient.person_id: recipient.person for named in recipients.values() for recipient in named}
    scopes = Scope.objects.select_related(*DIMENSIONS).in_bulk(
        {instance.scope_id for _, instance, _ in happened}
    )
    metrics = Metric.objects.in_bulk({instance.metric_id for _, instance, _ in happened})
    fiscal_start = company().fiscal_year_start

    notices: list[Notice] = []
    messages: list[Message] = []
    for rule, instance, row in happened:
        about = Subject(rule, metrics[instance.metric_id], scopes[instance.scope_id], row, fiscal_start)
        event = Event(row.episode_id, row.number, Change(row.kind), Level(row.tier))
        hearers = [_hearer(recipient, instance.scope_id, seen) for recipient in recipients[rule.pk]]
        for routed in route(event, hearers, told[row.episode_id]):
            notice = _notice(row, routed, now)
            notices.append(notice)
            withheld = routed.because == Because.NOT_CONFIRMED
            if routed.decision == Decision.DUE or withheld:
                key = message_key([notice_key(event, routed.person, routed.way)])
                person = people[routed.person]
                may_open = instance.scope_id in seen[person.pk]
                say = compose_sms if routed.way == "sms" else compose
                wording = say(about=about, person=person, figures=routed.figures, may_open=may_open)
                notice.message = _message(key, routed.way, person, wording, now)
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
    for recipient in Recipient.objects.filter(rule_id__in=rule_ids).select_related("person").order_by("pk"):
        named[recipient.rule_id].append(recipient)
    return named


def _told(episode_ids: set[int]) -> dict[int, set[tuple[int, str]]]:
    """Per episode, who has been told of it, and by which way."""
    told: dict[int, set[tuple[int, str]]] = defaultdict(set)
    rows = Notice.objects.filter(event__episode_id__in=episode_ids, decision=Decision.DUE)
    for episode_id, person_id, way in rows.values_list("event__episode_id", "person_id", "way"):
        told[episode_id].add((person_id, way))
    return told


def _seen(recipients: dict[int, list[Recipient]], scope_ids: Iterable[int]) -> dict[int, set[int]]:
    """Per person, the scopes among these whose figures her grants cover."""
    wanted = list(scope_ids)
    people = {recipient.person_id: recipient.person for named in recipients.values() for recipient in named}
    return {
        key: set(visible_scopes(person).filter(pk__in=wanted).values_list("pk", flat=True))
        for key, person in people.items()
    }


def _hearer(recipient: Recipient, scope_id: int, seen: dict[int, set[int]]) -> Hearer:
    person, kind = recipient.person, KIND_OF_WAY[recipient.way]
    return Hearer(
        person=person.pk,
        way=recipient.way,
        address=address_of(person, kind),
        confirmed=is_confirmed(person, kind),
        from_tier=Level(recipient.from_level),
        active=person.is_active,
        figures=recipient.figures_granted or scope_id in seen[person.pk],
    )


def _notice(event: EpisodeEvent, routed: Routed, now: datetime) -> Notice:
    return Notice(
        event=event,
        person_id=routed.person,
        way=routed.way,
        decision=routed.decision.value,
        reason=routed.because.value,
        figures=routed.figures,
        decided_at=now,
    )


def _message(key: UUID, way: str, person: Person, wording: Wording, now: datetime) -> Message:
    return Message(
        key=key,
        way=way,
        person=person,
        address=address_of(person, KIND_OF_WAY[way]),
        language=person.language,
        subject=wording.subject,
        text=wording.text,
        html=wording.html,
        template=wording.template,
        fields=wording.fields,
        next_attempt_at=now,
        created_at=now,
    )
