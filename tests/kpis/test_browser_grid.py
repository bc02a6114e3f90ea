"""The year's grid in a real browser: typed, pasted, filled, undone, and two people at one cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.periods import Period
from kpis.models import Metric, Target
from kpis.services import set_target
from tests.ingest.test_browser_import import log_in
from tests.people import alice, bob, scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000
SAVED = "Saved"
SAVING = "Saving…"
WRONG = "Not everything is saved: see the marked cells."
OFFLINE = "No connection. 1 target is kept on this device and sent by itself later."
YEAR = date.today().year + 1  # none of its months is closed
SHOPS = ("region:华东/上海", "region:华东/江苏", "region:华东/浙江")


def open_grid(page: Any, live_server: Any, who: Any) -> None:
    scope("region:华东")
    for shop in SHOPS:
        scope(shop)
    log_in(page, live_server.url, who)
    page.goto(f"{live_server.url}/plan/grid/?year={YEAR}&metric=revenue&areas=region")
    page.locator("#grid[role=grid]").wait_for()


def cell(page: Any, row: int, month: int) -> Any:
    """Rows as they stand: 华东, then what lies below it; months from 1."""
    return page.locator(f"#grid tbody tr:nth-child({row}) td:nth-of-type({month})")


def settled(page: Any, text: str = SAVED) -> None:
    page.locator("#grid-status").get_by_text(text, exact=True).wait_for(timeout=WAIT)


def paste(page: Any, text: str) -> None:
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def held(area: str, month: int) -> Decimal | None:
    found = Target.objects.filter(
        scope__key=scope(area).key, start=date(YEAR, month, 1), grain="month", superseded_at=None
    ).first()
    return found.value if found else None


def test_alice_types_moves_and_fills_by_keyboard_alone(live_server: Any, page: Any) -> None:
    open_grid(page, live_server, alice())
    cell(page, 2, 1).focus()
    page.keyboard.type("120万")
    page.keyboard.press("Enter")
    page.keyboard.type("300")
    page.keyboard.press("Escape")  # gives back what stood there
    page.keyboard.press("ArrowUp")
    settled(page)
    assert cell(page, 2, 1).inner_text() == "1,200,000"
    assert held(SHOPS[1], 1) == 1_200_000 or held(SHOPS[0], 1) == 1_200_000
    page.keyboard.press("Control+r")  # along the row
    page.locator("#grid tbody tr:nth-child(2) .grid-total", has_text="14,400,000").wait_for(timeout=WAIT)
    settled(page)
    assert Target.objects.filter(superseded_at=None).count() == 12
    # What lies side by side is added up below.
    assert "14,400,000" in page.locator("#grid tfoot tr").first.inner_text()
    page.keyboard.press("Control+z")
    page.locator("#grid tbody tr:nth-child(2) .grid-total", has_text="1,200,000").wait_for(timeout=WAIT)
    settled(page)
    assert Target.objects.filter(superseded_at=None, value__isnull=False).count() == 1
    page.keyboard.press("Control+y")
    page.locator("#grid tbody tr:nth-child(2) .grid-total", has_text="14,400,000").wait_for(timeout=WAIT)
    settled(page)
    assert Target.objects.filter(superseded_at=None, value__isnull=False).count() == 12


def test_a_block_from_excel_is_pasted_and_a_wrong_cell_says_why(live_server: Any, page: Any) -> None:
    open_grid(page, live_server, alice())
    cell(page, 2, 2).focus()
    paste(page, '"1,000"\t2000\r\nabout 9\t3.5万\r\n\t4000\r\n')
    settled(page, WRONG)
    assert page.locator("#grid td.grid-bad").count() == 1
    assert cell(page, 3, 2).inner_text() == "about 9"
    assert "This is not a number" in page.locator("#grid-panel").inner_text()
    assert Target.objects.filter(superseded_at=None).count() == 4
    # Mended at its place.
    page.locator("#grid-panel .grid-where").first.click()
    page.keyboard.type("900")
    page.keyboard.press("Tab")
    settled(page)
    assert page.locator("#grid-panel").is_hidden()
    assert sorted(
        value
        for value in Target.objects.filter(superseded_at=None).values_list("value", flat=True)
        if value is not None
    ) == [
        900,
        1000,
        2000,
        4000,
        35000,
    ]
    # Undone as one, also after a reload.
    page.reload()
    page.get_by_role("button", name="Undo").last.click()
    page.get_by_text("as they were before").wait_for(timeout=WAIT)


def test_two_people_at_one_cell_are_told_and_the_later_one_chooses(live_server: Any, page: Any) -> None:
    open_grid(page, live_server, alice())
    area = scope(SHOPS[0])
    at = page.locator("#grid tbody tr", has_text="上海").locator("td").nth(4)
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=area, period=Period.parse(f"{YEAR}-05"),
        value=Decimal(500), person=bob(),
    )  # fmt: skip
    at.focus()
    page.keyboard.type("600")
    page.keyboard.press("Enter")
    page.get_by_text("Bob set this to ¥500.00").first.wait_for(timeout=WAIT)
    assert held(SHOPS[0], 5) == 500
    page.get_by_role("button", name="Keep mine").click()
    settled(page)
    assert held(SHOPS[0], 5) == 600


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_grid_fits_its_width_and_scrolls_in_its_frame(live_server: Any, page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_grid(page, live_server, bob())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cell(page, 2, 12).focus()
    page.keyboard.press("ArrowLeft")
    seen = page.evaluate("document.activeElement.getBoundingClientRect().right")
    assert seen <= width


def test_what_could_not_be_sent_stays_and_goes_when_the_server_is_back(live_server: Any, page: Any) -> None:
    open_grid(page, live_server, alice())
    page.route("**/plan/grid/save/", lambda route: route.abort())
    cell(page, 2, 3).focus()
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    settled(page, OFFLINE)
    assert cell(page, 2, 3).inner_text() == "77"
    page.unroute("**/plan/grid/save/")
    settled(page)
    assert Target.objects.get(superseded_at=None).value == 77
