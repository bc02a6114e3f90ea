"""A page of one's own in a real browser: made on a phone by keyboard alone, and turned by a click."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboards.models import Board
from tests.dashboards.figures import TODAY, keep
from tests.test_pages_shell import SMALL, built, enter, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    for period in ("2026-10", "2026-11"):
        keep("company", "revenue", "2300", expected="2400", period=period)
        for name, revenue in (("Search", "1600"), ("Douyin live", "700")):
            keep(f"channel:{name}", "revenue", revenue, expected="1000", period=period)
            keep(f"channel:{name}/Brand", "revenue", revenue, expected="1000", period=period)


def press(page: Any, locator: Any, key: str = "Enter") -> None:
    """The focus is brought to it by Tab alone, as far as it takes."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if locator.evaluate("one => one === document.activeElement"):
            page.keyboard.press(key)
            return
    raise AssertionError(f"the keyboard never reaches {locator}")


def add(page: Any, figure: str, chart: str = "", by: str = "") -> None:
    """Each list is chosen from by typing, as a keyboard does."""
    press(page, page.get_by_role("link", name="Add a panel").first)
    page.locator("#id_metric").wait_for()
    press(page, page.locator("#id_metric"), figure[0])
    page.keyboard.type(figure[1:])
    if chart:
        radios = page.locator("input[name=chart]")
        press(page, radios.first, "Space")
        while page.locator("input[name=chart]:checked").get_attribute("value") != chart:
            page.keyboard.press("ArrowDown")
    if by:
        press(page, page.locator("#id_by"), by[0])
        page.keyboard.type(by[1:])
        page.locator("#panel .chart, .panel-preview .chart").first.wait_for()
    press(page, page.get_by_role("button", name="Put it on the page"))
    page.wait_for_url("**/change/#panel-*")


def test_by_keyboard_alone_on_a_phone_ada_makes_a_page_orders_it_and_turns_it(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/pages/")
    press(page, page.get_by_role("link", name="Make a page"))
    page.locator("#id_name").wait_for()
    press(page, page.locator("#id_name"), "M")
    page.keyboard.type("orning ☕")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Change Morning ☕").wait_for()
    add(page, "Revenue")
    add(page, "Revenue", "trend")
    add(page, "Revenue", "bars", "Channels")
    # The last to the top, twice: the focus stays with the panel that moves.
    bars = Board.objects.get().panels.latest("position").pk
    for _ in range(2):
        page.wait_for_function(
            "pk => document.activeElement?.matches(`[data-panel-pk='${pk}'] button[value=up]`)", arg=bars
        )
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert Board.objects.get().panels.earliest("position").pk == bars
    press(page, page.get_by_role("link", name="See the page"))
    page.wait_for_url("**/pages/*/")
    page.locator(".panel .figure", has_text="¥2.3K").wait_for()
    to_the_end(page)
    assert page.locator("[aria-busy=true]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL) == []

    # A click on the largest bar turns the page to that channel; back brings the company again.
    # Plotly listens above the bars themselves, hence by force.
    page.locator(".panel-bars .bars .point path").last.click(force=True)
    page.wait_for_url("**/pages/*/?channel=search")
    page.locator(".panel .figure", has_text="¥1.6K").wait_for()
    page.go_back()
    page.locator(".panel .figure", has_text="¥2.3K").wait_for()
    # Panels that were still on their way when she went on are broken off, and htmx says so.
    assert [one for one in complaints if not one.startswith(("htmx:afterRequest", "htmx:sendAbort"))] == []
    browsing.close()


def test_a_panel_that_cannot_be_fetched_says_so_and_comes_when_asked_again(
    page: Any, live_server: Any, client: Client
) -> None:
    enter(page, live_server, client)
    page.goto(f"{live_server.url}/pages/new/")
    page.locator("#id_name").fill("Morning")
    page.get_by_label("Overview: key figures").check()
    page.get_by_role("button", name="Make the page").click()
    page.wait_for_url("**/change/")
    broken = Board.objects.get().panels.all()[1].pk
    page.route(f"**/panels/{broken}/**", lambda route: route.abort())
    page.goto(page.url.replace("change/", ""))
    slot = page.locator(f"#panel-{broken}")
    slot.get_by_text("could not be fetched").wait_for()
    page.locator(".panel .figure", has_text="¥2.3K").first.wait_for()  # the others are there
    assert page.locator("#toast").inner_text() == ""
    page.unroute(f"**/panels/{broken}/**")
    slot.get_by_role("button", name="Try again").click()
    slot.get_by_text("No figures for November 2026").wait_for()
