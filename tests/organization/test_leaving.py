"""Leaving: what somebody holds goes to others or ends, and she is out at once."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Recipient, Rule
from organization import services
from organization.models import ApiToken, AuditEntry, Duty, Person, Responsibility
from organization.selectors import responsible_people
from organization.services import Refused
from organization.services.leaving import deactivate_person, end_sessions, reactivate_person
from organization.services.tokens import make_token, use_token
from tests.alerts import builders
from tests.people import PASSWORD, ada, alice, bob, charlie, person, scope

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def a_fresh_count() -> None:
    """Of tries to log in."""
    cache.clear()


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def holding_much() -> tuple[Person, str]:
    """Bob with one thing of each kind; and his token."""
    leaver = bob()
    services.assign_responsibility(
        scope=scope("region:华东"), first_day=TODAY - timedelta(days=30), whose=leaver, person=None
    )
    services.assign_duty(name="CFO", scope=scope("company"), whom=leaver, person=None)
    rule = builders.rule(leaver, area="region:华东")
    Rule.objects.filter(pk=rule.pk).update(owner=leaver)
    Recipient.objects.get_or_create(rule=rule, person=leaver, defaults={"from_level": 2})
    _token, secret = make_token(whose=leaver, name="shop", scopes=["read"], days=30, now=NOW, person=leaver)
    return leaver, secret


def everything_to(who: Person | None) -> dict[str, Person | None]:
    return {
        "responsibilities": who, "duties": who, "alert_rules": who, "alert_messages": who, "tokens": None,
    }  # fmt: skip


def test_all_that_bob_holds_goes_to_alice_and_his_tokens_stop() -> None:
    leaver, secret = holding_much()
    taker = alice()
    deactivate_person(whom=leaver, to=everything_to(taker), person=ada(), now=NOW)
    assert responsible_people(scope("region:华东"), TODAY + timedelta(days=1)) == [taker]
    assert Duty.objects.get().person == taker
    assert Rule.objects.get().owner == taker
    assert not Recipient.objects.filter(person=leaver).exists()
    assert Recipient.objects.filter(person=taker).exists()
    assert use_token(secret, now=NOW) is None
    assert ApiToken.objects.get().revoked_at is not None
    entry = AuditEntry.objects.get(action="person.deactivate")
    assert entry.details["handed_over"]["duties"] == [1, "alice"]


def test_what_ends_ends_today_and_history_stays() -> None:
    leaver, _secret = holding_much()
    deactivate_person(whom=leaver, to=everything_to(None), person=ada(), now=NOW)
    assert Responsibility.objects.get().last_day == TODAY
    assert not Duty.objects.exists()
    assert Rule.objects.get().owner is None


def test_the_page_lists_each_kind_and_asks_for_a_decision_on_each() -> None:
    leaver, _secret = holding_much()
    client, address = browser(ada()), reverse("organization:person_leave", args=[leaver.pk])
    page = client.get(address).content.decode()
    for words in ("Responsibilities", "华东", "Duties", "CFO", "Alert rules", "API tokens", "shop"):
        assert words in page
    refused = client.post(address, {"tokens": "end"})
    assert "Say who takes this over" in refused.content.decode()
    assert Person.objects.get(pk=leaver.pk).is_active
    heir = str(alice().pk)
    form = {
        "responsibilities": heir,
        "duties": heir,
        "alert_rules": "end",
        "alert_messages": heir,
        "tokens": "end",
    }
    assert client.post(address, form).status_code == 302
    assert not Person.objects.get(pk=leaver.pk).is_active


def test_something_that_was_added_meanwhile_stops_it_and_nothing_is_half_done() -> None:
    leaver, _secret = holding_much()
    to = everything_to(alice())
    del to["alert_messages"]
    with pytest.raises(Refused, match="added meanwhile"):
        deactivate_person(whom=leaver, to=to, person=ada(), now=NOW)
    assert Duty.objects.get().person == leaver
    assert Person.objects.get(pk=leaver.pk).is_active


def test_her_sessions_end_at_once_and_do_not_come_back_with_her() -> None:
    who = charlie()
    client = browser(who)
    assert client.get(reverse("organization:me")).status_code == 200
    deactivate_person(whom=who, to={}, person=ada(), now=NOW)
    assert client.get(reverse("organization:me")).status_code == 302
    reactivate_person(whom=who, person=ada())
    assert client.get(reverse("organization:me")).status_code == 302
    fresh = Client()
    fresh.post(reverse("account_login"), {"login": "charlie", "password": PASSWORD})
    assert fresh.get(reverse("organization:me")).status_code == 200


@pytest.mark.parametrize("who", ["herself", "the last administrator", "gone already"])
def test_the_company_is_never_left_without_an_administrator(who: str) -> None:
    boss = ada()
    if who == "herself":
        with pytest.raises(Refused, match="yourself"):
            deactivate_person(whom=boss, to={}, person=boss, now=NOW)
    elif who == "the last administrator":
        with pytest.raises(Refused, match="without an administrator"):
            deactivate_person(whom=boss, to={}, person=bob(), now=NOW)
    else:
        deactivate_person(whom=charlie(), to={}, person=boss, now=NOW)
        with pytest.raises(Refused, match="not active"):
            deactivate_person(whom=charlie(), to={}, person=boss, now=NOW)
    assert Person.objects.get(pk=boss.pk).is_active


def test_nothing_is_handed_to_somebody_who_is_gone() -> None:
    leaver, _secret = holding_much()
    gone = person("Gone", is_active=False)
    with pytest.raises(Refused, match="cannot take this over"):
        deactivate_person(whom=leaver, to=everything_to(gone), person=ada(), now=NOW)


def test_alice_logs_out_everywhere_else_and_stays_here() -> None:
    here, there = browser(alice()), browser(alice())
    here.post(reverse("organization:leave_elsewhere"))
    assert here.get(reverse("organization:me")).status_code == 200
    assert there.get(reverse("organization:me")).status_code == 302


def test_a_changed_password_ends_the_other_sessions() -> None:
    here, there = Client(), Client()
    charlie()
    for client in (here, there):
        client.post(reverse("account_login"), {"login": "charlie", "password": PASSWORD})
    new = "another plumb line tells"
    here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert here.get(reverse("organization:me")).status_code == 200
    assert there.get(reverse("organization:me")).status_code == 302


def test_ending_sessions_twice_ends_those_in_between() -> None:
    who = charlie()
    end_sessions(whom=who, person=who, now=NOW)
    client = browser(Person.objects.get(pk=who.pk))
    assert client.get(reverse("organization:me")).status_code == 200
    end_sessions(whom=who, person=who, now=NOW + timedelta(seconds=1))
    assert client.get(reverse("organization:me")).status_code == 302


def test_a_session_ends_when_the_companys_hours_are_over(monkeypatch: pytest.MonkeyPatch) -> None:

    clock: dict[str, Any] = {"now": 1_000_000.0}
    monkeypatch.setattr(time, "time", lambda: clock["now"])
    client = browser(charlie())
    assert client.get(reverse("organization:me")).status_code == 200
    clock["now"] += 336 * 3600
    assert client.get(reverse("organization:me")).status_code == 200
    clock["now"] += 1
    answer = client.get(reverse("organization:me"))
    assert answer["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session
