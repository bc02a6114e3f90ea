"""Whom messages of a batch go to is read for all of them at once, and yet is what it was a second ago at most."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Message
from alerts.services.recipients import Recipients
from organization.models import Person
from tests.alerts.test_delivery import PostOffice, drain, office, queued
from tests.people import alice, bob

__all__ = ["office"]
pytestmark = pytest.mark.django_db


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def of(*people: Person) -> list[Message]:
    return [queued(number, person=whom, address=whom.email) for number, whom in enumerate(people, start=1)]


def fresh(messages: list[Message]) -> list[Message]:
    return list(Message.objects.filter(pk__in=[one.pk for one in messages]).order_by("pk"))


def test_a_batch_asks_once_for_all_its_people() -> None:
    messages = fresh(of(alice(), bob(), alice()))
    recipients = Recipients(messages, clock=Time())
    with CaptureQueriesContext(connection) as spent:
        for message in messages:
            recipients.meet(message)
            assert message.person is not None
    assert len(spent) == 1
    assert [message.person for message in messages] == [alice(), bob(), alice()]


@pytest.mark.parametrize("by", ["time", "trouble"])
def test_what_somebody_changed_counts_a_second_later_and_after_trouble(by: str) -> None:
    messages, time = fresh(of(alice(), alice(), alice())), Time()
    recipients = Recipients(messages, clock=time)
    recipients.meet(messages[0])
    Person.objects.filter(pk=alice().pk).update(email="new@example.com")
    recipients.meet(messages[1])
    if by == "time":
        time.now = 1.01
    else:
        recipients.forget()
    recipients.meet(messages[2])
    seen = [message.person.email for message in messages if message.person]
    assert seen == ["alice@example.com", "alice@example.com", "new@example.com"]


def test_after_a_refusal_nothing_more_goes_to_the_address_in_the_same_batch(office: PostOffice) -> None:
    office.at_address = "550 no such mailbox"
    of(alice(), alice())
    drain()
    states = Message.objects.filter(address="alice@example.com").values_list("state", flat=True)
    assert sorted(states) == ["failed", "withheld"]
