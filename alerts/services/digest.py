"""One mail a day instead of many. Exactly once for a person and day: the row of the day is written with the mail."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from alerts.models import DigestRun, Message, Notice
from alerts.routing import NAMESPACE, Because, Decision
from alerts.selectors.digest import Due, digest_of, due_digests
from alerts.services.telling import one_at_a_time
from alerts.wording_digest import compose_digest
from common import queueing
from organization.models import AddressKind, Person
from organization.selectors.addresses import address_of, is_confirmed
from organization.speaking import speaking_to


def write_next_digest(*, now: datetime) -> bool:
    """The digest of one person whose time has come; False where none is left. Call it again until then."""
    return any(_write(due, now) for due in due_digests(now))


def _write(due: Due, now: datetime) -> bool:
    """False where another worker was first."""
    try:
        with transaction.atomic():
            run = DigestRun.objects.create(person=due.person, day=due.day, at=now)
            message = _message(due, now)
            if message is not None:
                run.message = message
                run.save(update_fields=["message"])
                _tell_held(due.person, message, now)
                queueing.enqueue("alerts.tasks.deliver")
    except IntegrityError:
        if DigestRun.objects.filter(person=due.person, day=due.day).exists():
            return False
        raise
    return True


def _message(due: Due, now: datetime) -> Message | None:
    """None where there is nothing to say, or nowhere to send it."""
    person = due.person
    if not address_of(person, AddressKind.EMAIL) or not is_confirmed(person, AddressKind.EMAIL):
        return None
    with speaking_to(person):  # periods are read as words
        found = digest_of(person, day=due.day, when=due.listening.digest, now=now)
    if found.is_empty and not due.listening.digest_when_empty:
        return None
    wording = compose_digest(found=found, person=person, day=due.day)
    return Message.objects.create(
        key=uuid.uuid5(NAMESPACE, f"digest:{person.pk}:{due.day}"),
        way="email",
        person=person,
        address=address_of(person, AddressKind.EMAIL),
        language=person.language,
        subject=wording.subject,
        text=wording.text,
        html=wording.html,
        template=wording.template,
        fields=wording.fields,
        next_attempt_at=now,
        created_at=now,
    )


def _tell_held(person: Person, message: Message, now: datetime) -> None:
    """What came and went is told by this mail. What an alert above speaks for stays held until that one ends."""
    one_at_a_time()
    Notice.objects.filter(
        person=person, decision=Decision.HELD, reason=Because.FLAPPING, decided_at__lte=now
    ).update(decision=Decision.DUE, message=message, decided_at=now, held_until=None)
