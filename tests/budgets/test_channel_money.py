"""A decision about a channel becomes a transfer between the lines of a budget, where there are such lines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest
from django.test import Client
from django.urls import reverse

from budgets.models import Balance, Budget, Line, Transfer
from channels.changes import KIND, SUMMARIES, Change
from decisions.models import Proposal, Task
from decisions.services import decide, propose
from organization.models import Person
from tests.budgets.books import a_budget, a_line
from tests.budgets.test_transfers import approve, signs
from tests.decisions.plans import CHINA
from tests.people import bob, dana, node, scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 12, 10, tzinfo=CHINA)
LIVE = "channel:抖音直播"


def a_plan() -> tuple[Budget, Line, Line]:
    budget = a_budget(days=(date(2026, 7, 1), date(2026, 9, 30)))
    line = a_line(budget, "Live", planned=100_000, channel=node(LIVE))
    return budget, line, a_line(budget, "Reserve", planned=50_000, pool="reserve")


def decided(change: Change, amount: int, by: Person | None = None) -> Proposal:
    """Somebody's proposal about the channel, approved by its manager."""
    manager = bob()
    made = propose(
        kind=KIND, subject_id=node(LIVE).pk, scope=scope(LIVE), summary=SUMMARIES[change], body="It loses.",
        payload={"change": change.value}, amount=D(amount), person=by, as_of=NOW,
    )  # fmt: skip
    return decide(proposal=made, person=manager, verdict="approve", note="", as_of=NOW)


@pytest.mark.parametrize(
    ("change", "ends"), [(Change.MOVE, ("Live", "Reserve")), (Change.EXPAND, ("Reserve", "Live"))]
)
def test_money_goes_from_the_reserve_or_back_to_it_once_the_director_agrees(
    change: Change, ends: tuple[str, str]
) -> None:
    dora, finance = signs("Dora", "director"), dana()
    _budget, line, _pool = a_plan()
    proposal = decided(change, 40_000, by=finance)
    transfer = Transfer.objects.select_related("from_line", "to_line").get()
    assert (transfer.from_line.name, transfer.to_line.name, transfer.amount) == (*ends, 40_000)
    assert (transfer.asked_by, transfer.asked_for) == (finance, f"proposal:{proposal.pk}")
    assert not Task.objects.exists()
    approve(transfer, dora)
    assert Balance.objects.get(line=line).free == (60_000 if change == Change.MOVE else 140_000)
    client = Client()
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("budgets:transfer", args=[transfer.pk])).content.decode()
    assert reverse("decisions:proposal", args=[proposal.pk]) in page
    assert "It was decided" in page


@pytest.mark.parametrize("missing", ["line", "reserve", "money", "director"])
def test_without_a_line_a_reserve_the_money_or_an_approver_finance_has_the_task(missing: str) -> None:
    if missing != "director":
        signs("Dora", "director")
    finance = dana()
    budget, line, pool = a_plan()
    if missing == "line":
        Line.objects.filter(pk=line.pk).update(channel=None)
    if missing == "reserve":
        Line.objects.filter(pk=pool.pk).update(pool="")
    decided(Change.EXPAND, 60_000 if missing == "money" else 10_000)
    assert not Transfer.objects.exists()
    assert Task.objects.get().assigned_to == finance
    assert Budget.objects.get() == budget
