"""Help beside every heading: what a page says, what its lights mean, and the keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from dashboards.help.keys import GO
from dashboards.help.topics import PLACE_OF, TOPICS, topic_of
from dashboards.navigation import NAVIGATION
from dashboards.presenting.help import _FURTHER, _PLACES
from tests import people
from tests.test_pages_shell import built, enter

PLACES = [place.url_name for group in NAVIGATION for place in group.places]


@pytest.mark.parametrize("name", PLACES)
def test_every_place_of_the_menu_says_what_it_is(name: str) -> None:
    topic = TOPICS[name]
    assert topic.says
    assert all(str(words).strip() for words in topic.says)


def test_topics_and_keys_are_of_pages_that_there_are() -> None:
    known = {*PLACES, *PLACE_OF, *_FURTHER}
    for name, topic in TOPICS.items():
        assert name in known
        assert set(topic.on) <= set(_PLACES) | set(_FURTHER), name
    assert set(GO) <= set(PLACES)
    assert len(set(GO.values())) == len(GO)


def test_a_page_behind_a_place_has_its_help() -> None:
    assert topic_of("budgets:line") is TOPICS["budgets:overview"]
    assert topic_of("kpis:grid") is not TOPICS["kpis:targets"]
    assert topic_of("nowhere") is None


@pytest.mark.django_db
def test_charlie_reads_what_lights_mean_and_goes_on_only_where_he_may(client: Client) -> None:
    client.force_login(people.charlie())
    page = client.get(
        "/help/", {"page": "dashboards:overview"}, headers={"HX-Request": "true"}
    ).content.decode()
    for words in ("on plan", "behind", "off plan", "no target", "due by now"):
        assert words in page
    rules = client.get("/help/", {"page": "kpis:metrics"}).content.decode()
    assert reverse("kpis:targets") in rules
    assert reverse("alerts:rules") in rules
    outbox = client.get("/help/", {"page": "alerts:outbox"}).content.decode()
    assert "alerts/connections" not in outbox


@pytest.mark.django_db
def test_help_of_no_page_lists_the_pages_that_she_has(client: Client) -> None:
    client.force_login(people.charlie())
    for query in ({}, {"page": "zq"}, {"page": "<script>"}):
        page = client.get("/help/", query)
        assert page.status_code == 200
        assert "?page=kpis:targets" in page.content.decode()
        assert "?page=organization:people" not in page.content.decode()


@pytest.mark.django_db
def test_every_page_of_the_menu_asks_for_its_own_help(client: Client) -> None:
    client.force_login(people.ada())
    for name in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        page = client.get(url).content.decode()
        assert f'href="/help/?page={name}"' in page, name


def test_no_page_answers_to_a_single_letter_of_its_own_that_cannot_be_turned_off() -> None:
    """Whatever listens on the whole page for plain letters must ask whether they are wanted (WCAG 2.1.4)."""
    for file in sorted((Path(settings.BASE_DIR) / "static/js").glob("*.js")):
        text = file.read_text()
        if re.search(
            r'document\.addEventListener\("keydown".*?event\.key === "[a-z?/\[]"', text, re.DOTALL
        ) or ('"/": () =>' in text):
            assert "plumbline-keys-off" in text, file.name


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_ada_goes_by_keyboard_alone(page: Any, live_server: Any, client: Client) -> None:
    people.node("region:华东/上海分店")
    people.node("region:华东/杭州分店")
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/alerts/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    before = page.evaluate("document.activeElement.outerHTML")

    page.keyboard.press("Control+k")
    page.wait_for_function("() => document.querySelectorAll('#find [role=option]').length > 5")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.outerHTML") == before

    page.keyboard.press("Control+k")
    page.keyboard.type("分店")
    page.wait_for_function("() => document.querySelectorAll('#find mark').length === 2")
    first = page.evaluate("document.querySelector('#find [aria-selected=true]').id")
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == first
    page.keyboard.press("ArrowDown")
    name = page.evaluate("document.querySelector('#find [aria-selected=true]').dataset.name")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").inner_text().strip() == name

    page.keyboard.press("Control+k")  # what was opened before comes first now
    page.wait_for_function("() => document.querySelectorAll('#find [role=option]').length > 5")
    assert page.evaluate("document.querySelector('#find [aria-selected=true]').dataset.name") == name
    page.keyboard.press("Escape")
    page.wait_for_function(
        "() => document.readyState === 'complete' && !document.querySelector('dialog[open]')"
    )

    page.keyboard.press("Shift+Slash")
    page.wait_for_selector("dialog.help[open]")
    assert page.locator("dialog.help h2").inner_text() == "Keys"
    page.keyboard.press("Escape")
    assert page.locator("dialog.help[open]").count() == 0

    with page.expect_navigation():
        page.keyboard.type("gt")
    assert page.url.endswith(reverse("kpis:targets"))
    page.locator("a[data-help]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.help[open]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('a[data-help]')")

    page.evaluate("localStorage.setItem('plumbline-keys-off', 'yes')")
    page.keyboard.type("go?")
    assert page.url.endswith(reverse("kpis:targets"))
    assert page.locator("dialog[open]").count() == 0
    assert complaints == []
