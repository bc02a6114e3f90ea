"""Who may see and do what. The property at the end compares the SQL with a model in plain Python."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from organization import gate
from organization.gate import Action, can
from organization.models import Person, Role, Scope
from tests.people import ada, alice, bob, charlie, dana, mallory, node, person, scope

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("region:华东", True),
        ("region:华东/上海/徐汇店", True),
        ("region:华东+channel:x", True),
        ("region:华东/上海+channel:x/summer+product:boards", True),
        ("company", False),
        ("channel:x", False),
        ("region:华北", False),
        ("region:华北+channel:x", False),
        ("region:华东-2", False),
    ],
)
def test_alice_who_leads_a_region_sees_it_and_all_below_crossed_with_anything(asked: str, seen: bool) -> None:
    lead, there = alice("region:华东"), scope(asked)
    assert can(lead, Role.VIEWER, there) is seen
    assert gate.visible_scopes(lead).filter(pk=there.pk).exists() is seen


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("region:华东+channel:x", True),
        ("region:华东/上海+channel:x/summer", True),
        ("region:华东", False),
        ("channel:x", False),
        ("region:华东+channel:y", False),
        ("region:华北+channel:x", False),
    ],
)
def test_the_dimensions_within_one_grant_are_all_needed(asked: str, seen: bool) -> None:
    lead, there = alice("region:华东+channel:x"), scope(asked)
    assert can(lead, Role.VIEWER, there) is seen
    assert gate.visible_scopes(lead).filter(pk=there.pk).exists() is seen


def test_two_grants_do_not_add_up_to_one_that_nobody_gave() -> None:
    lead = alice("region:华东+channel:x")
    person("Alice", "lead", "region:华北+channel:y")
    assert can(lead, Role.LEAD, scope("region:华北+channel:y"))
    assert not can(lead, Role.VIEWER, scope("region:华东+channel:y"))


def test_a_role_holds_on_its_own_grant_alone() -> None:
    lead = alice("region:华东")
    person("Alice", "viewer", "region:华北")
    assert can(lead, Action.SET_TARGETS, scope("region:华东"))
    assert can(lead, Action.VIEW, scope("region:华北"))
    assert not can(lead, Action.SET_TARGETS, scope("region:华北"))
    assert set(gate.scopes_where(lead, Action.SET_TARGETS).values_list("key", flat=True)) == {"region:华东"}


RIGHTS = {
    Action.VIEW: "Alice Bob Charlie Dana Ada",
    Action.SET_TARGETS: "Alice Bob Ada",
    Action.MANAGE_ALERTS: "Alice Bob Ada",
    Action.ENTER_VALUES: "Alice Bob Dana Ada",
    Action.COMMENT: "Alice Bob Dana Ada",
    Action.KEEP_BUDGETS: "Bob Dana Ada",
    Action.RECORD_SPEND: "Alice Bob Dana Ada",
    Action.FREE_MONEY: "Bob Dana Ada",
    Action.HANDLE_COMPLAINTS: "Alice Bob Ada",
    Action.SEE_CONTACTS: "Alice Bob Ada",
    Action.KEEP_SURVEYS: "Bob Ada",
    Action.SHOW_OPENLY: "Alice Bob Ada",
    Action.KEEP_METRICS: "Bob Ada",
    Action.KEEP_AREAS: "Bob Ada",
    Action.IMPORT: "Bob Dana Ada",
    Action.KEEP_RATES: "Dana Ada",
    Action.SEE_OUTBOX: "Bob Ada",
    Action.ADMINISTER: "Ada",
}


@pytest.mark.parametrize("action", list(Action))
def test_each_role_has_its_rights_on_the_company(action: Action) -> None:
    everybody = [alice("company"), bob(), charlie(), dana(), ada(), mallory()]
    assert [one.label for one in everybody if can(one, action)] == RIGHTS[action].split()


@pytest.mark.parametrize(
    ("needs", "who"),
    [
        (Role.VIEWER, "Alice Bob Charlie Dana Ada"),
        (Role.LEAD, "Alice Bob Ada"),
        (Role.MANAGER, "Bob Ada"),
        (Role.FINANCE, "Dana"),
        (Role.ADMIN, "Ada"),
    ],
)
def test_a_role_includes_those_below_and_finance_stands_beside(needs: Role, who: str) -> None:
    everybody = [alice("company"), bob(), charlie(), dana(), ada(), mallory()]
    assert [one.label for one in everybody if can(one, needs)] == who.split()


@pytest.mark.parametrize("action", [Action.IMPORT, Action.SEE_OUTBOX, Action.ADMINISTER])
def test_what_touches_the_whole_company_is_not_for_the_manager_of_a_part(action: Action) -> None:
    part = person("Bob", "manager", "region:华东")
    person("Bob", "admin", "region:华东")
    assert not can(part, action)
    assert not can(part, action, scope("region:华东"))
    assert not gate.can_somewhere(part, action)


def test_nobody_and_those_who_left_see_nothing() -> None:
    left = bob()
    left.is_active = False
    left.save(update_fields=["is_active"])
    for one in (AnonymousUser(), left, mallory()):
        assert not can(one, Role.VIEWER)
        assert not gate.can_somewhere(one, Action.VIEW)
        assert not gate.visible_scopes(one).exists()
        assert not gate.visible_nodes(one, "channel").exists()
        assert gate.home_scope(one) is None


def test_the_first_superuser_may_administer_without_any_grant() -> None:
    first = person("Root", is_superuser=True)
    assert can(first, Action.ADMINISTER)
    assert gate.visible_scopes(first).count() == Scope.objects.count()


def test_the_names_of_foreign_nodes_are_not_among_the_visible() -> None:
    node("region:华北/北京"), node("region:华东/上海"), node("channel:x"), node("channel:y")
    lead = alice("region:华东")
    assert set(gate.visible_nodes(lead, "region").values_list("path", flat=True)) == {"华东", "华东/上海"}
    assert set(gate.visible_nodes(lead, "channel").values_list("path", flat=True)) == {"x", "y"}
    narrow = person("Nell", "lead", "region:华东+channel:x")
    assert set(gate.visible_nodes(narrow, "channel").values_list("path", flat=True)) == {"x"}


def test_home_is_the_company_if_granted_and_else_what_was_granted_first() -> None:
    lead = alice("region:华东")
    person("Alice", "viewer", "region:华北")
    home = gate.home_scope(lead)
    assert home is not None
    assert home.key == "region:华东"
    person("Alice", "viewer", "company")
    home = gate.home_scope(lead)
    assert home is not None
    assert home.key == "company"


def test_the_cache_key_is_equal_for_equal_grants_alone() -> None:
    lead, twin = alice("region:华东"), person("Anna", "lead", "region:华东")
    assert gate.grants_key(lead) == gate.grants_key(twin)
    person("Anna", "viewer", "channel:x")
    keys = [gate.grants_key(one) for one in (lead, twin, charlie("region:华东"), bob(), mallory())]
    assert len(set(keys)) == len(keys)
    assert gate.grants_key(mallory()) == gate.grants_key(AnonymousUser())


def test_a_foreign_area_and_one_that_does_not_exist_are_both_not_found() -> None:
    lead = alice("region:华东")
    scope("region:华北")
    for key in (
        "region:华北",
        "region:nowhere",
        "company",
        "nonsense",
        "",
        "region:华东+region:华东",
        "planet:x",
    ):
        with pytest.raises(Http404):
            gate.get_scope_or_404(lead, key)


def test_a_role_too_weak_is_refused_where_the_area_may_be_seen() -> None:
    viewer = charlie("region:华东")
    assert gate.get_scope_or_404(viewer, "region:华东").key == "region:华东"
    with pytest.raises(PermissionDenied):
        gate.get_scope_or_404(viewer, "region:华东", Action.SET_TARGETS)


def test_a_cross_cut_is_found_with_its_parts_in_any_order_and_before_anyone_pointed_to_it() -> None:
    lead = alice("region:华东")
    node("channel:x")
    found = gate.get_scope_or_404(lead, "channel:x+region:华东")
    assert found.key == "region:华东+channel:x"
    assert found.pk is None
    made = scope("region:华东+channel:x")
    assert gate.get_scope_or_404(lead, "channel:x+region:华东").pk == made.pk


@gate.require(Action.IMPORT)
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"for {gate.person_of(request)}")


def ask(one: Person | AnonymousUser, **headers: str) -> object:
    request = RequestFactory().get("/imports/?page=2", headers=headers)
    request.user = one
    return page(request)


def test_require_lets_in_refuses_or_sends_to_log_in() -> None:
    shown = ask(bob())
    assert isinstance(shown, HttpResponse)
    assert shown.content == b"for Bob"
    with pytest.raises(PermissionDenied):
        ask(charlie())
    sent = ask(AnonymousUser())
    assert isinstance(sent, HttpResponse)
    assert sent.status_code == 302
    assert sent["Location"].endswith("?next=/imports/%3Fpage%3D2")


def test_a_fragment_asked_for_without_login_moves_the_whole_page_to_log_in() -> None:
    sent = ask(AnonymousUser(), **{"HX-Request": "true", "HX-Current-URL": "http://testserver/imports/"})
    assert isinstance(sent, HttpResponse)
    assert sent.status_code == 200
    assert "next=" in sent["HX-Redirect"]
