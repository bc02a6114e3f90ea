"""A page that lies open shows what came in, in place, and never under anybody's hands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.models import SavedView
from dashboards.services.boards import PanelDraft, add_panel, make_board
from kpis.models import Metric
from kpis.stamps import stamp
from tests import people
from tests.dashboards.figures import TODAY, keep, report
from tests.test_pages_shell import built, enter, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = 5_000  # ms


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda at=None, zone=None: at.date() if at else TODAY)
    keep("company", "revenue", "2300", expected="2400")
    keep("company", "roas", "2.5", expected="2.7")
    for name, value in (("Live-stream", "700"), ("Search", "1600")):
        keep(f"channel:{name}", "revenue", value, expected="1100")
    report("company", date(2026, 10, 1), 52, revenue="110", cost="43")
    people.ada()


def test_new_figures_show_in_place_and_wait_while_ada_types(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(live_server.url)
    to_the_end(page)
    page.evaluate(
        """() => { window.stays = document.querySelector('.chart-canvas[data-state=drawn]');
                   document.querySelector('.chart-data').open = true }"""
    )
    link = page.locator(".row-link").last
    link.evaluate(
        "one => { one.focus({ preventScroll: true }); scrollTo({ top: 300, behavior: 'instant' }) }"
    )
    keep("company", "revenue", "2950", expected="2400")
    page.locator(".tile").get_by_text("¥2.95K").wait_for(state="attached", timeout=LIVE)
    assert page.evaluate("window.stays.isConnected && window.stays.dataset.state") == "drawn"
    assert page.evaluate("document.querySelector('.chart-data').open") is True
    assert page.evaluate("document.activeElement.innerText") == link.inner_text()
    assert page.evaluate("scrollY") == 300
    assert page.locator(".tile .light-changed").count() == 1

    # What she types stands; she is told, and asks for it.
    page.locator("#filter-channel").click()
    page.locator("#find-channel").fill("East")
    keep("company", "revenue", "3150", expected="2400")
    page.get_by_text("There are new figures.").wait_for(timeout=LIVE)
    assert page.locator("#find-channel").input_value() == "East"
    assert page.locator(".tile").get_by_text("¥3.15K").count() == 0
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator(".tile").get_by_text("¥3.15K").wait_for(state="attached", timeout=LIVE)
    assert page.locator(".fresh-line").count() == 0
    assert complaints == []


def test_ada_keeps_a_view_by_keyboard_finds_it_in_the_menu_and_starts_with_it(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/?period=2026-11")
    page.locator(".views-menu > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/views/new/**")
    page.keyboard.type("This month")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Kept as “This month”").wait_for()
    assert SavedView.objects.get().address == "/?period=2026-11"
    page.goto(live_server.url)
    page.locator(".views-menu > summary").click()
    page.get_by_role("link", name="This month").wait_for()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="This month").is_visible()
    page.locator(".sidebar-brand").click()
    page.wait_for_url("**/?period=2026-11")
    page.goto(f"{live_server.url}/views/")
    page.get_by_role("link", name="Remove This month").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("“This month” is removed.").wait_for()
    page.locator(".sidebar-brand").click()
    page.wait_for_url(f"{live_server.url}/")
    assert complaints == []


def test_panels_of_an_own_page_show_new_figures_in_place_and_say_when_one_is_put_away(
    page: Any, live_server: Any, client: Client
) -> None:
    board = make_board(name="Morning", template="", person=people.ada(), now=timezone.now())
    revenue = Metric.objects.get(code="revenue")
    for chart, by in (("number", ""), ("bars", "channel")):
        draft = PanelDraft(chart=chart, metric=revenue, by=by)
        add_panel(board=board, draft=draft, person=people.ada(), now=timezone.now())
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/pages/{board.pk}/")
    page.get_by_text("¥2.3K").first.wait_for()
    page.locator(".chart-canvas[data-state=drawn]").wait_for()
    page.evaluate("() => { window.stays = document.querySelector('.chart-canvas') }")
    keep("company", "revenue", "2950", expected="2400")
    page.get_by_text("¥2.95K").first.wait_for(timeout=LIVE)
    assert page.evaluate("window.stays.isConnected && window.stays.dataset.state") == "drawn"
    assert page.locator(".light-changed").count() == 1
    Metric.objects.filter(pk=revenue.pk).update(archived_at=timezone.now())
    stamp()
    page.get_by_text("This figure is no longer in use").nth(1).wait_for(timeout=LIVE)
    assert complaints == []
