"""What goes up when its time is over or nobody is there, and what two different people must sign."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from common.secrets import unseal
from decisions import kinds
from decisions.models import Band, Delegation, Step
from decisions.selectors import inbox, proposal_page
from decisions.services import decide
from decisions.services.reminding import remind_next
from organization.models import AccountMail, AuditEntry, Duty
from organization.services import Refused
from tests.decisions.plans import PLAN, WEDNESDAY, proposed
from tests.decisions.test_bands import ladder, signs
from tests.people import alice, charlie, dana, person, scope

pytestmark = pytest.mark.django_db
NEXT_DAY = WEDNESDAY + timedelta(days=1)


def told(kind: str) -> list[str]:
    rows = AccountMail.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("person__display_name", flat=True))


def two_of_the_board() -> None:
    for place in (1, 2):
        Band.objects.create(kind=PLAN, duty="Board", working_hours=45, position=place)


def test_what_the_director_lets_wait_goes_to_the_general_manager_as_well_once_and_on_record() -> None:
    dora, gus = signs("Dora", "Director"), signs("Gus", "General manager")
    ladder()
    proposal = proposed(alice(), amount=80_000)
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=gus, verdict="approve", note="", as_of=WEDNESDAY)
    for now in (NEXT_DAY, NEXT_DAY, NEXT_DAY + timedelta(days=9)):
        remind_next(now=now)
    assert (told("proposal-overdue"), told("proposal-raised")) == (["Dora"], ["Gus"])
    assert [row.proposal for row in inbox(gus, as_of=NEXT_DAY).waiting] == [proposal]
    assert [row.proposal for row in inbox(dora, as_of=NEXT_DAY).waiting] == [proposal]
    assert AuditEntry.objects.filter(action="proposal.raise").count() == 1
    subject, _text, _html = json.loads(unseal(AccountMail.objects.get(kind="proposal-raised").sealed))
    assert subject.startswith("Overdue with others, and now for you as well")
    view, _thread = proposal_page(gus, proposal.pk, as_of=NEXT_DAY)
    assert view.waiting is not None
    assert "since it is overdue General manager" in view.waiting.who
    assert (
        decide(proposal=proposal, person=gus, verdict="approve", note="", as_of=NEXT_DAY).state == "approved"
    )


def test_at_the_top_and_where_nobody_is_above_it_stays_where_it_is() -> None:
    signs("Bea", "Board")
    ladder()
    proposed(alice(), amount=900_000)
    remind_next(now=WEDNESDAY + timedelta(days=30))
    assert told("proposal-raised") == []
    assert Step.objects.get().raised_at is None


def test_what_a_director_asks_for_herself_goes_to_the_next_band() -> None:
    dora = signs("Dora", "Director")
    signs("Gus", "General manager")
    ladder()
    step = proposed(dora, amount=80_000).steps.get()
    assert (step.duty, step.up_duty) == ("General manager", "")
    assert told("proposal-begins") == ["Gus"]


def test_two_of_the_board_are_two_people() -> None:
    bea, ben = signs("Bea", "Board"), signs("Ben", "Board")
    two_of_the_board()
    proposal = proposed(alice(), amount=900_000)
    assert told("proposal-begins") == ["Bea", "Ben"]
    assert decide(proposal=proposal, person=bea, verdict="approve", note="", as_of=WEDNESDAY).state == "open"
    assert told("proposal-begins") == ["Bea", "Ben", "Ben"]
    assert inbox(bea, as_of=WEDNESDAY).waiting == ()
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=bea, verdict="approve", note="", as_of=WEDNESDAY)
    done = decide(proposal=proposal, person=ben, verdict="approve", note="", as_of=WEDNESDAY)
    assert (done.state, done.decided_by) == ("approved", ben)


def test_who_stands_in_for_both_of_the_board_signs_once() -> None:
    bea, ben = signs("Bea", "Board"), signs("Ben", "Board")
    two_of_the_board()
    deputy = charlie()
    for whose in (bea, ben):
        Delegation.objects.create(
            from_person=whose, to_person=deputy, first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date()
        )
    proposal = proposed(alice(), amount=900_000)
    decide(proposal=proposal, person=deputy, verdict="approve", note="", as_of=WEDNESDAY)
    for whom in (deputy, bea):  # he has signed, for her
        with pytest.raises(PermissionDenied):
            decide(proposal=proposal, person=whom, verdict="approve", note="", as_of=WEDNESDAY)
    assert (
        decide(proposal=proposal, person=ben, verdict="approve", note="", as_of=WEDNESDAY).state == "approved"
    )


def test_a_board_of_one_cannot_sign_twice_and_that_is_said_at_once() -> None:
    signs("Bea", "Board")
    two_of_the_board()
    with pytest.raises(Refused, match="2 different people must approve this as Board"):
        proposed(alice(), amount=900_000)


def test_an_approval_by_somebody_who_left_is_none() -> None:
    dora = signs("Dora", "Director")
    signs("Dan", "Director")
    ladder()
    proposal = proposed(alice(), amount=80_000)
    dora.is_active = False
    dora.save()
    with pytest.raises(PermissionDenied):
        decide(proposal=proposal, person=dora, verdict="approve", note="", as_of=WEDNESDAY)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_where_nobody_has_the_duty_the_role_of_the_kind_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds._kinds, PLAN, replace(kinds.kind_of(PLAN), without_duty="finance"))
    Band.objects.create(kind=PLAN, duty="CFO", working_hours=9)
    dana()
    assert proposed(alice()).steps.get().role == "finance"
    Duty.objects.create(name="CFO", scope=scope("company"), person=person("Fay", "viewer"))
    step = proposed(alice(), "region:华东/上海").steps.get()
    assert (step.duty, step.up_role) == ("CFO", "finance")
    remind_next(now=WEDNESDAY + timedelta(days=3))
    assert told("proposal-raised") == ["Dana"]
