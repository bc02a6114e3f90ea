"""In a browser, by keyboard alone: Bob asks Alice back, she answers, he approves, and both see it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from decisions.models import Proposal
from organization.models import Person
from tests.decisions.plans import carried_out, proposed
from tests.people import alice, bob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def page_of(chromium: Any, live_server: Any, who: Person, complaints: list[str], **look: Any) -> Any:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    context = chromium.new_context(**look)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def press(page: Any, name: str, role: str = "button") -> None:
    """With the keyboard, and without haste: the page that follows has come."""
    page.get_by_role(role, name=name).first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_bob_asks_back_alice_answers_on_her_phone_and_he_approves(chromium: Any, live_server: Any) -> None:
    carried_out.clear()
    lead, manager, complaints = alice(), bob(), list[str]()
    proposed(lead, as_of=timezone.now())
    boss = page_of(chromium, live_server, manager, complaints, viewport={"width": 1440, "height": 900})
    phone = page_of(
        chromium, live_server, lead, complaints, viewport={"width": 390, "height": 844}, has_touch=True,
        color_scheme="dark",
    )  # fmt: skip

    boss.goto(f"{live_server.url}/decisions/")
    press(boss, "Decide", "link")
    assert boss.get_by_role("heading", level=1).inner_text() == "Plan of 华东"
    press(boss, "Ask back")
    boss.get_by_text("Write what you want to know.").wait_for()
    boss.get_by_label("Note").fill("Which market?")
    press(boss, "Ask back")
    boss.get_by_text("Your question is with its author.").wait_for()

    phone.goto(f"{live_server.url}/decisions/")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(phone, "Answer", "link")
    assert phone.get_by_text("Which market?").is_visible()
    phone.get_by_label("Your answer").fill("Panels in the south.")
    press(phone, "Answer")
    phone.get_by_text("It waits for a decision again.").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in phone.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 44, button.inner_text()

    boss.reload()
    assert boss.get_by_text("Panels in the south.").is_visible()
    boss.get_by_label("Note").fill("Then yes.")
    press(boss, "Approve")
    boss.get_by_text("You approved it.").wait_for()
    assert boss.get_by_role("button", name="Approve").count() == 0
    phone.reload()
    assert phone.get_by_text("Then yes.").is_visible()
    assert Proposal.objects.get().state == "approved"
    assert len(carried_out) == 1
    assert not complaints
