"""Money that moves between lines and from pools: who asks, who approves, and what the ledger says afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from budgets.models import Balance, Entry, Line, LineMonth, Transfer
from budgets.selectors.transfers import choices, visible_transfers
from budgets.services.ledger import NotFree
from budgets.services.plans import close_budget
from budgets.services.transfers import TransferRefused, ask_transfer
from decisions.models import Delegation, Proposal
from decisions.services import Settled, decide, withdraw
from decisions.services.reminding import remind_next
from organization.models import AccountMail, AuditEntry, Duty, Person
from organization.services import Refused
from tests.budgets.books import a_budget, a_line, put
from tests.decisions.plans import CHINA
from tests.people import alice, bob, charlie, dana, person, scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 12, 10, tzinfo=CHINA)  # a Wednesday
TODAY = NOW.date()


def signs(name: str, duty: str) -> Person:
    whom = person(name, "viewer", "company")
    Duty.objects.create(name=duty, scope=scope("company"), person=whom)
    return whom


def lines() -> tuple[Line, Line]:
    budget = a_budget()
    return a_line(budget, "Search", planned=1_000_000), a_line(budget, "Fairs", planned=1_000_000)


def asked(who: Person | None, ends: tuple[Line, Line], amount: int | D = 50_000, **more: Any) -> Transfer:
    fields: dict[str, Any] = {"why": "Fairs sell better.", "now": NOW, **more}
    return ask_transfer(from_line=ends[0], to_line=ends[1], amount=D(amount), person=who, **fields)


def approve(transfer: Transfer, who: Person, at: datetime = NOW) -> Proposal:
    assert transfer.proposal is not None
    return decide(proposal=transfer.proposal, person=who, verdict="approve", note="", as_of=at)


def free(line: Line) -> D:
    return Balance.objects.get(line=line).free


def test_a_transfer_moves_nothing_until_it_is_approved_and_then_both_sides_at_once() -> None:
    dora, manager, ends = signs("Dora", "director"), bob(), lines()
    transfer = asked(manager, ends)
    assert [free(line) for line in ends] == [1_000_000, 1_000_000]
    assert approve(transfer, dora).state == "approved"
    assert [free(line) for line in ends] == [950_000, 1_050_000]
    transfer.refresh_from_db()
    assert (transfer.state, transfer.done_at) == ("done", NOW)
    assert sorted(Entry.objects.filter(transfer=transfer).values_list("amount", flat=True)) == [
        -50_000,
        50_000,
    ]
    actions = AuditEntry.objects.filter(action__startswith="transfer.").order_by("pk")
    assert list(actions.values_list("action", "person")) == [
        ("transfer.make", manager.pk), ("transfer.done", dora.pk),
    ]  # fmt: skip


def test_the_same_approval_clicked_twice_moves_the_money_once() -> None:
    dora, ends = signs("Dora", "director"), lines()
    transfer = asked(bob(), ends)
    approve(transfer, dora)
    with pytest.raises(Settled, match="Dora has approved this meanwhile"):
        approve(transfer, dora)
    assert free(ends[1]) == 1_050_000


@pytest.mark.parametrize(
    ("amount", "duty", "due"),
    [
        (100_000, "director", datetime(2026, 8, 13, 10, tzinfo=CHINA)),
        (500_000, "general manager", datetime(2026, 8, 17, 10, tzinfo=CHINA)),
        (500_001, "board", datetime(2026, 8, 19, 10, tzinfo=CHINA)),
    ],
)
def test_the_amount_decides_who_approves_and_until_when(amount: int, duty: str, due: datetime) -> None:
    for name, of in (("Dora", "director"), ("Gus", "general manager"), ("Bea", "board"), ("Ben", "board")):
        signs(name, of)
    transfer = asked(bob(), lines(), amount, special="A fair of its own.")
    assert transfer.proposal is not None
    step = transfer.proposal.steps.get(state="waiting")
    assert (step.duty, step.due_at) == (duty, due)


def test_above_the_bands_two_of_the_board_sign_and_the_money_moves_with_the_second() -> None:
    bea, ben, ends = signs("Bea", "board"), signs("Ben", "board"), lines()
    transfer = asked(bob(), ends, 600_000, special="A fair of its own.")
    approve(transfer, bea)
    with pytest.raises(PermissionDenied):
        approve(transfer, bea)
    assert free(ends[1]) == 1_000_000
    approve(transfer, ben)
    assert free(ends[1]) == 1_600_000


def test_nobody_approves_her_own_not_even_through_another() -> None:
    dora, gus, ends = signs("Dora", "director"), signs("Gus", "general manager"), lines()
    deputy = charlie()
    Delegation.objects.create(from_person=dora, to_person=deputy, first_day=TODAY, last_day=TODAY)
    transfer = asked(dora, ends)
    assert transfer.proposal is not None
    with pytest.raises(Refused, match="proposed this yourself"):
        approve(transfer, dora)
    with pytest.raises(PermissionDenied):
        approve(transfer, deputy)
    assert approve(transfer, gus).state == "approved"


def test_while_she_is_away_another_approves_in_her_place() -> None:
    dora, deputy, ends = signs("Dora", "director"), charlie(), lines()
    Delegation.objects.create(from_person=dora, to_person=deputy, first_day=TODAY, last_day=TODAY)
    done = approve(asked(bob(), ends), deputy)
    assert (done.state, done.steps.get().on_behalf_of) == ("approved", dora)


def test_an_approval_by_somebody_who_left_is_refused_and_nothing_moves() -> None:
    dora, ends = signs("Dora", "director"), lines()
    transfer = asked(bob(), ends)
    dora.is_active = False
    dora.save()
    with pytest.raises(PermissionDenied):
        approve(transfer, dora)
    assert free(ends[1]) == 1_000_000


def test_what_the_director_lets_wait_a_day_goes_up() -> None:
    signs("Dora", "director")
    gus, ends = signs("Gus", "general manager"), lines()
    transfer = asked(bob(), ends)
    remind_next(now=NOW + timedelta(days=1))
    assert AccountMail.objects.get(kind="proposal-raised").person == gus
    assert approve(transfer, gus, NOW + timedelta(days=1)).state == "approved"


def test_an_approval_after_the_money_went_is_refused_with_what_is_free_and_nothing_moves() -> None:
    dora, ends = signs("Dora", "director"), lines()
    transfer = asked(bob(), ends)
    put(ends[0], "commitment", 960_000, on=TODAY)
    with pytest.raises(NotFree, match=r"“Search” has ¥40,000\.00 free, and this needs ¥50,000\.00"):
        approve(transfer, dora)
    transfer.refresh_from_db()
    assert (transfer.state, free(ends[1])) == ("waiting", 1_000_000)
    assert transfer.proposal is not None
    assert Proposal.objects.get(pk=transfer.proposal.pk).state == "open"


def test_a_rejected_or_withdrawn_transfer_leaves_all_where_it_is() -> None:
    dora, manager, ends = signs("Dora", "director"), bob(), lines()
    first, second = asked(manager, ends), asked(manager, ends)
    assert first.proposal is not None
    assert second.proposal is not None
    decide(proposal=first.proposal, person=dora, verdict="reject", note="Later.", as_of=NOW)
    withdraw(proposal=second.proposal, person=manager, as_of=NOW)
    assert list(Transfer.objects.order_by("pk").values_list("state", flat=True)) == ["rejected", "withdrawn"]
    assert not Entry.objects.filter(kind="transfer").exists()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"to": 0}, "to_line", "another line"),
        ({"amount": 0}, "amount", "above zero"),
        ({"amount": -5}, "amount", "above zero"),
        ({"amount": D("NaN")}, "amount", "above zero"),
        ({"amount": D("1e20")}, "amount", "no number"),
        ({"why": "  "}, "why", "Say why"),
        ({"amount": 200_000}, "special", "change by 20% of its plan within August 2026"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(change: dict[str, Any], field: str, said: str) -> None:
    signs("Dora", "director")
    ends = lines()
    to = ends[change.pop("to", 1)]
    with pytest.raises(TransferRefused, match=said) as refused:
        asked(bob(), (ends[0], to), change.pop("amount", 50_000), **change)
    assert refused.value.field == field
    assert not Transfer.objects.exists()


def test_two_budgets_closed_lines_and_budgets_that_are_over_take_part_in_no_transfer() -> None:
    signs("Dora", "director")
    manager, ends = bob(), lines()
    other = a_line(a_budget("Other"), "Elsewhere", planned=100)
    with pytest.raises(TransferRefused, match="one budget"):
        asked(manager, (ends[0], other))
    with pytest.raises(TransferRefused, match="ended on 31 Aug 2026"):
        asked(manager, ends, now=NOW + timedelta(days=30))
    Line.objects.filter(pk=ends[1].pk).update(state="closed")
    with pytest.raises(TransferRefused, match="“Fairs” is closed"):
        asked(manager, ends)
    Line.objects.filter(pk=ends[1].pk).update(state="open")
    with pytest.raises(NotFree, match=r"has ¥1,000,000\.00 free"):
        asked(manager, ends, 1_000_001, special="All of it.")


def test_a_line_that_was_closed_meanwhile_takes_nothing_and_the_approver_hears_it() -> None:
    dora, ends = signs("Dora", "director"), lines()
    transfer = asked(bob(), ends)
    Line.objects.filter(pk=ends[1].pk).update(state="closed")
    with pytest.raises(Refused, match="“Fairs” is closed"):
        approve(transfer, dora)
    assert Transfer.objects.get().state == "waiting"


def test_what_waits_when_a_budget_is_closed_lapses() -> None:
    signs("Dora", "director")
    manager, ends = bob(), lines()
    asked(manager, ends)
    close_budget(budget=ends[0].budget, person=manager, now=NOW)
    assert (Transfer.objects.get().state, Proposal.objects.get().state) == ("withdrawn", "lapsed")


def test_what_moved_this_month_counts_and_so_does_what_waits() -> None:
    dora = signs("Dora", "director")
    manager, ends = bob(), lines()
    approve(asked(manager, ends, 100_000), dora)
    asked(manager, ends, 40_000)
    with pytest.raises(TransferRefused, match="More than 15% needs a special reason"):
        asked(manager, ends, 20_000)
    transfer = asked(manager, ends, 20_000, special="The fair doubled its rent.")
    assert transfer.special
    back = asked(manager, (ends[1], ends[0]), 90_000)  # the other way it comes back to its plan
    assert back.state == "waiting"


def test_the_share_of_a_month_begins_anew_with_the_next() -> None:
    dora, manager = signs("Dora", "director"), bob()
    budget = a_budget(days=(datetime(2026, 7, 1).date(), datetime(2026, 9, 30).date()))
    ends = a_line(budget, "Search", planned=1_000_000), a_line(budget, "Fairs", planned=1_000_000)
    for month in (7, 8, 9):
        at = NOW.replace(month=month)
        approve(asked(manager, ends, 100_000, now=at), dora, at)
    assert free(ends[0]) == 700_000
    months = LineMonth.objects.filter(line=ends[0]).values_list("month", "planned", "transferred")
    assert all(planned + moved >= 0 for _month, planned, moved in months)  # July, where it is planned, gives


def test_a_double_click_asks_once() -> None:
    signs("Dora", "director")
    manager, ends = bob(), lines()
    first, second = asked(manager, ends, key="form:1"), asked(manager, ends, key="form:1")
    assert first == second
    assert Proposal.objects.count() == 1


def test_emergency_money_is_signed_by_finance_within_two_hours_by_day_and_night() -> None:
    budget = a_budget()
    pool = a_line(budget, "Emergency pool", planned=50_000, pool="emergency")
    line, finance, night = a_line(budget, planned=10_000), dana(), NOW.replace(hour=23)
    signs("Dora", "director")
    transfer = asked(bob(), (pool, line), 20_000, now=night)  # twice its plan, and no special reason asked
    assert transfer.proposal is not None
    step = transfer.proposal.steps.get()
    assert (transfer.urgent, transfer.proposal.kind, step.due_at) == (
        True, "budgets.emergency", night + timedelta(hours=2),
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        approve(transfer, Person.objects.get(username="dora"), night)
    approve(transfer, finance, night)
    assert free(line) == 30_000


def test_the_cfo_signs_emergencies_where_there_is_one() -> None:
    budget = a_budget()
    pool, line = a_line(budget, "Pool", planned=50_000, pool="emergency"), a_line(budget, planned=10_000)
    fay = signs("Fay", "CFO")
    dana()
    transfer = asked(bob(), (pool, line), 20_000)
    assert transfer.proposal is not None
    assert transfer.proposal.steps.get().duty == "CFO"
    assert approve(transfer, fay).state == "approved"


def test_without_anybody_to_approve_it_is_refused_at_once_and_nothing_is_left() -> None:
    with pytest.raises(Refused, match="has the duty “director”"):
        asked(bob(), lines())
    assert not Transfer.objects.exists()


def test_a_lead_asks_for_her_line_and_a_looker_finds_nothing_to_choose() -> None:
    lead, looker, budget = alice(), charlie(), a_budget()
    line = a_line(budget, "Fairs", planned=10, owner=lead)
    other = a_line(budget, "Search", planned=20)
    assert [(one.line, one.hers) for one in choices(lead, today=TODAY)] == [(line, True), (other, False)]
    assert choices(looker, today=TODAY) == []


def test_a_transfer_is_seen_by_who_sees_both_lines() -> None:
    signs("Dora", "director")
    ends = lines()
    transfer = asked(bob(), ends)
    assert list(visible_transfers(charlie())) == [transfer]
    ends[0].budget.node.open = False
    ends[0].budget.node.save()
    assert not visible_transfers(alice()).exists()
