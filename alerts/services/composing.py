"""The message for one place, about one thing that happened or about several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.answer_links import link_for
from alerts.models import Connection, Message
from alerts.routing import Because, Kind, Place
from alerts.services.hearing import Hearing
from alerts.services.letters import KIND_OF_WAY
from alerts.wording import Subject, Wording, compose, compose_more, compose_sms
from alerts.wording_chat import compose_chat, compose_webhook
from alerts.wording_many import compose_many, compose_many_for_chat
from alerts.wording_why import told_as
from organization.models import Person
from organization.selectors.addresses import address_of

# Mails of these carry a link by which one answers.
ASKS = frozenset({Kind.FIRST, Kind.RAISED, Kind.ESCALATED, Kind.REMINDER, Kind.HANDED_OVER})


@dataclass(frozen=True)
class Said:
    """What is told, whether with figures, and why to this place."""

    about: Subject
    figures: bool
    because: Because | None = None


def message_for(hearing: Hearing, said: Sequence[Said], place: Place, *, key: UUID, now: datetime) -> Message:
    """Unsaved. One thing is said as itself, several as a list, the worst first. Webhooks get one thing each."""
    person_id, connection_id, way = place
    if connection_id:
        connection = hearing.connections[connection_id]
        return Message(
            key=key,
            way=way,
            connection=connection,
            address=connection.address,
            language=connection.language,
            **_fields(_to_connection(said, connection, key), now),
        )
    person = hearing.people[person_id]
    if len(said) > 1:
        wording = (
            compose_more(count=len(said), language=person.language)
            if way == "sms"
            else compose_many(
                said=[(one.about, one.figures) for one in said],
                person=person,
                may_open=hearing.seen[person_id],
            )
        )
    else:
        may_open = said[0].about.scope.pk in hearing.seen[person_id]
        wording = (
            compose_sms(about=said[0].about, person=person, figures=said[0].figures, may_open=may_open)
            if way == "sms"
            else _mail(said[0], person, may_open)
        )
    return Message(
        key=key,
        way=way,
        person=person,
        address=address_of(person, KIND_OF_WAY[way]),
        language=person.language,
        **_fields(wording, now),
    )


def _mail(said: Said, person: Person, may_open: bool) -> Wording:
    about = said.about
    # Who cannot log in gets no link that would ask for it.
    answers = may_open and person.is_active and person.has_usable_password() and about.event.kind in ASKS
    return compose(
        about=about,
        person=person,
        figures=said.figures,
        may_open=may_open,
        ack_link=link_for(episode=about.event.episode_id, person=person.pk) if answers else "",
        told_as=told_as(said.because, about.rule.name, person.language),
    )


def _to_connection(said: Sequence[Said], connection: Connection, key: UUID) -> Wording:
    first = said[0]
    if connection.way == "webhook":
        return compose_webhook(about=first.about, connection=connection, figures=first.figures, key=key)
    if len(said) > 1:
        return compose_many_for_chat(said=[(one.about, one.figures) for one in said], connection=connection)
    return compose_chat(about=first.about, connection=connection, figures=first.figures)


def _fields(wording: Wording, now: datetime) -> dict[str, Any]:
    return {
        "subject": wording.subject,
        "text": wording.text,
        "html": wording.html,
        "template": wording.template,
        "fields": wording.fields,
        "next_attempt_at": now,
        "created_at": now,
    }
