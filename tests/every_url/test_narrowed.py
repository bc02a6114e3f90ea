"""What lies in 华北 is neither found nor named by who leads 华东, whichever way she asks."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.api.callers import token_of
from tests.every_url.asking import client_of, told, url_of
from tests.every_url.table import BY_QUERY, TABLE
from tests.every_url.told import (
    NO_SUCH_METHOD,
    PEOPLE,
)
from tests.every_url.world import FOREIGN_NAMES, World
from tests.people import scope


@pytest.mark.parametrize("name", sorted(name for name, entry in TABLE.items() if entry.foreign))
def test_what_belongs_to_another_region_is_not_found_and_not_named(name: str, world: World) -> None:
    entry = TABLE[name]
    url = url_of(name, entry.foreign, world)
    client = client_of(world, "Alice")
    for method, line in (("GET", entry.get), ("POST", entry.post)):
        if line is None or line == NO_SUCH_METHOD:
            continue
        response = client.get(url) if method == "GET" else client.post(url)
        # Whoever may not do this anywhere is refused before anything is looked for, so 403 tells her nothing.
        allowed = {403, 404} if method == "POST" else {404}
        assert response.status_code in allowed, f"{method} {url}"
        page = response.content.decode()
        assert not [word for word in FOREIGN_NAMES if word in page]


@pytest.mark.parametrize(("name", "query", "status"), BY_QUERY)
def test_what_alice_asks_for_behind_the_question_mark_is_narrowed_too(
    name: str, query: dict[str, str], status: int, world: World
) -> None:
    scope("channel:x")
    response = client_of(world, "Alice").get(reverse(name), query)
    assert response.status_code == status
    assert not [word for word in FOREIGN_NAMES if word in response.content.decode()]


@pytest.mark.parametrize("name", sorted(name for name, entry in TABLE.items() if entry.get.startswith("200")))
def test_no_page_that_alice_may_open_names_another_region(name: str, world: World) -> None:
    client = client_of(world, "Alice")
    response = client.get(url_of(name, TABLE[name].at, world))
    page = b"".join(response).decode(errors="replace")
    assert not [word for word in FOREIGN_NAMES if word in page]


@pytest.mark.parametrize(
    "name", sorted(name for name, entry in TABLE.items() if entry.post and "login" in entry.post)
)
def test_a_post_without_the_forms_token_is_refused(name: str, world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions["Ada"]
    assert client.post(url_of(name, TABLE[name].at, world)).status_code == 403


@pytest.mark.parametrize(
    "name", sorted(name for name in TABLE if name.startswith("api:") and name != "api:docs")
)
def test_a_token_opens_what_its_person_may_open_and_finds_as_little(name: str, world: World) -> None:
    entry = TABLE[name]
    for who, expected in zip(PEOPLE, entry.get.split(), strict=True):
        if who not in world.people:
            continue
        _token, secret = token_of(world.people[who])
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        assert told(client, "GET", url_of(name, entry.at, world)) == expected, who
        if entry.foreign and who == "Alice":
            response = client.get(url_of(name, entry.foreign, world))
            assert response.status_code == 404
            assert not [word for word in FOREIGN_NAMES if word in response.content.decode()]
