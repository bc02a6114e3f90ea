"""A screen in a browser of its own: paired by a code, showing what comes in, dark when it is switched off."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import people
from tests.dashboards.figures import TODAY, keep, report
from tests.test_pages_shell import built, enter

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = 6_000  # ms


def test_a_screen_is_paired_shows_figures_as_they_come_and_goes_dark_when_it_is_revoked(
    page: Any, chromium: Any, live_server: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda at=None, zone=None: at.date() if at else TODAY)
    for code, value in (("revenue", "2300"), ("roas", "2.5")):
        keep("company", code, value, expected="2.7" if code == "roas" else "2400")
    for name in ("Live-stream", "Search"):
        keep(f"channel:{name}", "revenue", "1150", expected="1100")
    report("company", date(2026, 10, 1), 52, revenue="110", cost="43")
    people.ada()
    room = chromium.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    wall = room.new_page()
    complaints: list[str] = []
    wall.on("pageerror", lambda error: complaints.append(str(error)))
    wall.goto(f"{live_server.url}/wall/")
    code = wall.locator("[data-wall-code]").inner_text()

    enter(page, live_server, client)
    page.goto(f"{live_server.url}/walls/")
    page.locator(".page-actions").get_by_role("link", name="Pair a screen").click()
    page.get_by_label("Code on the screen").fill(code.lower().replace(" ", ""))
    page.locator("#id_name").fill("Lobby")
    page.get_by_label("Seconds for each page").fill("10")
    page.get_by_label("Other pages").fill(f"{live_server.url}/channel/")
    page.get_by_role("button", name="Pair it").click()
    page.get_by_text("is no page with figures").wait_for()
    page.get_by_label("Other pages").fill(f"{live_server.url}/channels/?period=2026-11")
    page.get_by_role("button", name="Pair it").click()
    page.get_by_text("“Lobby” is paired.").wait_for()

    wall.locator(".tile").get_by_text("¥2.3K").wait_for(timeout=2 * LIVE)
    wall.wait_for_function("() => document.querySelectorAll('.wall-dot').length === 2")
    wall.wait_for_function("() => !document.querySelector('.chart-canvas[data-state=failed]')")
    keep("company", "revenue", "2950", expected="2400")
    wall.locator(".tile").get_by_text("¥2.95K").wait_for(timeout=LIVE)
    assert wall.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert wall.evaluate("document.querySelectorAll('main a[href], main button, main form').length") == 0
    assert (
        wall.evaluate(
            """() => { const end = document.getElementById('main').getBoundingClientRect().bottom;
          return [...document.querySelectorAll('.tile, tr, figure, h2')].filter(one => one.checkVisibility() && one.getBoundingClientRect().bottom > end + 1).length }"""
        )
        == 0
    )
    wall.locator(".board").wait_for(timeout=2 * LIVE + 10_000)  # the second page

    room.set_offline(True)
    wall.get_by_text("No connection since").wait_for(timeout=LIVE)
    assert wall.locator("h1").first.is_visible()
    room.set_offline(False)
    wall.get_by_text("As of").wait_for(timeout=LIVE)

    page.get_by_role("link", name="Switch off Lobby").click()
    page.get_by_role("button", name="Switch it off").click()
    wall.locator("[data-wall-code]").wait_for(timeout=LIVE)
    assert wall.locator("[data-wall-code]").inner_text() != code
    assert "¥" not in wall.locator("body").inner_text()
    assert complaints == []
    room.close()
