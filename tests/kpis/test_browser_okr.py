"""A quarter's objective in a real browser: made, tied to a figure, checked in by keyboard, and seen in the tree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.periods import Grain, Period
from kpis.models import CheckIn, Objective
from tests.dashboards.figures import keep
from tests.ingest.test_browser_import import log_in
from tests.kpis.objectives import this_quarters
from tests.people import alice, bob, scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000


def complaints_of(page: Any) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def this_quarters_revenue(area: str, value: str) -> None:
    quarter = Period.containing(timezone.localdate(), Grain.QUARTER)
    keep(
        area, "revenue", value, expected="800000", target="1000000", period=str(quarter),
        through=timezone.localdate() - timedelta(days=1),
    )  # fmt: skip


def test_alice_makes_an_objective_ties_it_to_a_figure_and_checks_in_by_keyboard(
    live_server: Any, page: Any
) -> None:
    scope("region:华东/上海")
    top = this_quarters("Grow with profit", "company", state="active")
    this_quarters_revenue("region:华东", "900000")
    complaints = complaints_of(page)
    log_in(page, live_server.url, alice())
    page.goto(f"{live_server.url}/okr/")
    page.get_by_role("link", name="New objective").click()
    page.get_by_label("Objective", exact=True).fill("Win the East")
    # Her region is there already; the field says it by its name.
    assert page.locator(".area-chip").first.inner_text().startswith("华东")
    page.get_by_label("Owner").select_option("Alice")
    page.get_by_role("button", name="Make the draft").press("Enter")
    page.get_by_text("It is a draft now.").wait_for(timeout=WAIT)

    page.get_by_role("link", name="Add a key result").first.click()
    page.get_by_label("Key result", exact=True).fill("Revenue of the East")
    page.get_by_label("Figure", exact=True).select_option("Revenue")
    assert not page.get_by_label("Unit").is_visible()
    page.get_by_label("Begins at").fill("50万")
    page.get_by_label("Target", exact=True).fill("50万")
    page.keyboard.press("Enter")
    page.get_by_text("there would be nothing to reach").wait_for(timeout=WAIT)
    page.get_by_label("Target", exact=True).fill("100万")
    page.keyboard.press("Enter")
    page.get_by_text("Added.").wait_for(timeout=WAIT)

    page.get_by_role("link", name="Add a key result").first.click()
    page.get_by_label("Key result", exact=True).fill("Partners signed")
    page.get_by_label("How it is measured").select_option("manual")
    assert not page.get_by_label("Figure", exact=True).is_visible()
    page.get_by_label("Begins at").fill("0")
    page.get_by_label("Target", exact=True).fill("10")
    page.keyboard.press("Enter")
    page.get_by_text("Added.").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("It runs.").wait_for(timeout=WAIT)
    revenue = page.locator("article", has_text="Revenue of the East")
    assert "¥900,000.00" in revenue.inner_text()
    assert "on plan" in revenue.inner_text()

    # The check-in by keyboard alone: from the value on, field by field, and Enter on the button.
    made = Objective.objects.get(title="Win the East")
    partners = made.key_results.get(title="Partners signed")
    page.focus(f"#id_{partners.pk}_value")
    page.keyboard.type("four")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    page.keyboard.type("Two more next week")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("This is not a number.").wait_for(timeout=WAIT)
    assert page.input_value(f"#id_{partners.pk}_note") == "Two more next week"
    page.fill(f"#id_{partners.pk}_value", "4")
    page.keyboard.press("Enter")
    page.get_by_text("Checked in for this week").wait_for(timeout=WAIT)
    said = CheckIn.objects.get()
    assert (said.value, said.confidence, said.note) == (4, 7, "Two more next week")

    page.get_by_role("link", name="Objectives,").first.click()
    page.get_by_role("link", name="Who supports whom").click()
    orphans = page.locator("section", has_text="Supports nothing")
    assert orphans.get_by_role("link", name="Win the East").is_visible()
    assert complaints == []

    # Bob, who sees the company, hangs it where it belongs.
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/okr/{made.pk}/edit/")
    page.get_by_label("Supports").select_option(f"o{top.pk}")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for(timeout=WAIT)
    page.goto(f"{live_server.url}/okr/tree/")
    branch = page.locator(".okr-node", has_text="Grow with profit").first
    assert branch.get_by_role("link", name="Win the East").is_visible()
    assert page.get_by_role("heading", name="Supports nothing").count() == 0
    # A branch folds by keyboard.
    page.locator(".okr-fold > summary").first.focus()
    page.keyboard.press("Enter")
    assert not branch.get_by_role("link", name="Win the East").is_visible()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_pages_fit_their_width_and_fingers_find_everything(
    live_server: Any, chromium: Any, width: int
) -> None:
    from tests.test_pages_shell import SMALL

    top = this_quarters("Grow with profit and never lose sight of what it costs", "company", state="active")
    east = this_quarters("Win the East", "region:华东", state="active", owner=alice(), supports_objective=top)
    this_quarters("Open the shop", "region:华东/上海", state="active", supports_objective=east)
    this_quarters("Lost", "region:华东")
    browsing = chromium.new_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    log_in(page, live_server.url, bob())
    addresses = ["/okr/", "/okr/tree/", "/okr/mine/", "/okr/new/", f"/okr/{east.pk}/", f"/okr/{east.pk}/close/",
                 f"/okr/{east.pk}/key-results/new/"]  # fmt: skip
    for address in addresses:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(SMALL) == [], address
    browsing.close()
