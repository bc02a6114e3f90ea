"""The sweep over complaints: warned once, breached once, taken up a level, followed up; however late, whoever looks."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from django.db import connection, transaction

from common.secrets import seal, unseal
from customers.keys import hash_key
from customers.models import Customer
from decisions.models import Task, TaskState
from feedback.models import (
    AssignmentRule,
    Complaint,
    ComplaintEvent,
    FeedbackSettings,
    Happened,
    ServiceLevel,
    Severity,
    State,
)
from feedback.services import clocks, follow_up, handling, reassigning, terms_moved
from feedback.services.above import Above
from feedback.services.clocks import look_next
from organization.models import AccountMail, CalendarDay, Grant, Person, Role
from organization.selectors import role_holders
from tests.feedback.made import SHANGHAI, came_in
from tests.people import ada, alice, bob, person, scope

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def look(text: str) -> int:
    return look_next(now=at(text))


def kinds(complaint: Complaint) -> list[str]:
    rows = ComplaintEvent.objects.filter(complaint=complaint).order_by("pk")
    return list(rows.values_list("kind", flat=True))[2:]  # after received and assigned


def mails(whom: Person) -> list[str]:
    return list(AccountMail.objects.filter(person=whom).order_by("pk").values_list("kind", flat=True))


def given_to(lead: Person, **more: Any) -> Complaint:
    made = came_in(**more)
    Complaint.objects.filter(pk=made.pk).update(assigned_to=lead)
    AccountMail.objects.all().delete()
    made.refresh_from_db()
    return made


def test_a_complaint_is_warned_of_once_and_breached_once() -> None:
    lead, manager = alice(), bob()
    made = given_to(lead)
    assert look("2026-11-18T10:44") == 0
    assert look("2026-11-18T10:45") == 1
    assert kinds(made) == [Happened.WARNED]
    assert look("2026-11-18T10:46") == 0
    assert look("2026-11-18T11:00") == 1
    assert kinds(made) == [Happened.WARNED, Happened.BREACHED, Happened.ESCALATED]
    assert look("2026-11-18T11:01") == 0
    made.refresh_from_db()
    assert (made.level, made.answer_breached_at) == (1, at("2026-11-18T11:00"))
    assert made.look_at == made.solve_warn_at
    assert mails(lead) == ["complaint-warned", "complaint-breached"]
    assert mails(manager) == ["complaint-escalated"]


def test_the_next_breach_goes_a_level_up() -> None:
    lead, manager, boss = alice(), bob(), ada()
    made = given_to(lead)
    look("2026-11-18T11:00")
    handling.write_message(complaint=made, person=lead, now=at("2026-11-18T11:30"), text="Sorry.")
    assert look("2026-11-23T10:00") == 1
    made.refresh_from_db()
    assert made.level == 2
    assert mails(manager) == ["complaint-escalated"]
    assert mails(boss) == ["complaint-escalated"]


def test_hours_late_it_takes_one_step_and_sends_each_person_one_mail() -> None:
    lead, manager = alice(), bob()
    made = [given_to(lead, at=at("2026-11-18T10:00")) for _ in range(3)]
    assert look("2026-11-30T10:00") == 3
    assert look("2026-11-30T10:00") == 0
    for one in made:
        assert kinds(one) == [Happened.BREACHED, Happened.BREACHED, Happened.ESCALATED]
        one.refresh_from_db()
        assert (one.level, one.look_at) == (1, None)
    assert mails(lead) == ["complaint-breached"]
    assert mails(manager) == ["complaint-escalated"]
    assert "3 complaints" in unseal(AccountMail.objects.get(person=lead).sealed)


def test_mails_say_nothing_of_what_a_customer_wrote() -> None:
    lead = alice()
    given_to(lead, text="My telephone is 13812345678.")
    look("2026-11-18T10:45")
    look("2026-11-18T11:00")
    assert all("138" not in unseal(one.sealed) for one in AccountMail.objects.all())


def test_nobody_is_warned_of_what_was_answered() -> None:
    lead = alice()
    made = given_to(lead)
    handling.write_message(complaint=made, person=lead, now=at("2026-11-18T10:30"), text="Sorry.")
    assert look("2026-11-18T11:00") == 0
    assert kinds(made) == [Happened.ANSWERED]


def test_while_the_customer_is_waited_for_only_the_answer_is_late() -> None:
    lead = alice()
    made = given_to(lead)
    handling.wait_for_customer(complaint=made, person=lead, now=at("2026-11-18T10:30"))
    assert look("2026-12-18T10:30") == 1
    assert [one.values["clock"] for one in made.events.filter(kind=Happened.BREACHED)] == ["answer"]


def test_a_fault_about_one_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    lead = alice()
    first, second = given_to(lead), given_to(lead)
    real = clocks._Look._look

    def fails(self: Any, row: Complaint) -> None:
        if row.pk == first.pk:
            raise RuntimeError("a fault")
        real(self, row)

    monkeypatch.setattr(clocks._Look, "_look", fails)
    assert look("2026-11-18T10:45") == 2
    assert kinds(first) == []
    assert kinds(second) == [Happened.WARNED]
    first.refresh_from_db()
    assert first.look_at == at("2026-11-18T10:55")


# -- Following up -----------------------------------------------------------------------------------


def solved(lead: Person, **more: Any) -> Complaint:
    made = given_to(lead, **more)
    return handling.solve(
        complaint=made, person=lead, now=at("2026-11-18T12:00"), cause=["Thin box"], solution="Sent another."
    )


def with_mail() -> Customer:
    return Customer.objects.create(key_hash=hash_key("c1"), email=seal("lin@example.com"))


def token_sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    real = secrets.token_urlsafe

    def token(length: int | None = None) -> str:
        sent.append(real(length))
        return sent[-1]

    monkeypatch.setattr(secrets, "token_urlsafe", token)
    return sent


def test_a_customer_is_asked_by_mail_after_thirty_days_and_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    lead, sent = alice(), token_sent(monkeypatch)
    made = solved(lead, customer=with_mail())
    assert look("2026-12-18T11:59") == 0
    assert look("2026-12-18T12:00") == 1
    assert look("2026-12-18T12:01") == 0
    mail = AccountMail.objects.get(kind="complaint-follow-up")
    assert (mail.person, mail.address) == (None, "")
    assert "lin@example.com" in unseal(mail.sealed)
    assert sent[0] in unseal(mail.sealed)
    assert not Task.objects.exists()
    assert follow_up.find(sent[0]) == made
    row = follow_up.answer(sent[0], True, "Works well.", at("2026-12-19T10:00"))
    assert (row.state, row.stayed_solved, row.look_at) == (State.CLOSED, True, None)
    assert row.events.get(kind=Happened.CONFIRMED).text == "Works well."
    for again in (True, False):
        with pytest.raises(follow_up.UnknownToken):
            follow_up.answer(sent[0], again, "", at("2026-12-19T10:01"))


def test_a_customer_who_says_no_opens_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lead, sent = alice(), token_sent(monkeypatch)
    made = solved(lead, customer=with_mail())
    look("2026-12-18T12:00")
    row = follow_up.answer(sent[0], False, "It broke again.", at("2026-12-21T10:00"))
    assert (row.pk, row.state, row.reopened, row.stayed_solved) == (made.pk, State.OPEN, 1, False)
    assert row.solve_due_at == at("2026-12-24T10:00")
    assert [one.kind for one in row.events.order_by("pk")][-2:] == [Happened.HEARD, Happened.REOPENED]
    assert mails(lead) == ["complaint-reopened"]


def test_without_a_mail_the_assignee_is_asked_to_ask() -> None:
    lead = alice()
    made = solved(lead)
    look("2026-12-18T12:00")
    task = Task.objects.get()
    assert (task.assigned_to, task.kind, task.subject_id) == (lead, "feedback.complaint", made.pk)
    assert mails(lead) == ["complaint-follow-up"]
    handling.confirm(complaint=made, person=lead, now=at("2026-12-19T10:00"))
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_nobody_heard_of_it_for_two_weeks_closes_it_as_not_heard() -> None:
    made = solved(alice())
    look("2026-12-18T12:00")
    assert look("2027-01-01T11:59") == 0
    assert look("2027-01-01T12:00") == 1
    made.refresh_from_db()
    assert (made.state, made.stayed_solved, made.look_at) == (State.CLOSED, None, None)
    assert made.events.get(kind=Happened.CONFIRMED).values == {"heard": False}
    assert Task.objects.get().state == TaskState.DROPPED


def test_weeks_late_she_still_has_two_weeks_to_answer() -> None:
    made = solved(alice())
    assert look("2027-03-01T12:00") == 1
    made.refresh_from_db()
    assert made.look_at == at("2027-03-15T12:00")


# -- Who has it -------------------------------------------------------------------------------------


def test_what_somebody_had_who_left_goes_to_another() -> None:
    lead, manager = alice(), bob()
    made = given_to(lead)
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 0
    Person.objects.filter(pk=lead.pk).update(is_active=False)
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 1
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 0
    made.refresh_from_db()
    assert made.assigned_to == manager
    event = made.events.filter(kind=Happened.ASSIGNED).latest("pk")
    assert (event.values["because"], event.values["instead_of"]) == ("left", "Alice")
    assert mails(manager) == ["complaint-assigned"]


def test_what_somebody_had_who_lost_her_role_goes_to_another() -> None:
    lead, manager = alice(), bob()
    made = given_to(lead)
    Grant.objects.filter(person=lead).update(scope=scope("region:华北"))
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 1
    made.refresh_from_db()
    assert made.assigned_to == manager
    assert made.events.filter(kind=Happened.ASSIGNED).latest("pk").values["because"] == "right"


def test_what_nobody_could_have_waits_until_somebody_can() -> None:
    made = came_in()
    assert made.assigned_to is None
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 0
    manager = bob()
    assert reassigning.reassign_next(now=at("2026-11-18T10:10")) == 1
    made.refresh_from_db()
    assert made.assigned_to == manager


# -- What was agreed changes ------------------------------------------------------------------------


def follow(text: str = "2026-11-18T10:05") -> int:
    return terms_moved.follow_terms(now=at(text))


def test_clocks_follow_another_calendar_hours_and_levels() -> None:
    made = given_to(alice(), at="2026-11-20T16:30")
    ServiceLevel.objects.update(answer_hours_at_most=96)
    follow()
    made.refresh_from_db()
    assert made.answer_due_at == at("2026-11-23T09:30")
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: CalendarDay.objects.create(day="2026-11-23", working=False, name="x"), "2026-11-24T09:30"),
        (lambda: CalendarDay.objects.create(day="2026-11-22", working=True, name="x"), "2026-11-22T09:30"),
        (lambda: FeedbackSettings.objects.update(opens=time(8)), "2026-11-22T08:30"),
        (lambda: FeedbackSettings.objects.update(closes=time(18)), "2026-11-20T17:30"),
        (
            lambda: ServiceLevel.objects.filter(severity=Severity.NORMAL).update(answer_minutes=30),
            "2026-11-20T17:00",
        ),
    ]
    for change, due in cases:
        assert not terms_moved.terms_moved()
        change()
        assert terms_moved.terms_moved()
        assert follow() == 1
        made.refresh_from_db()
        assert made.answer_due_at == at(due)
        assert follow() == 0


def test_what_was_over_by_the_old_hours_warns_again_by_the_new() -> None:
    lead = alice()
    made = given_to(lead)
    look("2026-11-18T11:00")
    CalendarDay.objects.create(day="2026-11-18", working=False, name="A holiday after all")
    ServiceLevel.objects.update(answer_hours_at_most=96)
    follow("2026-11-18T12:00")
    made.refresh_from_db()
    assert (made.answer_due_at, made.answer_breached_at) == (at("2026-11-19T10:00"), None)
    assert look("2026-11-19T10:00") == 1
    made.refresh_from_db()
    assert made.answer_breached_at == at("2026-11-19T10:00")


def test_what_is_solved_keeps_the_clocks_that_it_was_solved_by() -> None:
    made = solved(alice())
    before = (made.answer_due_at, made.solve_due_at)
    ServiceLevel.objects.update(answer_minutes=1, solve_minutes=1)
    follow()
    made.refresh_from_db()
    assert (made.answer_due_at, made.solve_due_at) == before


# -- At once ----------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> None:
    faults: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, faults


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_many_workers_look_and_each_step_is_taken_once() -> None:
    lead = alice()
    bob()
    made = [given_to(lead) for _ in range(12)]
    at_once(*[lambda: [look_next(now=at("2026-11-18T10:45"), limit=3) for _ in range(5)]] * 4)
    at_once(*[lambda: [look_next(now=at("2026-11-18T11:00"), limit=3) for _ in range(5)]] * 4)
    for one in made:
        assert kinds(one) == [Happened.WARNED, Happened.BREACHED, Happened.ESCALATED]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_killed_between_nothing_has_happened_and_the_next_one_does_it() -> None:
    lead = alice()
    made = given_to(lead)
    with transaction.atomic():
        assert look("2026-11-18T10:45") == 1
        transaction.set_rollback(True)  # the connection is gone before anything was committed
    assert kinds(made) == []
    assert not AccountMail.objects.exists()
    assert look("2026-11-18T10:45") == 1
    assert mails(lead) == ["complaint-warned"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_two_that_come_in_at_once_go_to_two_people() -> None:
    people = [person(name, "lead") for name in ("Amy", "Ben")]
    rule = AssignmentRule.objects.create(name="all", scope=scope("company"), assigns_by="people")
    rule.people.set(people)
    at_once(*[lambda: came_in()] * 8)
    loads = [Complaint.objects.filter(assigned_to=one).count() for one in people]
    assert loads == [4, 4]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_the_same_key_at_once_is_one_complaint() -> None:
    alice()
    at_once(*[lambda: came_in(key="k1")] * 6)
    assert Complaint.objects.count() == 1
    assert ComplaintEvent.objects.filter(kind=Happened.RECEIVED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_what_somebody_works_on_is_set_anew_by_the_next_sweep() -> None:
    lead = alice()
    made = given_to(lead)
    follow()
    ServiceLevel.objects.update(answer_minutes=30)
    done = threading.Event()

    def works() -> None:
        with transaction.atomic():
            Complaint.objects.select_for_update().get(pk=made.pk)
            done.set()
            until_over.wait(30)
        connection.close()

    until_over = threading.Event()
    worker = threading.Thread(target=works)
    worker.start()
    done.wait(30)
    assert follow() == 0
    assert terms_moved.terms_moved()
    until_over.set()
    worker.join(30)
    assert follow() == 1
    assert not terms_moved.terms_moved()


def test_a_complaint_is_taken_up_to_whoever_manages_nearest_to_it() -> None:
    lead, boss = alice(), ada()
    everywhere, region, city = (
        bob(),
        person("Eve", "manager", "region:华东"),
        person("Finn", "manager", "region:华东/上海"),
    )
    places = [
        scope(text) for text in ("region:华东/上海+channel:抖音", "region:华东", "region:华北", "company")
    ]
    above = Above(places)
    for place in places:
        for but in (None, lead, city, region, everywhere):
            wanted = role_holders([Role.MANAGER], place, but=but) or [boss]
            assert above.of(place, 1, but=but) == wanted
            assert above.of(place, 2, but=but) == [boss]
    assert above.of(places[0], 2, but=boss) == []
