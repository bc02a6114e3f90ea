"""A customer in a shop, on her phone: she scans the code, taps a 3 and what she thinks of two things, writes why, and is
thanked; the keyboard and a machine without scripts do as well.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from feedback.models import Answer, SurveyLink
from tests.decisions.test_browser import page_of
from tests.feedback.made import a_link, a_survey
from tests.people import bob, node
from tests.test_pages_shell import built

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker", "quiet_minutes"),
]  # fmt: skip

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LEAST = 44  # pixels of what a finger hits


def visitor(chromium: Any, complaints: list[str], **look: Any) -> Any:
    page = chromium.new_context(**look).new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def fits(page: Any) -> None:
    """Nothing sticks out of the screen, and a finger hits everything."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    small = page.evaluate(
        f"""[...document.querySelectorAll(".out-tap, a, button, summary, textarea, .out-check, .out-field input")]
        .filter(one => one.checkVisibility()).map(one => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
        .filter(([, box]) => box.height < {LEAST} || box.width < {LEAST}).map(([what]) => what)"""
    )
    assert not small, small


def test_on_her_phone_she_answers_in_a_few_taps_and_once(
    chromium: Any, live_server: Any, settings: Any
) -> None:
    settings.SITE_URL = live_server.url
    node("region:华东/上海")
    complaints: list[str] = []

    # Bob makes the survey and a link for his shop; its page has the code and the address.
    desk = page_of(chromium, live_server, bob(), complaints, viewport={"width": 1440, "height": 900})
    desk.goto(f"{live_server.url}/feedback/surveys/")
    desk.get_by_role("button", name="Make my first survey").click()
    desk.get_by_role("link", name="Make the first link").click()
    desk.get_by_role("combobox", name="Where it stands").fill("上海")
    desk.get_by_role("option").first.click()
    desk.get_by_role("button", name="Make links").click()
    desk.get_by_role("img", name="QR code").wait_for()
    desk.wait_for_function("() => document.querySelector('.survey-qr').naturalWidth > 0")
    address = desk.locator(".survey-address").inner_text().strip()

    # She scans it.
    began = time.monotonic()
    phone = visitor(chromium, complaints, locale="zh-CN", **PHONE)
    phone.goto(address)
    fits(phone)
    assert phone.evaluate("document.cookie") == ""
    phone.get_by_role("radiogroup").first.get_by_role("radio", name="3", exact=True).tap()
    phone.locator("[name=rating-delivery][value='2']").tap()
    phone.locator("textarea").fill("物流太慢了，等了一个星期。")
    assert phone.locator(".out-count").inner_text() == "13 / 4000"
    phone.locator("button[type=submit]").tap()
    phone.locator("h1").wait_for()
    assert "done=new" in phone.url
    assert time.monotonic() - began < 30

    # Back, and once more: it is known.
    phone.go_back()
    phone.locator("[name=nps][value='9']").tap()
    phone.locator("button[type=submit]").tap()
    phone.wait_for_url("**done=known**")
    kept = Answer.objects.get()
    assert (kept.nps, kept.ratings, kept.comment) == (3, {"delivery": 2}, "物流太慢了，等了一个星期。")
    assert kept.region_id == SurveyLink.objects.get().region_id

    # Bob sees that it came.
    desk.reload()
    desk.get_by_text("1 answer from here").wait_for()
    assert not complaints


@pytest.mark.parametrize("script", [True, False])
def test_by_keyboard_and_without_scripts(chromium: Any, live_server: Any, script: bool) -> None:
    a_link(a_survey(drivers=["delivery"]))
    complaints: list[str] = []
    page = visitor(
        chromium,
        complaints,
        locale="en-GB",
        viewport={"width": 820, "height": 1180},
        java_script_enabled=script,
    )
    page.goto(f"{live_server.url}/s/shop-door/")
    page.keyboard.press("Tab")  # to the other language
    page.keyboard.press("Tab")  # into the score
    page.keyboard.press("Space")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Thank you").wait_for()
    assert Answer.objects.values_list("nps", "comment").get() == (7, "By keyboard")
    assert not complaints


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_lost(chromium: Any, live_server: Any) -> None:
    a_link()
    complaints: list[str] = []
    phone = visitor(chromium, complaints, locale="en-GB", color_scheme="dark", **PHONE)
    phone.goto(f"{live_server.url}/s/shop-door/")
    phone.locator("[name=nps][value='2']").tap()
    phone.locator("summary").tap()
    fits(phone)
    phone.get_by_label("Phone").fill("138 1234 5678")
    phone.locator("button[type=submit]").tap()
    phone.get_by_text("without it we may not keep them").wait_for()
    assert phone.get_by_label("Phone").input_value() == "138 1234 5678"
    assert phone.locator("[name=nps][value='2']").is_checked()
    phone.locator("[name=consent]").tap()
    phone.locator("button[type=submit]").tap()
    phone.get_by_role("heading", name="Thank you").wait_for()
    assert Answer.objects.get().customer_id is not None
    assert not complaints
