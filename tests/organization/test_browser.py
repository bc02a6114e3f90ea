"""In a browser: Erin is invited with one region and sees only that; Charlie logs in with a passkey."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from organization.models import Person
from tests.letterbox import Letterbox
from tests.people import PASSWORD, ada, charlie, node
from tests.slow_answers import hold_back

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STRONG = "a lead line and a lantern"


@pytest.fixture(autouse=True)
def a_fresh_count() -> None:
    cache.clear()


def complaints_of(page: Any) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def enter(page: Any, live_server: Any, who: Person) -> None:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def test_erin_invited_with_one_region_sets_her_password_from_the_mail_and_sees_only_that(
    letterbox: Letterbox, chromium: Any, live_server: Any, request: pytest.FixtureRequest
) -> None:
    for code in ("region:华东/上海", "region:华东/杭州", "region:华北/北京", "channel:抖音"):
        node(code)
    request.getfixturevalue("celery_worker_process")
    boss = chromium.new_context().new_page()
    complaints = complaints_of(boss)
    enter(boss, live_server, ada())
    boss.goto(f"{live_server.url}/organization/people/invite/")
    boss.get_by_label("Name", exact=True).fill("Erin")
    boss.get_by_label("Email").fill("erin@example.com")
    boss.locator("select[name=role]").first.select_option("viewer")
    # The area is looked for by its name, with the keyboard alone.
    boss.get_by_role("combobox", name="Area").first.focus()
    boss.keyboard.type("华东")
    boss.locator(".area-list[data-text=华东] [role=option]").first.wait_for()
    boss.keyboard.press("Enter")
    assert boss.locator(".area-chip").first.inner_text().startswith("华东")
    boss.get_by_role("button", name="Send the invitation").click()
    boss.get_by_text("Erin is invited").wait_for()

    letter = letterbox.wait()
    assert letter["To"] == "erin@example.com"
    for kind in ("plain", "html"):
        assert "/welcome/" in letterbox.text_of(letter, kind)
    link = re.search(rf"{re.escape(settings.SITE_URL)}(/welcome/\S+)", letterbox.text_of(letter))
    assert link

    hers = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    complaints += complaints_of(hers)
    hers.goto(live_server.url + link[1])
    hers.get_by_label("Password").fill(STRONG)
    hers.get_by_label("The same once more").fill(STRONG)
    hers.keyboard.press("Enter")
    hers.wait_for_url(f"{live_server.url}/")
    seen = hers.content()
    for address in ("/organization/areas/?dimension=region", "/alerts/", "/targets/"):
        hers.goto(live_server.url + address)
        seen += hers.content()
    assert "华东" in seen
    assert "上海" in seen
    assert "华北" not in seen
    assert "北京" not in seen
    assert hers.goto(f"{live_server.url}/?area=region:华北").status == 404
    assert [text for text in complaints if "404" not in text] == []
    for context in (boss.context, hers.context):
        context.close()


def test_enter_takes_no_area_that_was_found_for_the_letters_before(page: Any, live_server: Any) -> None:
    for code in ("region:华东", "region:华北"):
        node(code)
    complaints = complaints_of(page)
    enter(page, live_server, ada())
    page.goto(f"{live_server.url}/organization/people/invite/")
    field, chip = page.get_by_role("combobox", name="Area").first, page.locator(".area-chip").first
    everywhere = chip.inner_text()
    field.focus()
    page.keyboard.type("华")
    page.locator(".area-list[data-text=华] [role=option]").nth(1).wait_for()
    answer = hold_back(page, re.compile(quote("华北")))
    page.keyboard.type("北")
    with page.expect_request(re.compile(quote("华北"))):
        page.keyboard.press("Enter")
    assert chip.inner_text() == everywhere
    answer()
    page.locator(".area-list[data-text=华北] [role=option]").wait_for()
    page.keyboard.press("Enter")
    page.locator(".area-chip", has_text="华北").wait_for()
    assert complaints == []


def test_an_answer_that_comes_after_the_field_was_left_opens_nothing(page: Any, live_server: Any) -> None:
    node("region:华东")
    enter(page, live_server, ada())
    page.goto(f"{live_server.url}/organization/people/invite/")
    answer = hold_back(page, "**/find/**")
    field = page.get_by_role("combobox", name="Area").first
    with page.expect_request("**/find/**"):
        field.fill("华东")
    page.keyboard.press("Tab")
    with page.expect_event("requestfinished"):
        answer()
    page.evaluate("new Promise((done) => setTimeout(done))")  # whatever follows an answer has followed
    assert field.get_attribute("aria-expanded") == "false"
    assert page.locator(".area-list [role=option]").count() == 0


def test_what_would_be_seen_follows_the_form_before_it_is_saved(page: Any, live_server: Any) -> None:
    for code in ("region:华东/上海", "region:华北"):
        node(code)
    who = charlie()
    complaints = complaints_of(page)
    enter(page, live_server, ada())
    page.goto(f"{live_server.url}/organization/people/{who.pk}/")
    preview = page.locator("#would-see")
    assert "all 3" in preview.inner_text()
    page.get_by_role("combobox", name="Area").first.fill("华东")
    page.locator(".area-list [role=option]").first.click()
    preview.get_by_text("2 of 3").wait_for()
    page.get_by_role("button", name="Another role").click()
    page.locator(".role-row").nth(2).wait_for()
    page.locator(".role-row").first.get_by_role("button", name="Take out").last.click()
    preview.get_by_text("there is no role").wait_for()
    assert who.grants.get().scope.key == "company"
    assert complaints == []


def test_charlie_adds_a_passkey_and_logs_in_with_it_alone(page: Any, live_server: Any) -> None:
    charlie()
    complaints = complaints_of(page)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("[name=login]").fill("charlie")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/accounts/passkeys/add/")
    page.locator("[name=password]").fill(PASSWORD)  # it is she, once more
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("telephone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto(f"{live_server.url}/accounts/factors/")
    assert page.get_by_text("telephone").first.is_visible()
    assert page.get_by_text("logs in without a password").is_visible()

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/organization/me/")
    assert page.get_by_text("Your roles").is_visible()

    # With the password, the passkey is asked for besides.
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("[name=login]").fill("charlie")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    assert complaints == []
