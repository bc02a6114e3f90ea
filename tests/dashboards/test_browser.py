"""The overview in a real browser: a phone, the keyboard alone, and a console without complaints."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests import people
from tests.dashboards.figures import TODAY, keep, report
from tests.slow_answers import hold_back
from tests.test_pages_shell import SMALL, built, enter, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    for period in ("2026-10", "2026-11"):
        keep("company", "revenue", "2300", expected="2400", period=period)
        keep("company", "roas", "2.5", expected="2.7", period=period)
        for name, value in (("Douyin live-stream with a long name", "700"), ("Search", "1600")):
            keep(f"channel:{name}", "revenue", value, expected="1100", period=period)
            keep(f"channel:{name}", "roas", "2.5", expected="2.7", period=period)
        keep("region:华东", "revenue", "2300", expected="2400", period=period)
    report("company", date(2026, 10, 1), 52, revenue="110", cost="43")
    people.ada()


def test_ada_on_her_phone_finds_everything_and_nothing_sticks_out(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    first_screen = page.locator(".tiles > li").last.bounding_box()
    assert first_screen["y"] + first_screen["height"] <= 844
    page.evaluate("document.querySelectorAll('.fold, .show-all').forEach(one => { one.open = true })")
    to_the_end(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL) == []
    summary = page.locator(".overview-filters > summary")
    assert "November 2026" in summary.inner_text()
    assert not page.locator("#filter-period").is_visible()
    summary.click()
    assert page.locator("#filter-period").is_visible()
    assert complaints == []
    browsing.close()


def test_charts_are_there_after_the_period_was_changed_without_a_reload(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    to_the_end(page)
    page.evaluate("window.stays = true")
    page.locator("#filter-period").select_option("2026-10")
    page.wait_for_url("**period=2026-10**")
    page.wait_for_function(
        "() => document.querySelector('#figure-revenue')?.textContent.includes('2026-10-01')"
    )
    to_the_end(page)
    assert page.evaluate("window.stays") is True
    states = page.eval_on_selector_all(
        ".chart-canvas[data-state]", "all => all.map(one => one.dataset.state)"
    )
    assert "drawn" in states
    assert "failed" not in states
    page.go_back()
    page.wait_for_function(
        "() => document.querySelector('#figure-revenue')?.textContent.includes('2026-11-01')"
    )
    assert page.locator("#filter-period").input_value() == "2026-11"
    assert complaints == []


def test_by_keyboard_alone_ada_gets_from_the_filter_into_a_channel(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    reached: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.className")
        reached.append(name)
        assert page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            " || document.activeElement.matches('.form-select')"
        ), f"focus is not seen on {name}"
        if name == "row-link":
            break
    assert {"filter-region", "filter-channel", "filter-period", "filter-earlier", "filter-quarter"} <= set(
        reached
    )
    assert {"why why-tile", "split-tab"} <= set(reached)
    page.keyboard.press("Enter")
    page.wait_for_url("**channel=douyin**")
    page.get_by_role("heading", level=1, name="Douyin live-stream with a long name").wait_for()
    assert page.locator(".crumbs a").count() == 1
    assert complaints == []


def test_without_scripts_figures_lights_and_filters_work(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=False)
    page = browsing.new_page()
    enter(page, live_server, client)
    page.goto(live_server.url)
    assert page.get_by_text("off plan").first.is_visible()
    assert page.get_by_text("¥2.3K").first.is_visible()
    page.locator("#filter-period").select_option("2026-10")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**period=2026-10**")
    browsing.close()


def test_ada_drills_from_a_red_light_to_the_campaign_behind_it_and_back(
    page: Any, live_server: Any, client: Client
) -> None:
    keep("channel:Search/Brand", "revenue", "1500", expected="800")
    keep("channel:Search/Generic", "revenue", "100", expected="300")
    keep("channel:Douyin live-stream with a long name/Night", "revenue", "300", expected="900")
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/?period=2026-11")

    # Why is it red?
    page.locator("#parts tr", has_text="Douyin live-stream").locator("a.why").first.click()
    card = page.locator("#why[open]")
    card.get_by_text("Red: 36% behind plan, which is 63.6%; yellow begins at 85%.").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#why[open]").count() == 0

    page.locator("#parts").get_by_role("link", name="Douyin live-stream with a long name").click()
    page.get_by_role("heading", level=1, name="Douyin live-stream with a long name").wait_for()
    page.locator("#parts").get_by_role("link", name="Night").click()
    page.get_by_role("heading", level=1, name="Night").wait_for()
    assert "period=2026-11" in page.url
    assert page.locator(".crumbs a").all_inner_texts() == ["Plumbline", "Douyin live-stream with a long name"]

    page.locator(".crumbs a").last.click()
    page.get_by_role("heading", level=1, name="Douyin live-stream with a long name").wait_for()
    page.go_back()
    page.get_by_role("heading", level=1, name="Night").wait_for()
    page.go_back()
    page.go_back()
    page.get_by_role("heading", level=1, name="Plumbline").wait_for()
    assert complaints == []


def faults(complaints: list[str]) -> list[str]:
    """Without what htmx says of a request that a newer one took the place of, as letters do that are typed slowly."""
    return [one for one in complaints if not one.startswith(("htmx:afterRequest,", "htmx:sendAbort,"))]


def test_a_channel_is_found_by_name_with_the_keyboard_and_the_period_stays(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/?period=2026-10")
    page.locator("#filter-channel").focus()
    page.keyboard.press("Enter")
    page.locator("#find-channel:focus").wait_for()
    page.keyboard.type("sea")
    page.locator(".place-list[data-text=sea] a", has_text="Search").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?period=2026-10&channel=search")
    page.get_by_role("heading", level=1, name="Search").wait_for()
    # The page was exchanged under the keyboard, which goes on at the filter.
    page.locator("#filter-channel:focus").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Plumbline").wait_for()
    page.locator("#filter-channel:focus").wait_for()
    assert faults(complaints) == []


def test_keys_pressed_before_the_answer_take_nothing_of_what_was_found_before(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/?period=2026-10")
    answer = hold_back(page, "**/places/**q=sea**")
    page.locator("#filter-channel").click()
    page.locator(".place-list[data-text=''] a", has_text="Douyin").wait_for()
    page.keyboard.type("sea")
    page.keyboard.press("ArrowDown")
    with page.expect_request("**/places/**q=sea**"):
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "find-channel"
    page.keyboard.press("Tab")
    assert page.locator(".place-list a:focus").count() == 0
    page.keyboard.press("Shift+Tab")
    answer()
    page.locator(".place-list[data-text=sea] a", has_text="Search").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?period=2026-10&channel=search")
    assert faults(complaints) == []


def test_the_first_list_is_called_off_when_letters_are_typed_before_it_comes(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    hold_back(page, re.compile("/places/(?!.*q=)"))
    with page.expect_request("**/places/**"):
        page.locator("#filter-channel").click()
    with page.expect_event("requestfailed", lambda request: "q=" not in request.url):
        page.keyboard.type("sea")
    page.locator(".place-list[data-text=sea] a", has_text="Search").wait_for()
    assert page.locator("#toast").inner_text() == ""  # nobody is told of a failure
    assert faults(complaints) == []


def test_a_first_visit_is_painted_before_the_charts_are_fetched(
    page: Any, live_server: Any, client: Client
) -> None:
    """What it all weighs: tests/test_pages_shell.py."""
    enter(page, live_server, client)
    page.goto(live_server.url)
    page.wait_for_function("() => document.querySelector('.chart-canvas').dataset.state === 'drawn'")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    found = page.evaluate("performance.getEntriesByType('resource').map(one => [one.name, one.startTime])")
    fetched = {name.rsplit("/", 1)[-1]: start for name, start in found}
    assert fetched["plotly.js"] > painted
    assert fetched["chart-look.js"] > painted
    assert all(name.startswith((live_server.url, "data:")) for name, _start in found)
