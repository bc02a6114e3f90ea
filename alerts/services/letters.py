"""Messages that are no alerts: a code for an address, and that one was switched off. They go by the same queue."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from alerts.delivery.sealed import sealed
from alerts.models import Connection, Message
from alerts.routing import NAMESPACE
from alerts.wording import Wording, compose_letter
from common import queueing
from common.phones import masked
from organization.letters import Letter
from organization.models import AddressKind, Person
from organization.selectors.addresses import address_of, is_confirmed
from organization.selectors.people import administrators

WAY_OF_KIND = {AddressKind.EMAIL: "email", AddressKind.PHONE: "sms"}
KIND_OF_WAY = {way: kind for kind, way in WAY_OF_KIND.items()}
NOT_CONFIRMED = "not-confirmed"  # worded where it is shown
LEFT = "left"
ADDRESS_CHANGED = "address-changed"
CONNECTION_OFF = "connection-off"
CONNECTION_GONE = "connection-gone"
PLACES = {"code": "••••••", "link": f"{settings.SITE_URL}/confirm/••••/"}  # what the outbox shows instead


def carry(letter: Letter) -> None:
    """Queues what a lower floor wrote. Part of its transaction."""
    fields = {**letter.fields, **{name: PLACES[name] for name in letter.secrets}}
    _queue(
        key=uuid.uuid4(),
        way=WAY_OF_KIND[letter.kind],
        whom=letter.whom,
        address=letter.address,
        template=letter.template,
        fields=fields,
        secrets=letter.secrets,
        now=timezone.now(),
    )


def tell_of_refusal(*, message: Message, why: str, now: datetime) -> Message | None:
    """Tells the owner by her other way that her address was switched off; None where she has no other."""
    whom = message.person
    assert whom is not None
    other = AddressKind.EMAIL if message.way == "sms" else AddressKind.PHONE
    if not address_of(whom, other) or not is_confirmed(whom, other):
        return None
    refused = masked(message.address) if message.way == "sms" else message.address
    return _queue(
        key=uuid.uuid5(NAMESPACE, f"refused:{message.key}"),
        way=WAY_OF_KIND[other],
        whom=whom,
        address=address_of(whom, other),
        template="address-off",
        fields={"address": refused, "why": why[:200]},
        secrets={},
        now=now,
    )


def tell_of_connection(*, connection: Connection, message: Message, why: str, now: datetime) -> list[Message]:
    """Mails its owner that a connection was switched off; where she cannot be reached, the administrators."""
    return [
        _queue(
            key=uuid.uuid5(NAMESPACE, f"connection-off:{message.key}:{whom.pk}"),
            way="email",
            whom=whom,
            address=whom.email or "",
            template="connection-off",
            fields={
                "name": connection.name,
                "why": why[:200],
                "link": settings.SITE_URL + reverse("alerts:connection", args=[connection.pk]),
            },
            secrets={},
            now=now,
        )
        for whom in owner_or_administrators(connection.owner)
    ]


def owner_or_administrators(owner: Person | None) -> list[Person]:
    """Whom to mail about something that is hers: herself, or where she cannot be reached whoever administers."""
    if owner is not None and owner.is_active and is_confirmed(owner, AddressKind.EMAIL):
        return [owner]
    return [whom for whom in administrators() if is_confirmed(whom, AddressKind.EMAIL)]


def letter_to(
    *, whom: Person, key: uuid.UUID, template: str, fields: dict[str, str], now: datetime
) -> Message:
    """A mail to somebody's confirmed address, not saved yet."""
    return _made(
        key=key,
        way="email",
        whom=whom,
        address=whom.email or "",
        template=template,
        fields=fields,
        secrets={},
        now=now,
    )


def mail_to(*, whom: Person, key: uuid.UUID, wording: Wording, now: datetime) -> Message:
    """Queues a mail that an upper floor has worded, to somebody's confirmed address. Part of its transaction."""
    made = _worded(
        key=key, way="email", whom=whom, address=whom.email or "", wording=wording, secrets={}, now=now
    )
    made.save()
    queueing.enqueue("alerts.tasks.deliver")
    return made


def _queue(**letter: Any) -> Message:
    made = _made(**letter)
    made.save()
    queueing.enqueue("alerts.tasks.deliver")
    return made


def _made(
    *,
    key: uuid.UUID,
    way: str,
    whom: Person,
    address: str,
    template: str,
    fields: dict[str, str],
    secrets: dict[str, str],
    now: datetime,
) -> Message:
    wording = compose_letter(template=template, fields=fields, person=whom, way=way)
    wording = replace(wording, template=template, fields=fields)
    return _worded(key=key, way=way, whom=whom, address=address, wording=wording, secrets=secrets, now=now)


def _worded(
    *,
    key: uuid.UUID,
    way: str,
    whom: Person,
    address: str,
    wording: Wording,
    secrets: dict[str, str],
    now: datetime,
) -> Message:
    return Message(
        key=key,
        way=way,
        person=whom,
        address=address,
        language=whom.language,
        subject=wording.subject,
        text=wording.text,
        html=wording.html,
        template=wording.template,
        fields=wording.fields,
        sealed=sealed(secrets),
        next_attempt_at=now,
        created_at=now,
    )
