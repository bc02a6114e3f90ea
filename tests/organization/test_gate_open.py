"""What is open to every member, and what is closed to named areas: in both directions."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organization import gate
from organization.gate import Action, Reach, can
from organization.models import Grant, Node, NodeAncestor, NodeReader, Person, Role, Scope
from tests.organization.test_gate_properties import CROSSED, Given, at_or_below, given_roles, key, parts
from tests.organization.test_gate_properties import paths as some_paths
from tests.organization.test_gate_properties import written as some_places
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db


def opened(code: str, *areas: str) -> Node:
    """Open to everybody, or closed to these areas."""
    top = node(code)
    Node.objects.filter(pk=top.pk).update(open=True)
    for area in areas:
        NodeReader.objects.get_or_create(node=top, scope=scope(area))
    return top


def above(there: Scope) -> dict[str, list[int]]:
    return {
        dimension: list(NodeAncestor.objects.filter(node_id=pk).values_list("ancestor_id", flat=True))
        for dimension, pk in there.node_ids().items()
    }


def sees(who: Person, text: str) -> bool:
    """By every door of the gate, which must agree."""
    there = scope(text)
    answers = {
        can(who, Role.VIEWER, there),
        can(who, Action.VIEW, there),
        gate.visible_scopes(who).filter(pk=there.pk).exists(),
        Reach(who).covers(above(there)),
    }
    if there.node is not None:
        answers.add(Reach(who).nodes(there.node.dimension, {}).filter(pk=there.node.pk).exists())
    assert len(answers) == 1, (text, answers)
    return answers.pop()


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("budget:Plan", True),
        ("budget:Plan/Search", True),
        ("budget:Plan/Search+region:华东", True),  # by her own grant
        ("budget:Plan/Search+region:华北", False),
        ("budget:Other", False),
        ("region:华北", False),
        ("company", False),
    ],
)
def test_alice_looks_at_an_open_budget_and_its_lines_and_at_nothing_else_by_it(
    asked: str, seen: bool
) -> None:
    lead = alice("region:华东")
    opened("budget:Plan")
    assert sees(lead, asked) is seen


def test_what_is_open_may_be_looked_at_and_no_more() -> None:
    opened("budget:Plan")
    lead, there = alice("region:华东"), scope("budget:Plan/Search")
    for action in set(Action) - {Action.VIEW}:
        assert not can(lead, action, there), action
        assert not gate.scopes_where(lead, action).filter(pk=there.pk).exists(), action
        assert not Reach(lead).covers(above(there), action), action
    assert not can(lead, Role.LEAD, there)


def test_who_was_granted_nothing_or_has_left_sees_nothing_that_is_open() -> None:
    opened("budget:Plan")
    left = bob()
    left.is_active = False
    left.save(update_fields=["is_active"])
    there = scope("budget:Plan")
    for one in (mallory(), left, AnonymousUser()):
        assert not can(one, Role.VIEWER, there)
        assert not gate.visible_scopes(one).exists()
        assert not gate.visible_nodes(one, "budget").exists()


def test_what_is_closed_to_an_area_is_seen_by_those_alone_who_see_that_area() -> None:
    opened("budget:Plan", "region:华东/上海", "channel:x")
    assert sees(alice("region:华东"), "budget:Plan/Search")
    assert sees(person("Xena", "viewer", "channel:x"), "budget:Plan/Search")
    assert sees(charlie(), "budget:Plan")
    for name, area in (
        ("Nora", "region:华北"),
        ("Sid", "region:华东/上海/徐汇店"),
        ("Cut", "region:华东+channel:x"),
    ):
        assert not sees(person(name, "manager", area), "budget:Plan"), name
        assert not sees(person(name), "budget:Plan/Search"), name


def test_areas_that_were_named_say_nothing_while_the_budget_is_not_open() -> None:
    top = opened("budget:Plan", "region:华东")
    Node.objects.filter(pk=top.pk).update(open=False)
    assert not sees(alice("region:华东"), "budget:Plan")


def test_the_names_of_budgets_are_known_with_their_figures_alone() -> None:
    opened("budget:Plan"), opened("budget:Closed", "region:华北")
    node("budget:Plan/Search"), node("budget:Closed/Fairs"), node("budget:Draft/Search")
    known = {
        who.label: set(gate.visible_nodes(who, "budget").values_list("path", flat=True))
        for who in (alice("region:华东"), person("Nell", "lead", "budget:Draft/Search"), charlie())
    }
    assert known["Alice"] == {"plan", "plan/search"}
    assert known["Nell"] == {"plan", "plan/search", "draft/search"}
    assert known["Charlie"] >= {"closed", "closed/fairs", "draft"}


def test_what_was_cached_while_it_was_open_is_not_shown_when_it_is_closed() -> None:
    lead = alice("region:华东")
    before = gate.grants_key(lead)
    top = opened("budget:Plan")
    open_to_all = gate.grants_key(lead)
    assert open_to_all == Reach(lead).key != before
    NodeReader.objects.create(node=top, scope=scope("region:华北"))
    assert gate.grants_key(lead) == Reach(lead).key == before
    NodeReader.objects.create(node=top, scope=scope("region:华东"))
    assert gate.grants_key(lead) == open_to_all


def test_openness_costs_no_query_of_its_own(django_assert_num_queries: object) -> None:
    opened("budget:Plan", "region:华东")
    lead, there = alice("region:华东"), scope("budget:Plan/Search")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert can(lead, Role.VIEWER, there)
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert gate.visible_scopes(lead).filter(pk=there.pk).exists()
    with django_assert_num_queries(1):  # type: ignore[operator]
        Reach(lead)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(some_places, max_size=6),
    st.lists(given_roles, max_size=3),
    st.lists(st.tuples(st.sampled_from(CROSSED), some_paths, st.lists(some_places, max_size=2)), max_size=3),
)
def test_she_sees_what_her_grants_cover_and_what_is_open_to_her_and_nothing_else(
    places: list[dict[str, str]], hers: list[Given], open_tops: list[tuple[str, str, list[dict[str, str]]]]
) -> None:
    with transaction.atomic():
        lead = person("Alice")
        for there in places:
            scope(key(there))
        for one in hers:
            Grant.objects.get_or_create(person=lead, role=one.role, scope=scope(key(one.on)))
        areas: dict[tuple[str, str], list[dict[str, str]]] = {}
        for dimension, path, named in open_tops:
            opened(f"{dimension}:{path}", *(key(there) for there in named))
            areas.setdefault((dimension, path), []).extend(named)

        def granted(there: dict[str, str]) -> bool:
            return any(one.covers(there) for one in hers)

        def open_to_her(there: dict[str, str]) -> bool:
            if len(there) != 1 or not hers:
                return False
            ((dimension, path),) = there.items()
            return any(
                dimension == way and at_or_below(path, top) and (not named or any(map(granted, named)))
                for (way, top), named in areas.items()
            )

        everything = {found.key: found for found in Scope.objects.all()}
        wanted = {name for name, one in everything.items() if granted(parts(one)) or open_to_her(parts(one))}
        assert set(gate.visible_scopes(lead).values_list("key", flat=True)) == wanted
        reach = Reach(lead)
        for name, found in everything.items():
            assert can(lead, Role.VIEWER, found) == (name in wanted), name
            assert reach.covers(above(found)) == (name in wanted), name
        for dimension in CROSSED:
            whole = set(reach.nodes(dimension, {}).values_list("path", flat=True))
            assert whole == {
                parts(one)[dimension]
                for name, one in everything.items()
                if name in wanted and list(parts(one)) == [dimension]
            }
            named_nodes = set(gate.visible_nodes(lead, dimension).values_list("path", flat=True))
            assert whole <= named_nodes
        transaction.set_rollback(True)
