"""Proposing and deciding: who may, who may not, and what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from decisions.kinds import Outcome
from decisions.models import Comment, Delegation, Proposal, Step
from decisions.services import Settled, answer, decide, lapse, propose, withdraw
from organization.models import AccountMail, AuditEntry, Duty, Person
from organization.services import Refused
from tests.decisions.plans import PLAN, WEDNESDAY, carried_out, proposed
from tests.people import ada, alice, bob, charlie, dana, mallory, person, scope

pytestmark = pytest.mark.django_db
LATER = WEDNESDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_carried_out() -> None:
    carried_out.clear()


def stand_in(for_whom: Person, who: Person, area: str | None = None) -> Delegation:
    return Delegation.objects.create(
        from_person=for_whom, to_person=who, first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date(),
        scope=scope(area) if area else None,
    )  # fmt: skip


def test_bob_approves_what_alice_proposes_and_it_is_carried_out() -> None:
    lead, manager = alice(), bob()
    proposal = decide(proposal=proposed(lead), person=manager, verdict="approve", note="Go on.", as_of=LATER)
    assert (proposal.state, proposal.decided_by, proposal.decision_note) == ("approved", manager, "Go on.")
    [(pk, decision)] = carried_out
    assert (pk, decision.outcome, decision.person, decision.note) == (
        proposal.pk, Outcome.APPROVED, manager, "Go on.",
    )  # fmt: skip
    step = proposal.steps.get()
    assert (step.state, step.decided_by, step.on_behalf_of, step.at) == ("approved", manager, None, LATER)
    assert set(AuditEntry.objects.filter(subject="region:华东").values_list("action", flat=True)) >= {
        "proposal.make", "proposal.approve",
    }  # fmt: skip


def test_what_is_rejected_needs_a_reason_and_is_told_to_its_floor() -> None:
    proposal, manager = proposed(alice()) if bob() else None, bob()
    assert proposal
    with pytest.raises(Refused, match="Say why"):
        decide(proposal=proposal, person=manager, verdict="reject", note="  ", as_of=LATER)
    rejected = decide(proposal=proposal, person=manager, verdict="reject", note="Try harder.", as_of=LATER)
    assert rejected.state == "rejected"
    assert carried_out[0][1].outcome == Outcome.REJECTED


def test_nobody_approves_her_own_not_even_an_administrator() -> None:
    bob()
    own = proposed(ada())
    with pytest.raises(Refused, match="yourself"):
        decide(proposal=own, person=ada(), verdict="approve", note="", as_of=LATER)
    assert not carried_out


def test_nobody_approves_her_own_in_the_place_of_another() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    stand_in(manager, lead)
    with pytest.raises(Refused, match="yourself"):
        decide(proposal=proposal, person=lead, verdict="approve", note="", as_of=LATER)


def test_nobody_approves_in_the_place_of_who_proposed() -> None:
    manager, looker = bob(), charlie()
    ada()
    proposal = proposed(manager)
    stand_in(manager, looker)
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=looker, verdict="approve", note="", as_of=LATER)


@pytest.mark.parametrize("field", ["decided_by", "on_behalf_of"])
def test_the_database_itself_refuses_an_authors_own_approval(field: str) -> None:
    bob()
    proposal = proposed(alice())
    with pytest.raises(IntegrityError, match="step_not_by_its_author"), transaction.atomic():
        Step.objects.filter(proposal=proposal).update(
            state="approved", at=LATER, **{"decided_by": bob(), field: alice()}
        )
    with pytest.raises(IntegrityError, match="proposal_not_by_its_author"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="approved", decided_at=LATER, decided_by=alice())


def test_charlie_in_bobs_place_decides_and_the_record_says_for_whom() -> None:
    manager, looker = bob(), charlie()
    proposal = proposed(alice())
    stand_in(manager, looker)
    decide(proposal=proposal, person=looker, verdict="approve", note="", as_of=LATER)
    step = proposal.steps.get()
    assert (step.decided_by, step.on_behalf_of) == (looker, manager)


@pytest.mark.parametrize(
    ("area", "days", "may"),
    [
        (None, 0, True),
        ("region:华东", 0, True),
        ("region:华北", 0, False),
        (None, 1, False),
        (None, -1, False),
    ],
)
def test_standing_in_holds_for_its_days_and_its_area_alone(area: str | None, days: int, may: bool) -> None:
    manager, looker = bob(), charlie()
    proposal = proposed(alice())
    stand_in(manager, looker, area)
    as_of = LATER + timedelta(days=days)
    if may:
        assert decide(proposal=proposal, person=looker, verdict="approve", note="", as_of=as_of)
    else:
        with pytest.raises(PermissionDenied):
            decide(proposal=proposal, person=looker, verdict="approve", note="", as_of=as_of)


def test_standing_in_for_bob_gives_mallory_no_sight_of_anything() -> None:
    proposal = proposed(alice()) if bob() else None
    assert proposal
    stand_in(bob(), mallory())
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=mallory(), verdict="approve", note="", as_of=LATER)


def test_who_leads_or_looks_or_manages_elsewhere_does_not_approve() -> None:
    bob()
    proposal = proposed(alice())
    for other in (
        charlie(),
        dana(),
        person("Lea", "lead", "region:华东"),
        person("Ned", "manager", "region:华北"),
    ):
        with pytest.raises(PermissionDenied):
            decide(proposal=proposal, person=other, verdict="approve", note="", as_of=LATER)


def test_what_is_asked_back_waits_for_its_author_and_comes_again() -> None:
    lead, manager = alice(), bob()
    proposal = decide(
        proposal=proposed(lead), person=manager, verdict="ask", note="Which market?", as_of=LATER
    )
    assert proposal.state == "asked"
    with pytest.raises(Settled, match="already"):
        decide(proposal=proposal, person=manager, verdict="ask", note="And why?", as_of=LATER)
    with pytest.raises(PermissionDenied):
        answer(proposal=proposal, person=manager, text="I do not know.", as_of=LATER)
    again = answer(proposal=proposal, person=lead, text="Panels.", as_of=LATER)
    assert again.state == "open"
    assert [(one.says, one.author, one.text) for one in Comment.objects.order_by("pk")] == [
        ("question", manager, "Which market?"), ("answer", lead, "Panels."),
    ]  # fmt: skip
    assert decide(proposal=again, person=manager, verdict="approve", note="", as_of=LATER).state == "approved"


def test_the_clock_stands_still_while_the_author_is_asked() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    due = proposal.steps.get().due_at
    assert due == WEDNESDAY + timedelta(days=5)  # three working days from Wednesday at ten
    decide(proposal=proposal, person=manager, verdict="ask", note="Why?", as_of=LATER)
    answer(proposal=proposal, person=lead, text="So.", as_of=LATER + timedelta(hours=2))
    assert proposal.steps.get().due_at == due + timedelta(hours=2)


def test_what_was_asked_back_may_still_be_decided() -> None:
    manager = bob()
    proposal = decide(proposal=proposed(alice()), person=manager, verdict="ask", note="Why?", as_of=LATER)
    assert decide(proposal=proposal, person=manager, verdict="reject", note="No answer.", as_of=LATER)


def test_a_proposal_is_withdrawn_by_its_author_alone() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    with pytest.raises(PermissionDenied):
        withdraw(proposal=proposal, person=manager, as_of=LATER)
    assert withdraw(proposal=proposal, person=lead, note="Wrong month.", as_of=LATER).state == "withdrawn"
    assert carried_out[0][1].outcome == Outcome.WITHDRAWN
    with pytest.raises(Settled, match="withdrawn"):
        decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=LATER)


def test_whoever_comes_second_sees_who_was_quicker() -> None:
    proposal, manager = proposed(alice()) if bob() else None, bob()
    assert proposal
    decide(proposal=proposal, person=manager, verdict="reject", note="No.", as_of=LATER)
    with pytest.raises(Settled, match="Bob has rejected"):
        decide(proposal=proposal, person=ada(), verdict="approve", note="", as_of=LATER)
    assert [decision.outcome for _pk, decision in carried_out] == [Outcome.REJECTED]


def test_nobody_decides_about_what_she_has_not_seen() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    seen = proposal.turn
    decide(proposal=proposal, person=manager, verdict="ask", note="Why?", as_of=LATER)
    answer(proposal=proposal, person=lead, text="So.", as_of=LATER)
    with pytest.raises(Settled, match="Look again"):
        decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=LATER, based_on=seen)


def test_what_its_floor_refuses_is_not_decided() -> None:
    manager = bob()
    proposal = proposed(alice(), refuse=True)
    mails = AccountMail.objects.count()
    with pytest.raises(Refused, match="closed"):
        decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=LATER)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.steps.get().state) == ("open", "waiting")
    assert not AuditEntry.objects.filter(action="proposal.approve").exists()
    assert AccountMail.objects.count() == mails


def test_one_subject_has_one_undecided_proposal() -> None:
    manager = bob()
    first = proposed(alice())
    with pytest.raises(Settled, match="already"):
        proposed(alice())
    decide(proposal=first, person=manager, verdict="reject", note="No.", as_of=LATER)
    assert proposed(alice()).pk != first.pk


@pytest.mark.parametrize(
    ("summary", "body", "said"),
    [
        ("", "why", "one line"),
        ("x" * 301, "why", "300"),
        ("what", " ", "Say why"),
        ("what", "x" * 10_001, "long"),
    ],
)
def test_a_proposal_says_what_and_why(summary: str, body: str, said: str) -> None:
    bob()
    place = scope("region:华东")
    with pytest.raises(Refused, match=said):
        propose(
            kind=PLAN, subject_id=place.pk, scope=place, summary=summary, body=body, payload={}, person=alice(),
            as_of=WEDNESDAY,
        )  # fmt: skip
    assert not Proposal.objects.exists()


def test_what_nobody_else_could_approve_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="Nobody else has the role “Manager”"):
        proposed(person("Ada", "admin"))
    assert not Proposal.objects.exists()


def test_an_administrator_approves_where_nobody_manages() -> None:
    admin = ada()
    assert decide(proposal=proposed(alice()), person=admin, verdict="approve", note="", as_of=LATER)


def test_what_events_have_overtaken_lapses() -> None:
    bob()
    proposal = proposed(alice())
    lapsed = lapse(proposal=proposal, note="The month was closed.", as_of=LATER)
    assert lapsed is not None
    assert lapsed.state == "lapsed"
    assert not carried_out
    assert lapse(proposal=proposal, note="Again.", as_of=LATER) is None


def test_a_duty_on_the_area_or_above_decides_where_it_is_asked_for() -> None:
    from decisions.models import Band

    Band.objects.create(kind=PLAN, duty="Director", working_hours=9)
    looker = charlie()
    with pytest.raises(Refused, match="duty “Director”"):
        proposed(alice())
    Duty.objects.create(name="director", scope=scope("company"), person=looker)
    proposal = proposed(alice())
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=bob(), verdict="approve", note="", as_of=LATER)
    assert decide(proposal=proposal, person=looker, verdict="approve", note="", as_of=LATER)
