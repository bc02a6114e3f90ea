"""Who is told of what waits, when, and once."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from common.secrets import unseal
from decisions.models import Delegation, Step
from decisions.services import answer, decide, withdraw
from decisions.services.reminding import remind_next, reminders_due
from organization.models import AccountMail, Duty, Person
from tests.decisions.plans import WEDNESDAY, proposed
from tests.people import ada, alice, bob, charlie, mallory, person, scope

DUE = WEDNESDAY + timedelta(days=5)  # three working days of nine hours
HALF = WEDNESDAY + timedelta(days=1, hours=4, minutes=30)  # 13.5 of 27 hours: Thursday, 14:30
pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return list(AccountMail.objects.order_by("pk").values_list("kind", "person__display_name"))


def test_the_manager_is_told_at_once_at_half_time_and_when_it_is_over_and_never_again() -> None:
    bob()
    proposed(alice())
    assert told() == [("proposal-begins", "Bob")]
    assert not reminders_due(now=HALF - timedelta(minutes=1))
    for now in (HALF, HALF, DUE - timedelta(minutes=1), DUE, DUE, DUE + timedelta(days=30)):
        remind_next(now=now)
    assert told()[1:] == [("proposal-half", "Bob"), ("proposal-overdue", "Bob")]
    assert not reminders_due(now=DUE + timedelta(days=30))


def test_after_a_long_silence_only_the_last_reminder_goes_out() -> None:
    bob()
    proposed(alice())
    assert remind_next(now=DUE + timedelta(days=1)) == 1
    assert told()[1:] == [("proposal-overdue", "Bob")]


def test_nobody_is_reminded_of_what_is_decided_withdrawn_or_asked_back() -> None:
    lead, manager = alice(), bob()
    decide(
        proposal=proposed(lead, "region:华东"), person=manager, verdict="reject", note="No.", as_of=WEDNESDAY
    )
    withdraw(proposal=proposed(lead, "region:华东/上海"), person=lead, as_of=WEDNESDAY)
    decide(
        proposal=proposed(lead, "region:华东/杭州"),
        person=manager,
        verdict="ask",
        note="Why?",
        as_of=WEDNESDAY,
    )
    assert remind_next(now=DUE + timedelta(days=30)) == 0


def test_an_answer_that_comes_after_half_time_brings_no_second_reminder_of_it() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    remind_next(now=HALF)
    decide(proposal=proposal, person=manager, verdict="ask", note="Why?", as_of=HALF)
    answer(proposal=proposal, person=lead, text="So.", as_of=HALF + timedelta(days=7))
    assert remind_next(now=DUE + timedelta(days=7) - timedelta(minutes=1)) == 0
    assert remind_next(now=DUE + timedelta(days=7)) == 1
    assert [kind for kind, who in told() if who == "Bob"] == [
        "proposal-begins", "proposal-half", "proposal-answered", "proposal-overdue",
    ]  # fmt: skip


def test_the_author_hears_how_it_went() -> None:
    lead, manager = alice(), bob()
    proposal = decide(proposal=proposed(lead), person=manager, verdict="ask", note="Why?", as_of=WEDNESDAY)
    answer(proposal=proposal, person=lead, text="So.", as_of=WEDNESDAY)
    decide(proposal=proposal, person=manager, verdict="approve", note="Fine.", as_of=WEDNESDAY)
    assert [kind for kind, who in told() if who == "Alice"] == ["proposal-asked", "proposal-approved"]
    subject, text, _html = json.loads(unseal(AccountMail.objects.latest("pk").sealed))
    assert subject == "Approved: Plan: Plan of 华东"
    assert "Bob writes: Fine." in text
    assert f"/decisions/{proposal.pk}/" in text


def test_a_mail_is_in_its_readers_language() -> None:
    Person.objects.filter(pk=bob().pk).update(language="zh-hans")
    proposed(alice())
    subject, _text, html = json.loads(unseal(AccountMail.objects.get().sealed))
    assert 'lang="zh' in html
    assert "华东" in subject


def test_the_nearest_are_told_and_who_stands_in_for_them() -> None:
    bob()
    ada()
    near = person("Nora", "manager", "region:华东")
    looker = charlie()
    Delegation.objects.create(
        from_person=near, to_person=looker, first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date()
    )
    proposed(alice())
    assert sorted(who for _kind, who in told()) == ["Charlie", "Nora"]


def test_who_proposes_is_not_told_to_decide_nor_who_sees_nothing_nor_an_address_that_is_not_confirmed() -> (
    None
):
    near = person("Nora", "manager", "region:华东")
    bob()
    person("Ned", "manager", "company", email_verified_at=None)
    Delegation.objects.create(
        from_person=bob(), to_person=mallory(), first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date()
    )
    proposed(near)
    assert told() == [("proposal-begins", "Bob")]


def test_a_duty_without_sight_of_the_area_is_not_told() -> None:
    from decisions.models import Band
    from tests.decisions.plans import PLAN

    Band.objects.create(kind=PLAN, duty="Director", working_hours=9)
    for whom in (charlie(), mallory()):
        Duty.objects.create(name="Director", scope=scope("company"), person=whom)
    proposed(alice())
    assert told() == [("proposal-begins", "Charlie")]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_send_one_reminder() -> None:
    bob()
    for number in range(6):
        proposed(alice(), f"region:华东/{number}")
    gate, failures = threading.Barrier(2), []

    def beat() -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            while remind_next(now=HALF):
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert AccountMail.objects.filter(kind="proposal-half").count() == 6
    assert set(Step.objects.values_list("reminders", flat=True)) == {1}
