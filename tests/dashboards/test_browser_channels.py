"""The pages of channels in a real browser: the morning of a channel manager, on her screen and on her phone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests import people
from tests.dashboards.figures import TODAY, keep, report
from tests.test_pages_shell import SMALL, built, enter, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "channel:Douyin live-stream with a long name"


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    for period in ("2026-09", "2026-10", "2026-11"):
        keep("company", "revenue", "2300", expected="2400", period=period)
        for name, revenue, roas in ((LIVE, "700", "0.7"), ("channel:Search", "1600", "4")):
            keep(name, "revenue", revenue, expected="1100", period=period)
            keep(name, "roas", roas, expected="2.7", period=period)
            keep(name, "cost", "400", period=period)
        for name in ("Hosts", "Flash sales"):
            keep(f"{LIVE}/{name}", "revenue", "350", expected="500", period=period)
            report(f"{LIVE}/{name}", date.fromisoformat(f"{period}-01"), 21, revenue="20", cost="30")
    report(LIVE, date(2026, 9, 1), 61, revenue="60", cost="30")
    report(LIVE, date(2026, 11, 1), 21, revenue="40", cost="60")
    people.ada()


def test_in_the_morning_ada_finds_the_losing_channel_opens_it_and_reads_why(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/channels/")
    assert "spent ¥280 more than it earned" in page.locator(".page-lead").inner_text()
    first = page.locator("table.board tbody tr").first
    assert "off plan" in first.inner_text()
    first.locator(".row-link").click()
    page.get_by_role("heading", level=1, name="Douyin live-stream with a long name").wait_for()
    to_the_end(page)
    assert page.locator("[data-figure=figure-movement] .chart-canvas[data-state=drawn]").count() == 1
    assert "Hosts" in page.locator(".movement-causes").inner_text()
    page.locator(".crumbs a", has_text="Channels").click()
    page.wait_for_url("**/channels/?period=2026-11**")
    assert complaints == []


def test_ada_sorts_and_chooses_columns_and_the_address_keeps_both(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/channels/")
    page.locator("thead .sort-link", has_text="ROAS").click()
    page.wait_for_url("**sort=-roas**")
    assert page.locator("table.board tbody th").first.inner_text().startswith("Search")
    page.locator(".board-columns > summary").click()
    page.get_by_label("Order value").check()
    page.get_by_label("Revenue", exact=True).uncheck()
    page.get_by_role("button", name="Show these columns").click()
    page.wait_for_url("**columns=**")
    heads = page.locator("thead .sort-link").all_inner_texts()
    assert any(one.startswith("Order value") for one in heads)
    assert not any(one.startswith("Revenue") for one in heads)
    assert "sort=-roas" in page.url
    page.locator(".why").first.click()
    page.locator("#why[open]").wait_for()
    assert complaints == []


def test_on_a_phone_channels_are_cards_and_nothing_sticks_out(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    complaints = enter(page, live_server, client)
    for path in ("/channels/", "/channels/one/?channel=douyin-live-stream-with-a-long-name"):
        page.goto(f"{live_server.url}{path}")
        page.evaluate(
            "document.querySelectorAll('.fold, .show-all, .board-columns').forEach(one => { one.open = true })"
        )
        to_the_end(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(SMALL) == []
    page.goto(f"{live_server.url}/channels/")
    assert not page.locator("#board-sort").is_visible()
    page.get_by_text("Figures, comparison and order").click()
    assert page.locator("#board-sort").is_visible()
    page.locator("#board-sort").select_option("-roas")
    page.wait_for_url("**sort=-roas**")
    assert complaints == []
    browsing.close()
