"""A budget is open to all members, unless it is closed to named areas; a draft is seen by those alone who keep it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from budgets.models import Budget
from budgets.selectors import rights
from budgets.selectors.audience import audience_of
from budgets.services.audience import AudienceMoved, open_up, set_audience
from organization.gate import Action, visible_scopes
from organization.models import AuditEntry, Node, Person, Scope
from tests.budgets.books import a_budget, a_line
from tests.people import ada, alice, bob, charlie, dana, mallory, person, scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 10, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def who_looks(budget: Budget) -> str:
    everybody = [
        alice(),
        person("Nora", "manager", "region:华北"),
        bob(),
        charlie(),
        dana(),
        ada(),
        mallory(),
    ]
    seen = [one for one in everybody if rights.visible_budgets(one).filter(pk=budget.pk).exists()]
    lines = [one for one in everybody if rights.visible_lines(one).filter(budget=budget).exists()]
    if budget.lines.exists():
        assert seen == lines
    return " ".join(one.label for one in seen)


def close_to(budget: Budget, *areas: str, based_on: tuple[str, ...] = (), by: Person | None = None) -> bool:
    return set_audience(
        budget=budget, areas=[scope(area) for area in areas], based_on=based_on, person=by or bob(), now=NOW
    )


def test_an_open_budget_and_its_lines_are_seen_by_every_member() -> None:
    budget = a_budget()
    a_line(budget)
    assert who_looks(budget) == "Alice Nora Bob Charlie Dana Ada"


def test_a_closed_one_by_those_who_see_the_named_areas() -> None:
    budget = a_budget()
    a_line(budget)
    assert close_to(budget, "region:华北")
    assert who_looks(budget) == "Nora Bob Charlie Dana Ada"
    assert close_to(budget, "region:华北", "region:华东", based_on=("region:华北",))
    assert who_looks(budget) == "Alice Nora Bob Charlie Dana Ada"
    assert close_to(budget, based_on=("region:华东", "region:华北"))
    assert audience_of(budget).areas == ()
    kept = (
        AuditEntry.objects.filter(action="budget.audience").order_by("pk").values_list("details", flat=True)
    )
    assert [one["new"] for one in kept] == [["region:华北"], ["region:华东", "region:华北"], []]


def test_a_draft_is_seen_by_those_alone_who_may_keep_it() -> None:
    budget = a_budget(state="draft")
    assert who_looks(budget) == "Bob Dana Ada"
    close_to(budget, "region:华北")
    assert who_looks(budget) == "Bob Dana Ada"
    Budget.objects.filter(pk=budget.pk).update(state="open")
    open_up(budget, bob(), NOW)
    assert who_looks(budget) == "Nora Bob Charlie Dana Ada"


def test_two_who_change_it_at_once_do_not_undo_each_other() -> None:
    budget = a_budget()
    close_to(budget, "region:华北")
    with pytest.raises(AudienceMoved):
        close_to(budget, "region:华东")
    assert audience_of(budget).keys == ["region:华北"]
    assert not close_to(budget, "region:华北")  # what stands already is no change


def test_who_may_only_look_changes_nothing() -> None:
    budget = a_budget()
    for one in (alice(), charlie(), person("Nora", "manager", "region:华北")):
        with pytest.raises(PermissionDenied):
            close_to(budget, "region:华北", by=one)


def test_owners_who_do_not_see_their_budget_any_more_are_named() -> None:
    budget = a_budget()
    a_line(budget, owner=alice("region:华东")), a_line(budget, "Fairs", owner=dana())
    close_to(budget, "region:华北")
    assert [one.label for one in audience_of(budget).blind] == ["Alice"]


def test_a_stranger_finds_no_closed_budget_and_a_weaker_role_may_not_keep_an_open_one() -> None:
    budget = a_budget()
    line = a_line(budget)
    assert rights.get_budget_or_404(alice(), budget.pk) == budget
    with pytest.raises(PermissionDenied):
        rights.get_budget_or_404(alice(), budget.pk, Action.KEEP_BUDGETS)
    close_to(budget, "region:华北")
    for find in (
        lambda: rights.get_budget_or_404(alice(), budget.pk, Action.KEEP_BUDGETS),
        lambda: rights.get_line_or_404(alice(), line.pk),
        lambda: rights.get_line_or_404(mallory(), line.pk),
        lambda: rights.get_budget_or_404(bob(), 0),
    ):
        with pytest.raises(Http404):
            find()


RIGHTS = {
    "may_spend": "Alice Bob Dana Ada",  # Alice since the line is hers
    "may_free": "Bob Dana Ada",
    "may_keep": "Bob Dana Ada",
}


@pytest.mark.parametrize("right", RIGHTS)
def test_each_has_her_rights_on_a_line(right: str) -> None:
    line = a_line(a_budget(), owner=alice())
    about = line.budget if right == "may_keep" else line
    everybody = [alice(), person("Lee", "lead", "region:华东"), bob(), charlie(), dana(), ada(), mallory()]
    assert " ".join(one.label for one in everybody if getattr(rights, right)(one, about)) == RIGHTS[right]


def test_a_lead_of_the_budget_records_spend_on_its_lines_and_an_owner_who_is_shut_out_does_not() -> None:
    line = a_line(a_budget(), owner=alice())
    assert rights.may_spend(person("Lee", "lead", "budget:Plan 2026"), line)
    close_to(line.budget, "region:华北")
    assert not rights.may_spend(alice(), line)


def test_a_list_of_budgets_takes_a_fixed_number_of_queries(django_assert_max_num_queries: object) -> None:
    for n in range(5):
        a_line(a_budget(f"Plan {n}"))
    who = alice()
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len([one.node.scope.key for one in rights.visible_budgets(who)]) == 5
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len([one.budget.node.label for one in rights.visible_lines(who)]) == 5


def test_nothing_else_of_the_organization_opens_with_a_budget() -> None:
    a_line(a_budget())
    lead = alice("region:华东")
    keys = set(Scope.objects.filter(pk__in=visible_scopes(lead)).values_list("key", flat=True))
    assert {key for key in keys if not key.startswith("region:华东")} == {
        "budget:plan-2026", "budget:plan-2026/search",
    }  # fmt: skip
    assert Node.objects.filter(open=True).count() == 1
