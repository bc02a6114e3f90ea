"""A year in a real browser, from its ambition to a month off plan: set, broken down with locks, pasted, closed, explained,
approved, and drawn with both its plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from common.periods import Period
from decisions.models import Task
from kpis.models import Calibration, Measure, Target, TargetChange
from kpis.services import Entry, enter_values
from kpis.tasks import close_months
from kpis.work import catch_up
from organization.models import Person
from tests.ingest.test_browser_import import log_in
from tests.kpis.test_browser_grid import cell, paste, settled
from tests.people import alice, bob, node, scope
from tests.test_pages_shell import built, to_the_end

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 90_000  # ms; a busy machine
YEAR = 2027
TOTAL = Decimal(120_000_000)
EAST, WEST, SOUTH = REGIONS = ("region:华东", "region:西南", "region:华南")
SHOPS = ("region:华东/上海", "region:华东/江苏")
SHARES = {EAST: Decimal("0.5"), WEST: Decimal("0.3"), SOUTH: Decimal("0.2")}
SEASON = (
    8,
    6,
    9,
    9,
    10,
    11,
    8,
    8,
    9,
    10,
    14,
    10,
)  # a year's orders come like this: more in June and November


class Clock:
    """The day on which all of this happens; the servers of a test ask it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 10, 2, tzinfo=UTC)

    def turn_to(self, day: date) -> None:
        self.now = self.now.replace(year=day.year, month=day.month, day=day.day)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


@pytest.fixture
def window(chromium: Any, live_server: Any) -> Iterator[Callable[[Person], Any]]:
    """A window of her own for each who works here."""
    contexts = []

    def opened(who: Person) -> Any:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        log_in(page, live_server.url, who)
        return page

    yield opened
    for context in contexts:
        context.close()


def sold(amounts: dict[tuple[str, str], Decimal]) -> None:
    """Revenue by area and month, entered as finance would, and computed."""
    revenue = Measure.objects.get(code="revenue")
    entries = [
        Entry(revenue, scope(area), Period.parse(month), round(amount, 2))
        for (area, month), amount in amounts.items()
    ]
    enter_values(entries=entries, person=None, today=timezone.localdate())
    catch_up()


def two_years_of_sales() -> None:
    sold(
        {
            (area, f"{year}-{month:02}"): Decimal(1_000_000 + 50_000 * (year - 2025)) * share * weight
            for year in (2025, 2026)
            for month, weight in enumerate(SEASON, start=1)
            for area, share in SHARES.items()
            if (year, month) < (2026, 12)
        }
    )


def held(area: str) -> dict[int, Decimal]:
    rows = Target.objects.filter(scope__key=area, grain="month", start__year=YEAR, superseded_at=None)
    return {start.month: value for start, value in rows.values_list("start", "value") if value is not None}


def locks(page: Any, number: int) -> None:
    page.wait_for_function(
        "n => document.querySelectorAll('.bd-amount[aria-pressed=true]').length === n",
        arg=number,
        timeout=WAIT,
    )


