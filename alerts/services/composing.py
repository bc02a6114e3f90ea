"""The message for one place, about one thing that happened or about several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.models import Connection, Message
from alerts.routing import Place
from alerts.services.hearing import Hearing
from alerts.services.letters import KIND_OF_WAY
from alerts.wording import Subject, Wording, compose, compose_more, compose_sms
from alerts.wording_chat import compose_chat, compose_webhook
from alerts.wording_many import compose_many, compose_many_for_chat
from organization.selectors.addresses import address_of


@dataclass(frozen=True)
class Said:
    """What is told, and whether with figures."""

    about: Subject
    figures: bool


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
        say = compose_sms if way == "sms" else compose
        about = said[0].about
        wording = say(
            about=about,
            person=person,
            figures=said[0].figures,
            may_open=about.scope.pk in hearing.seen[person_id],
        )
    return Message(
        key=key,
        way=way,
        person=person,
        address=address_of(person, KIND_OF_WAY[way]),
        language=person.language,
        **_fields(wording, now),
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
