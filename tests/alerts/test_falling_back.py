"""A message that does not get through is told by another way."""

from __future__ import annotations

import pytest

from alerts.delivery import TransportError
from alerts.models import Message, Notice
from alerts.services import sending
from alerts.services.falling_back import fall_back
from tests.alerts.builders import NOW, figure, look, rule
from tests.people import alice, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def refused(message: Message) -> list[str]:
    """By which ways she is told instead."""
    return [notice.way for notice in fall_back(message=message, now=NOW)]


def test_what_a_mail_cannot_tell_an_sms_tells_and_then_the_bell() -> None:
    who = alice()
    who.phone, who.phone_verified_at = "+8613800138000", NOW
    who.set_password("long-enough-for-alice")
    who.save()
    rule(who)
    figure(scope("region:华东"), "0.6")
    look()
    mail = Message.objects.get()
    assert refused(mail) == ["sms"]
    assert refused(mail) == ["app"], "each way hears of an event once"
    assert refused(mail) == []
    assert sorted(Message.objects.values_list("way", flat=True)) == ["email", "sms"]
    assert set(Notice.objects.exclude(way="email").values_list("reason", flat=True)) == {"fell-back"}


def test_who_has_no_other_way_is_not_told_twice() -> None:
    who = alice()
    who.set_unusable_password()
    who.save()
    rule(who)
    figure(scope("region:华东"), "0.6")
    look()
    assert refused(Message.objects.get()) == []


def test_a_fault_in_telling_otherwise_does_not_stop_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6")
    look()

    def refuses(message: Message) -> str:
        raise TransportError("550 no such user", permanent=True)

    monkeypatch.setattr("alerts.services.sending.delivery.send", refuses)
    monkeypatch.setattr(sending, "fall_back", lambda **_: 1 / 0)
    later = Message.objects.get().next_attempt_at
    assert sending.deliver_next(clock=lambda: later) == 1
    assert Message.objects.get().state == "failed"