def asks(page: Any, change: Callable[[], Any]) -> None:
    """Changes what is asked, and waits until the answer stands there."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        change()
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


def breaks_it_down(page: Any, address: str) -> None:
    rows = {area: f"n{node(area).pk}" for area in REGIONS}
    page.goto(f"{address}/plan/break-down/?metric=revenue&period={YEAR}")
    page.fill("#total", "120,000,000")
    asks(page, partial(page.press, "#total", "Tab"))
    for name, chosen in (("tree", "region"), ("season", "days"), ("season", "season"), ("method", "history")):
        asks(page, partial(page.select_option, f"#{name}", chosen))
    page.locator("#bd-total", has_text="120,000,000").wait_for()
    # Two locks: East's January is typed, its February stays as it is.
    at = f".bd-amount[data-row='{rows[EAST]}'][data-column='{YEAR}-01']"
    page.locator(at).focus()
    page.keyboard.type("5000000")
    page.keyboard.press("Enter")
    locks(page, 1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    locks(page, 2)
    page.get_by_role("button", name="Set 49 targets").click()
    page.get_by_text("49 targets were set.").wait_for()


def pastes_a_block(page: Any, address: str) -> None:
    page.goto(f"{address}/plan/grid/?year={YEAR}&metric=revenue&areas=region")
    page.locator("#grid[role=grid]").wait_for()
    cell(page, 2, 5).focus()
    paste(page, "3,000,000\t320万\r\n2,000,000\t2100000\r\n")
    settled(page)


def explains(page: Any, address: str) -> None:
    page.goto(f"{address}/plan/calibrations/")
    page.get_by_text("1 month that closed off plan waits for your explanation.").wait_for()
    page.get_by_role("link", name="华东").click()
    page.get_by_text("18% under target").first.wait_for()
    page.get_by_label("The market changed: move the target").check()
    page.get_by_label("Why it came so").fill("A rival opened ten shops in Shanghai.")
    page.get_by_label("What will be done instead").fill("Advertise nearer to our own shops.")
    page.get_by_label("Together").fill("36,000,000")
    page.get_by_role("button", name="Split it as the targets stand").click()
    page.wait_for_function("() => document.querySelector('[name=total]').value === '36,000,000'")
    assert page.input_value("[name=reason]").startswith("A rival")
    page.get_by_role("button", name="File it for a decision").click()
    page.get_by_text("Filed. Somebody else decides about it.").wait_for()
    assert page.get_by_role("button", name="Approve").count() == 0


def approves(page: Any, address: str) -> None:
    page.goto(f"{address}/decisions/")
    page.get_by_role("link", name="Revenue, 华东, March 2027").first.click()
    page.get_by_role("link", name="Open what it is about").click()
    page.get_by_text("A rival opened ten shops in Shanghai.").first.wait_for()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("You approved it.").wait_for()


def drawn(page: Any, figure: str) -> tuple[str, dict[str, str]]:
    """The words in a chart, and how its lines are drawn, once it is."""
    to_the_end(page)
    canvas = page.locator(f"[data-figure='{figure}'] .chart-canvas[data-state=drawn]")
    canvas.wait_for()
    dashes = "one => one.data.map((line) => [line.name, line.line?.dash || 'solid'])"
    return " ".join(canvas.locator("text").all_text_contents()), dict(canvas.evaluate(dashes))


def test_a_year_is_set_broken_down_pasted_closed_off_plan_explained_and_drawn_with_both_plans(
    live_server: Any, window: Callable[[Person], Any], clock: Clock
) -> None:
    address = live_server.url
    for area in (*REGIONS, *SHOPS):
        scope(area)
    director, lead = bob(), alice()
    two_years_of_sales()

    # In December the director sets 120,000,000 and breaks it down.
    bobs = window(director)
    breaks_it_down(bobs, address)
    plan = {area: held(area) for area in REGIONS}
    assert plan[EAST][1] == 5_000_000
    assert sum((sum(months.values()) for months in plan.values()), Decimal(0)) == TOTAL
    assert sum(held("company").values()) == TOTAL
    assert plan[SOUTH][11] > plan[SOUTH][2] * 2  # as the years before
    whole = Target.objects.get(scope__key="company", grain="year", superseded_at=None)
    assert whole.value == TOTAL

    # A lead pastes a block from Excel for her shops.
    alices = window(lead)
    pastes_a_block(alices, address)
    assert sorted(value for shop in SHOPS for value in held(shop).values()) == [
        2_000_000,
        2_100_000,
        3_000_000,
        3_200_000,
    ]

    # March closes 18% under East's target; all else is on plan.
    clock.turn_to(date(YEAR, 4, 12))
    sold(
        {
            (area, f"{YEAR}-{month:02}"): plan[area][month]
            * (Decimal("0.82") if (area, month) == (EAST, 3) else 1)
            for area in REGIONS
            for month in (1, 2, 3)
        }
    )
    close_months()
    calibration = Calibration.objects.get()
    assert (calibration.scope.key, calibration.month) == (EAST, date(YEAR, 3, 1))
    assert Task.objects.get().assigned_to == lead

    # She explains it, he approves it.
    alices, bobs = window(lead), window(director)  # logged in anew, four months later
    explains(alices, address)
    assert held(EAST) == plan[EAST]
    approves(bobs, address)
    now = held(EAST)
    assert sum(now[month] for month in range(4, 13)) == 36_000_000
    assert (now[1], now[2], now[3]) == (plan[EAST][1], plan[EAST][2], plan[EAST][3])
    calibration.refresh_from_db()
    assert (calibration.state, calibration.resplit) == ("approved", True)
    assert TargetChange.objects.filter(calibration=calibration, made_by=lead).exists()

    # The charts show the plan that holds and the original one.
    catch_up()
    bobs.goto(f"{address}/plan/calibrations/{calibration.pk}/")
    words, lines = drawn(bobs, "figure-year")
    assert "Original target" in words
    assert (lines["Target"], lines["Original target"]) == ("solid", "dash")
    alices.goto(f"{address}/?area={EAST}&period={YEAR}")
    words, lines = drawn(alices, "figure-revenue")
    assert "Original plan" in words
    assert (lines["Plan"], lines["Original plan"]) == ("solid", "dash")
