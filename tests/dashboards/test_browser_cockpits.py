"""The process monitor and the comparison in a real browser: on a phone, and from one to the other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests import people
from tests.dashboards.figures import TODAY, keep, report
from tests.test_pages_shell import SMALL, built, enter, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    for period in ("2025-11", "2026-10", "2026-11"):
        keep("company", "revenue", "2500", expected="2400", period=period)
        keep("company", "ctr", "0.017", expected="0.035", period=period)
        keep("company", "conversion_rate", "0.03", expected="0.028", period=period)
        for name in ("Douyin live-stream with a long name", "Search"):
            keep(f"channel:{name}", "revenue", "1200", expected="1100", period=period)
    report("company", date(2026, 10, 1), 52, revenue="110", cost="43")
    people.ada()


def test_ada_reads_on_her_phone_what_leads_to_results_and_why(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/process/")
    first = page.locator(".todo").bounding_box()
    assert first["y"] + first["height"] <= 844
    to_the_end(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL) == []
    page.locator("#result-revenue .why-tile").click()
    page.locator("#why-title").wait_for()
    assert "CTR" in page.locator("#why-body").inner_text()
    assert complaints == []
    browsing.close()


def test_ada_turns_a_comparison_to_another_month_and_swaps_its_sides(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    page.get_by_role("link", name="Compare with last year").click()
    page.wait_for_url("**/compare/?left=2026-11&right=2025-11")
    page.locator("#side-right").select_option("2026-10")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**right=2026-10**")
    to_the_end(page)
    page.wait_for_function("() => document.querySelector('#lines [data-state=drawn]')")
    page.get_by_role("link", name="Swap sides").click()
    page.wait_for_url("**left=2026-10**")
    assert page.locator("#side-left").input_value() == "2026-10"
    assert complaints == []
