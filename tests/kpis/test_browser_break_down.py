"""Breaking a year down in a real browser: by season and region, two locks by keyboard, set, taken back, set again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpis.models import Target
from tests.ingest.test_browser_import import log_in
from tests.kpis.test_break_down import EAST, SOUTH, WEST, YEAR, regions
from tests.people import bob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 90_000  # ms; a busy machine
TOTAL = Decimal(120_000_000)


def held(area: str, month: int) -> Decimal | None:
    found = Target.objects.filter(
        scope__key=area, grain="month", start=date(YEAR, month, 1), superseded_at=None
    ).first()
    return found.value if found else None


def year_of(area: str) -> Decimal:
    return sum((held(area, month) or Decimal(0) for month in range(1, 13)), Decimal(0))


def locked(page: Any, number: int) -> None:
    page.wait_for_function(
        "n => document.querySelectorAll('.bd-amount[aria-pressed=true]').length === n",
        arg=number,
        timeout=WAIT,
    )


def test_a_director_breaks_a_year_down_takes_it_back_and_sets_it_again(live_server: Any, page: Any) -> None:
    rows = regions()
    page.set_default_timeout(WAIT)
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/plan/break-down/?metric=revenue&period={YEAR}")
    page.fill("#total", "120,000,000")
    page.select_option("#tree", "region")
    page.select_option("#method", "equal")
    page.locator(".bd-grid").wait_for(timeout=WAIT)
    page.locator("#bd-total", has_text="120,000,000").wait_for(timeout=WAIT)
    # Two locks by keyboard: one typed, one as it stands.
    at = f".bd-amount[data-row='{rows[EAST]}'][data-column='{YEAR}-01']"
    page.locator(at).focus()
    page.keyboard.type("5000000")
    page.keyboard.press("Enter")
    locked(page, 1)
    assert page.evaluate("document.activeElement.dataset.column") == f"{YEAR}-01"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    locked(page, 2)
    assert page.locator(at).inner_text().startswith("5,000,000")
    page.get_by_role("button", name="Set 49 targets").click()
    page.get_by_text("49 targets were set.").wait_for(timeout=WAIT)
    assert held(EAST, 1) == 5_000_000
    assert sum(map(year_of, (EAST, WEST, SOUTH)), Decimal(0)) == TOTAL
    assert year_of("company") == TOTAL
    page.get_by_role("button", name="Undo").first.click()
    page.get_by_text("49 targets are as they were before.").wait_for(timeout=WAIT)
    assert year_of("company") == 0
    # The question still stands there; set again.
    page.locator("#bd-total", has_text="120,000,000").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Set 49 targets").click()
    page.get_by_text("49 targets were set.").wait_for(timeout=WAIT)
    assert sum(map(year_of, (EAST, WEST, SOUTH)), Decimal(0)) == TOTAL


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_pages_of_a_plan_fit_their_width(live_server: Any, page: Any, width: int) -> None:
    regions()
    page.set_default_timeout(WAIT)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, live_server.url, bob())
    for address in (
        f"break-down/?total=1000000&tree=region&method=equal&period={YEAR}",
        f"break-down/?total=1000000&tree=region&method=stage&time=&period={YEAR}",
        f"break-down/?total=1000000&period={YEAR}",
        "check/",
        "suggest/",
    ):
        page.goto(f"{live_server.url}/plan/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_an_answer_that_comes_while_somebody_types_leaves_the_typing_alone(
    live_server: Any, page: Any
) -> None:
    rows = regions(EAST, WEST)
    page.set_default_timeout(WAIT)
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/plan/break-down/?total=1200&tree=region&method=equal&period={YEAR}")
    held_back: list[Any] = []
    page.route("**/plan/break-down/", lambda route: held_back.append(route), times=1)
    with page.expect_request("**/plan/break-down/"):
        page.fill("#total", "2,400")
        page.keyboard.press("Tab")
    page.locator(f".bd-amount[data-row='{rows[EAST]}'][data-column='{YEAR}-01']").focus()
    page.keyboard.type("17")
    held_back[0].continue_()
    page.locator("#bd-total", has_text="2,400").wait_for(timeout=WAIT)
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    locked(page, 1)
    assert page.locator(".bd-amount[aria-pressed=true]").inner_text().startswith("175")


def test_typing_a_weight_turns_to_weights_of_ones_own(live_server: Any, page: Any) -> None:
    rows = regions(EAST, WEST)
    page.set_default_timeout(WAIT)
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/plan/break-down/?total=100&tree=region&method=equal&time=&period={YEAR}")
    page.fill(f"[data-weight='{rows[EAST]}']", "150")
    page.keyboard.press("Tab")
    page.locator(f".bd-amount[data-row='{rows[EAST]}']", has_text="75").wait_for(timeout=WAIT)
    assert page.input_value("#method") == "hand"
    page.uncheck(f"[data-takes='{rows[WEST]}']")
    page.locator(f".bd-amount[data-row='{rows[EAST]}']", has_text="100").wait_for(timeout=WAIT)
