"""Complaints from their coming in to their end: whose they are, their clocks, what is said, and why they happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from customers.keys import hash_key
from customers.models import Customer
from decisions.services import Settled
from feedback.models import (
    AssignmentRule,
    Came,
    Category,
    Cause,
    Complaint,
    ComplaintEvent,
    Happened,
    Pause,
    ServiceLevel,
    Severity,
    State,
)
from feedback.services import assigning, causes, handling
from feedback.services.handling import By
from feedback.services.intake import NewComplaint, receive
from organization.models import AccountMail, AuditEntry, Duty, Person, Responsibility
from organization.services import Refused
from tests.feedback.made import SHANGHAI, came_in
from tests.people import ada, alice, bob, charlie, mallory, person, scope

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


WEDNESDAY = at("2026-11-18T10:00")


def kinds(complaint: Complaint) -> list[str]:
    return list(
        ComplaintEvent.objects.filter(complaint=complaint).order_by("pk").values_list("kind", flat=True)
    )


def customer(key: str = "c1") -> Customer:
    return Customer.objects.get_or_create(key_hash=hash_key(key))[0]


def rule(
    name: str, *, duty: str = "", people: tuple[Person, ...] = (), area: str = "company", **more: Any
) -> None:
    made = AssignmentRule.objects.create(
        name=name, scope=scope(area), assigns_by="duty" if duty else "people", duty=duty, **more
    )
    made.people.set(people)


# -- Coming in --------------------------------------------------------------------------------------


def test_a_complaint_is_received_given_to_somebody_and_timed() -> None:
    lead = alice()
    ada()
    Responsibility.objects.create(scope=scope("region:华东"), person=lead, first_day=WEDNESDAY.date())
    made = came_in(area="region:华东/上海")
    assert (made.state, made.assigned_to, made.assigned_why) == (State.NEW, lead, assigning.BY_AREA)
    assert made.answer_due_at == at("2026-11-18T11:00")
    assert made.answer_warn_at == at("2026-11-18T10:45")
    assert made.solve_due_at == at("2026-11-23T10:00")
    assert made.look_at == made.answer_warn_at
    assert kinds(made) == [Happened.RECEIVED, Happened.ASSIGNED]
    assert AccountMail.objects.filter(person=lead, kind="complaint-assigned").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": " \n "}, "what the complaint is about"),
        ({"text": "x" * 8001}, "too long"),
        ({"severity": 9}, "no such severity"),
        ({"area": "team:a"}, "not to a team"),
        ({"at": WEDNESDAY + timedelta(minutes=1), "now": WEDNESDAY}, "ahead of now"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_complaint_is_refused(change: dict[str, Any], said: str) -> None:
    ada()
    with pytest.raises(Refused, match=said):
        came_in(**change)
    assert not Complaint.objects.exists()


def test_a_category_that_was_put_away_takes_no_more() -> None:
    Category.objects.filter(code="price").update(archived_at=WEDNESDAY)
    with pytest.raises(Refused, match="not in use"):
        came_in(category="price")


def test_a_complaint_without_a_region_goes_to_who_administers_and_says_so() -> None:
    boss = ada()
    alice()
    made = came_in(area="channel:抖音")
    assert (made.assigned_to, made.assigned_why) == (boss, assigning.BY_ADMIN)
    assert made.events.get(kind=Happened.RECEIVED).values["no_region"] is True


def test_nobody_at_all_is_said_so() -> None:
    made = came_in(area="company")
    assert (made.assigned_to, made.assigned_why) == (None, assigning.BY_NOBODY)


def test_the_same_key_twice_is_one_complaint() -> None:
    ada()
    first = came_in(key="k1")
    assert came_in("Something else.", key="k1") == first
    assert Complaint.objects.count() == 1
    assert AccountMail.objects.count() == 1


def test_whoever_may_only_look_takes_in_nothing() -> None:
    with pytest.raises(PermissionDenied):
        came_in(person=charlie())
    with pytest.raises(PermissionDenied):
        came_in(person=mallory())


@pytest.mark.parametrize(
    ("later", "who", "category", "repeat"),
    [
        (timedelta(days=90), "c1", "quality", True),
        (timedelta(days=91), "c1", "quality", False),
        (timedelta(days=1), "c2", "quality", False),
        (timedelta(days=1), "c1", "delivery", False),
        (timedelta(0), "c1", "quality", True),
    ],
)  # fmt: skip
def test_a_repeat_is_the_same_customer_and_category_within_ninety_days(
    later: timedelta, who: str, category: str, repeat: bool
) -> None:
    first = came_in(customer=customer("c1"), at=WEDNESDAY)
    second = came_in(customer=customer(who), category=category, at=WEDNESDAY + later)
    assert second.repeat_of == (first if repeat else None)
    assert (Happened.REPEAT in kinds(second)) is repeat


def test_nobody_in_particular_never_repeats_herself() -> None:
    came_in()
    assert came_in().repeat_of is None


# -- Whose it is ------------------------------------------------------------------------------------


def test_the_first_rule_that_matches_and_finds_somebody_gives_it() -> None:
    lead, manager, other = alice(), bob(), person("Erin", "lead", "region:华北")
    Duty.objects.create(name="Service", scope=scope("region:华东"), person=lead)
    rule("critical", people=(manager,), position=1, least_severity=Severity.CRITICAL)
    rule("price", people=(manager,), position=2, category=Category.objects.get(code="price"))
    rule("north", people=(other,), position=3, area="region:华北")
    rule("service", duty="service", position=4)
    cases = [
        (came_in(), lead),
        (came_in(severity=Severity.CRITICAL), manager),
        (came_in(category="price"), manager),
        (came_in(area="region:华北/北京"), other),
        (came_in(area="region:华东/上海+channel:抖音"), lead),
    ]
    assert [one.assigned_to for one, _who in cases] == [who for _one, who in cases]
    assert cases[0][0].events.get(kind=Happened.ASSIGNED).values["rule"] == "service"


def test_a_rule_passes_over_those_who_left_or_may_not() -> None:
    gone, looks, manager = person("Gil", "lead", is_active=False), charlie(), bob()
    rule("first", people=(gone, looks), position=1)
    rule("second", people=(manager,), position=2)
    assert came_in().assigned_to == manager


def test_the_one_with_the_least_to_do_gets_it_and_then_who_waited_longest() -> None:
    people = [person(name, "lead") for name in ("Amy", "Ben", "Cam")]
    rule("all", people=tuple(people))
    given = [came_in(at=WEDNESDAY + timedelta(minutes=n)) for n in range(6)]
    assert [one.assigned_to.username for one in given if one.assigned_to] == [
        "amy",
        "ben",
        "cam",
        "amy",
        "ben",
        "cam",
    ]
    handling.solve(
        complaint=given[1], person=people[1], now=WEDNESDAY + timedelta(hours=1), cause=["x"], solution="y"
    )
    assert came_in(at=WEDNESDAY + timedelta(hours=2)).assigned_to == people[1]


def test_who_manages_the_area_is_next_where_nobody_answers_for_it() -> None:
    manager = bob("region:华东")
    ada()
    made = came_in()
    assert (made.assigned_to, made.assigned_why) == (manager, assigning.BY_MANAGER)


def test_alice_hands_a_complaint_on_but_not_to_who_may_not() -> None:
    lead, manager, looks = alice(), bob(), charlie()
    made = came_in()
    with pytest.raises(Refused, match="may not handle"):
        handling.assign(complaint=made, person=lead, now=WEDNESDAY, whom=looks)
    row = handling.assign(complaint=made, person=manager, now=WEDNESDAY, whom=lead)
    assert (row.assigned_to, row.assigned_why) == (lead, assigning.BY_HAND)
    assert AccountMail.objects.filter(person=lead, kind="complaint-assigned").count() == 1


# -- Rights and two people at once ------------------------------------------------------------------

ACTS: dict[str, Callable[[Person], dict[str, Any]]] = {
    "assign": lambda who: {"whom": who},
    "change_severity": lambda who: {"severity": Severity.HIGH},
    "change_area": lambda who: {"scope": scope("region:华东"), "category": Category.objects.get(code="price")},
    "write_message": lambda who: {"text": "We are sorry."},
    "hear": lambda who: {"text": "Still broken."},
    "note": lambda who: {"text": "Odd."},
    "wait_for_customer": lambda who: {},
    "solve": lambda who: {"cause": ["Why"], "solution": "Sent another."},
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_only_who_handles_complaints_of_the_area_may(act: str) -> None:
    made = came_in()
    for who in (charlie(), mallory(), person("Erin", "lead", "region:华北")):
        with pytest.raises(PermissionDenied):
            getattr(handling, act)(complaint=made, person=who, now=WEDNESDAY, **ACTS[act](who))
    assert kinds(made) == [Happened.RECEIVED, Happened.ASSIGNED]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_overwrites_what_she_has_not_seen(act: str) -> None:
    lead, made = alice(), came_in()
    handling.note(complaint=made, person=lead, now=WEDNESDAY, text="First.")
    with pytest.raises(Settled, match="meanwhile"):
        getattr(handling, act)(
            complaint=made, person=lead, now=WEDNESDAY, revision=made.revision, **ACTS[act](lead)
        )


@pytest.mark.parametrize("act", ACTS)
def test_what_is_done_is_on_record_without_its_words(act: str) -> None:
    lead, made = alice(), came_in("Her secret words.")
    more = {**ACTS[act](lead), **({"text": "secret"} if act in ("note", "hear", "write_message") else {})}
    getattr(handling, act)(complaint=made, person=lead, now=WEDNESDAY, **more)
    entry = AuditEntry.objects.filter(person=lead, action__startswith="feedback.complaint").latest("pk")
    assert entry.details["complaint"] == made.pk
    assert not any("secret" in str(one.details) for one in AuditEntry.objects.all())


# -- What is said, and the clocks -------------------------------------------------------------------


def test_the_first_message_is_the_first_answer() -> None:
    lead, made = alice(), came_in()
    row = handling.write_message(
        complaint=made, person=lead, now=at("2026-11-18T10:40"), text="We look into it.", by=By.PHONE
    )
    assert (row.state, row.answered_at, row.answer_minutes_taken) == (State.OPEN, at("2026-11-18T10:40"), 40)
    assert row.answer_breached_at is None
    assert row.look_at == row.solve_warn_at
    again = handling.write_message(complaint=row, person=lead, now=at("2026-11-18T12:00"), text="Soon.")
    assert again.answered_at == at("2026-11-18T10:40")
    assert kinds(row)[2:] == [Happened.ANSWERED, Happened.MESSAGE]


def test_an_answer_after_its_time_is_late_before_anybody_has_looked() -> None:
    lead, made = alice(), came_in()
    row = handling.write_message(complaint=made, person=lead, now=at("2026-11-18T11:01"), text="Sorry.")
    assert row.answer_breached_at == at("2026-11-18T11:01")
    assert Happened.BREACHED in kinds(row)


def test_waiting_for_the_customer_stops_the_clock_of_the_solution_alone() -> None:
    lead, made = alice(), came_in()
    row = handling.wait_for_customer(complaint=made, person=lead, now=at("2026-11-18T10:30"))
    assert (row.state, row.solve_due_at) == (State.WAITING, None)
    assert row.answer_due_at == at("2026-11-18T11:00")
    with pytest.raises(Settled, match="waited for"):
        handling.wait_for_customer(complaint=row, person=lead, now=at("2026-11-18T10:31"))
    row = handling.hear(complaint=row, person=lead, now=at("2026-11-18T12:30"), text="Here is the picture.")
    assert (row.state, row.solve_due_at) == (State.OPEN, at("2026-11-23T12:00"))
    assert Pause.objects.get().ended_at == at("2026-11-18T12:30")
    with pytest.raises(Settled):
        handling.resume(complaint=row, person=lead, now=at("2026-11-18T12:31"))


def test_another_severity_is_due_by_its_own_terms() -> None:
    lead, made = alice(), came_in()
    row = handling.change_severity(complaint=made, person=lead, now=WEDNESDAY, severity=Severity.CRITICAL)
    assert (row.answer_due_at, row.solve_due_at) == (at("2026-11-18T10:30"), at("2026-11-19T10:00"))
    event = row.events.get(kind=Happened.SEVERITY)
    assert (event.values["before"], event.values["after"]) == (Severity.NORMAL, Severity.CRITICAL)


def test_a_complaint_that_moves_out_of_reach_is_given_anew() -> None:
    lead, manager = alice(), bob()
    Responsibility.objects.create(scope=scope("region:华东"), person=lead, first_day=WEDNESDAY.date())
    made = came_in()
    row = handling.change_area(
        complaint=made, person=manager, now=WEDNESDAY, scope=scope("region:华北"), category=made.category
    )
    assert (row.scope.key, row.assigned_to) == ("region:华北", manager)
    with pytest.raises(PermissionDenied):
        handling.change_area(
            complaint=row, person=lead, now=WEDNESDAY, scope=scope("region:华东"), category=made.category
        )


def test_a_solution_needs_a_cause_and_words() -> None:
    lead, made = alice(), came_in()
    for cause, solution, said in (
        ([], "Sent another.", "at least one why"),
        (["a", "b", "c", "d", "e", "f"], "Sent another.", "At most 5"),
        (["a", " "], "Sent another.", "is empty"),
        (["x" * 201], "Sent another.", "at most 200"),
        (["a"], " ", "how it was solved"),
    ):
        with pytest.raises(Refused, match=said):
            handling.solve(complaint=made, person=lead, now=WEDNESDAY, cause=cause, solution=solution)
    assert not Cause.objects.exists()


def test_alice_solves_a_complaint_with_its_whys() -> None:
    lead, made = alice(), came_in()
    handling.write_message(complaint=made, person=lead, now=at("2026-11-18T10:30"), text="Sorry.")
    handling.wait_for_customer(complaint=made, person=lead, now=at("2026-11-18T11:00"))
    row = handling.solve(
        complaint=made, person=lead, now=at("2026-11-18T15:00"), solution="Sent another.",
        cause=["It broke on the way", "The box is thin", "The supplier changed it"],
    )  # fmt: skip
    assert (row.state, row.solved_at, row.solve_minutes_taken) == (State.SOLVED, at("2026-11-18T15:00"), 60)
    assert row.solve_breached_at is None
    assert row.cause is not None
    assert (row.cause.name, row.cause.depth) == ("The supplier changed it", 3)
    assert row.follow_up_at == row.look_at == at("2026-12-18T15:00")
    event = row.events.get(kind=Happened.SOLVED)
    assert event.values["path"] == ["It broke on the way", "The box is thin", "The supplier changed it"]
    with pytest.raises(Settled, match="solved already"):
        handling.solve(complaint=row, person=lead, now=at("2026-11-18T16:00"), cause=["x"], solution="y")


def test_the_same_whys_are_the_same_cause() -> None:
    first = causes.find_or_make(whys=["Broken", "Thin box"], person=None, now=WEDNESDAY)
    same = causes.find_or_make(whys=["  broken ", "Thin   BOX"], person=None, now=WEDNESDAY)
    other = causes.find_or_make(whys=["Late", "Thin box"], person=None, now=WEDNESDAY)
    assert first == same
    assert first != other
    assert Cause.objects.count() == 4


def test_a_solution_without_a_message_before_answers_the_customer() -> None:
    lead, made = alice(), came_in()
    row = handling.solve(complaint=made, person=lead, now=at("2026-11-18T10:20"), cause=["x"], solution="y")
    assert row.answered_at == at("2026-11-18T10:20")


def test_the_same_cause_makes_a_repeat_when_it_is_solved() -> None:
    lead = alice()
    first = came_in(customer=customer(), category="quality")
    second = came_in(customer=customer(), category="delivery", at=WEDNESDAY + timedelta(days=2))
    for one in (first, second):
        handling.solve(
            complaint=one, person=lead, now=WEDNESDAY + timedelta(days=2), cause=["Thin box"], solution="y"
        )
    second.refresh_from_db()
    first.refresh_from_db()
    assert second.repeat_of == first
    assert first.repeat_of is None
    assert second.events.get(kind=Happened.REPEAT).values == {"of": first.pk, "same": "cause"}


def test_a_complaint_opened_again_counts_and_its_clock_starts_anew() -> None:
    lead, made = alice(), came_in()
    handling.solve(complaint=made, person=lead, now=at("2026-11-18T12:00"), cause=["x"], solution="y")
    row = handling.reopen(complaint=made, person=lead, now=at("2026-11-20T10:00"), text="It broke again.")
    assert (row.state, row.reopened, row.solved_at, row.stayed_solved) == (State.OPEN, 1, None, False)
    assert row.solve_due_at == at("2026-11-25T10:00")
    assert row.look_at == row.solve_warn_at
    with pytest.raises(Settled, match="in progress"):
        handling.reopen(complaint=row, person=lead, now=at("2026-11-20T10:01"), text="Again.")


def test_a_customer_who_says_it_stayed_solved_closes_it() -> None:
    lead, made = alice(), came_in()
    with pytest.raises(Settled):
        handling.confirm(complaint=made, person=lead, now=WEDNESDAY)
    handling.solve(complaint=made, person=lead, now=WEDNESDAY, cause=["x"], solution="y")
    row = handling.confirm(complaint=made, person=lead, now=at("2026-12-20T10:00"))
    assert (row.state, row.stayed_solved, row.look_at) == (State.CLOSED, True, None)
    again = handling.reopen(complaint=row, person=lead, now=at("2026-12-21T10:00"), text="It broke.")
    assert again.state == State.OPEN


def test_a_mail_needs_an_address_that_she_left() -> None:
    lead, made = alice(), came_in(customer=customer())
    with pytest.raises(Refused, match="no mail address"):
        handling.write_message(complaint=made, person=lead, now=WEDNESDAY, text="Hello.", mail=True)
    assert kinds(made) == [Happened.RECEIVED, Happened.ASSIGNED]


def test_levels_ship_for_every_severity() -> None:
    assert set(ServiceLevel.objects.values_list("severity", flat=True)) == set(Severity.values)


def test_a_complaint_by_hand_is_nobody_elses_news() -> None:
    lead = alice()
    Responsibility.objects.create(scope=scope("region:华东"), person=lead, first_day=WEDNESDAY.date())
    new = NewComplaint(
        Came.FORM, scope("region:华东"), Category.objects.get(code="other"), Severity.LOW, "By phone."
    )
    assert receive(new=new, person=lead, now=WEDNESDAY).assigned_to == lead
    assert not AccountMail.objects.exists()
