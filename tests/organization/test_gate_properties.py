"""The gate's SQL against the same rules in plain Python, on random trees and grants."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organization import gate
from organization.gate import Action
from organization.models import Grant, Node, Role, Scope
from tests.people import person, scope

CROSSED = ("region", "channel", "product")

paths = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("/".join)
# A scope is a path for none, some or all of the dimensions.
written = st.fixed_dictionaries({}, optional=dict.fromkeys(CROSSED, paths))


@dataclass(frozen=True)
class Given:
    role: Role
    on: dict[str, str]

    def covers(self, there: dict[str, str]) -> bool:
        return all(
            dimension in there and at_or_below(there[dimension], path) for dimension, path in self.on.items()
        )


given_roles = st.builds(Given, st.sampled_from(list(Role)), written)


def at_or_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


def key(there: dict[str, str]) -> str:
    return (
        "+".join(f"{dimension}:{there[dimension]}" for dimension in CROSSED if dimension in there)
        or "company"
    )


def parts(scope: Scope) -> dict[str, str]:
    if scope.is_company:
        return {}
    return dict(part.split(":", 1) for part in scope.key.split("+"))


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(written, max_size=8), st.lists(given_roles, max_size=4), st.lists(given_roles, max_size=2))
def test_she_sees_what_one_of_her_own_grants_covers_and_nothing_else(
    places: list[dict[str, str]], hers: list[Given], others: list[Given]
) -> None:
    with transaction.atomic():
        for there in places:
            scope(key(there))
        alice, bob = person("Alice"), person("Bob")
        for owner, grants in ((alice, hers), (bob, others)):
            for one in grants:
                Grant.objects.get_or_create(person=owner, role=one.role, scope=scope(key(one.on)))

        everything = {found.key: found for found in Scope.objects.all()}
        for roles in (gate.ANY_ROLE, gate.ROLES_FOR[Action.SET_TARGETS], frozenset({Role.FINANCE})):
            wanted = {
                name
                for name, found in everything.items()
                if any(one.role in roles and one.covers(parts(found)) for one in hers)
            }
            assert set(gate.scopes_where(alice, roles).values_list("key", flat=True)) == wanted
        for name, found in everything.items():
            assert gate.can(alice, Role.VIEWER, found) == any(one.covers(parts(found)) for one in hers), name
            assert gate.can(alice, Role.LEAD, found) == any(
                one.role in {Role.LEAD, Role.MANAGER, Role.ADMIN} and one.covers(parts(found)) for one in hers
            ), name

        for dimension in CROSSED:
            named = {
                node.path
                for node in Node.objects.filter(dimension=dimension)
                if any(dimension not in one.on or at_or_below(node.path, one.on[dimension]) for one in hers)
            }
            assert set(gate.visible_nodes(alice, dimension).values_list("path", flat=True)) == named
            # Whatever she sees, she can also name.
            seen = gate.visible_scopes(alice).exclude(**{dimension: None})
            assert set(seen.values_list(f"{dimension}__path", flat=True)) <= named
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(given_roles, max_size=4), st.lists(given_roles, max_size=4))
def test_equal_cache_keys_mean_equal_views(hers: list[Given], others: list[Given]) -> None:
    with transaction.atomic():
        alice, bob = person("Alice"), person("Bob")
        for owner, grants in ((alice, hers), (bob, others)):
            for one in grants:
                Grant.objects.get_or_create(person=owner, role=one.role, scope=scope(key(one.on)))
        same = {(one.role, key(one.on)) for one in hers} == {(one.role, key(one.on)) for one in others}
        assert (gate.grants_key(alice) == gate.grants_key(bob)) == same
        transaction.set_rollback(True)
