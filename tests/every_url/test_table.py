"""Every address × every person, against the table."""

from __future__ import annotations

import pytest

from organization.models import (
    Grant,
)
from tests.every_url.asking import client_of, fits, told, url_of
from tests.every_url.table import TABLE, addresses
from tests.every_url.told import (
    PEOPLE,
)
from tests.every_url.world import World
from tests.people import ada, alice, bob, charlie, dana


def test_every_address_is_in_the_table_and_the_table_has_no_other() -> None:
    known, real = set(TABLE), set(addresses())
    assert not real - known, f"Say in tests/every_url who may open: {sorted(real - known)}"
    assert not known - real, f"No such address any more: {sorted(known - real)}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_person_is_told_what_the_table_says(name: str, world: World) -> None:
    entry = TABLE[name]
    asked = [("GET", entry.get), *([("POST", entry.post)] if entry.post else [])]
    wrong, granted = [], grants()
    for method, line in asked:
        expected = dict(zip(PEOPLE, line.split(), strict=True))
        for who in PEOPLE:
            url = url_of(name, entry.at, world)
            answer = told(client_of(world, who), method, url, entry.data(world) if entry.data else None)
            if not fits(answer, expected[who]):
                wrong.append(f"{method} {url}: {who} got {answer}, expected {expected[who]}")
            again(granted, method)
    assert not wrong, "\n".join(wrong)


def grants() -> set[tuple[int, str, int]]:
    return set(Grant.objects.values_list("person_id", "role", "scope_id"))


def again(granted: set[tuple[int, str, int]], method: str) -> None:
    """A post may have used things up (a grant taken away): what is missing is made again."""
    if method == "POST" and granted - grants():
        charlie(), ada(), bob(), dana(), alice()
