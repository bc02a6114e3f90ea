"""Targets by keyboard in a real browser, with a real worker that lets the light follow."""

from __future__ import annotations

import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.periods import Period
from kpis.models import Metric, Target
from kpis.services import set_target
from tests.ingest.files import send, text_of, write
from tests.ingest.test_browser_import import log_in
from tests.people import alice, bob, scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000
LINE = ["2025-08-15", "抖音", "", "", "", 1000, 100, 5, 900_000, 1000]


@pytest.fixture(autouse=True)
def august_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is used in August 2025; what is closed is locked."""
    monkeypatch.setattr("kpis.services.closing.closed_through", lambda as_of: date(2025, 7, 31))


def sold_in_august(folder: Path) -> None:
    for name in ("华东/上海", "华东/江苏"):
        line = [*LINE[:3], name, *LINE[4:]]
        send(write(folder, text_of([line]), name=f"{name[-2:]}.csv"))


def test_alice_types_a_target_by_keyboard_alone_and_the_light_follows(
    live_server: Any, celery_worker_process: subprocess.Popen[bytes], page: Any, tmp_path: Path
) -> None:
    sold_in_august(tmp_path)
    east, shop = scope("region:华东"), scope("region:华东/上海")
    log_in(page, live_server.url, alice())
    page.goto(f"{live_server.url}/targets/?month=2025-08")
    page.focus(f"#target-{east.pk}")
    page.keyboard.type("300万")
    page.keyboard.press("Enter")
    row = page.locator(f"#row-{east.pk}")
    row.locator(".target-said", has_text="Saved").wait_for(timeout=WAIT)
    row.get_by_text("off plan").wait_for(timeout=WAIT)
    assert page.evaluate("document.activeElement.id") == f"target-{east.pk}"
    assert "60% of plan" in row.inner_text()

    page.keyboard.press("Tab")  # the next area's field
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != f"target-{east.pk}"
    page.focus(f"#target-{shop.pk}")
    page.keyboard.type("nine")
    page.keyboard.press("Tab")
    page.get_by_text("This is not a number.").wait_for(timeout=WAIT)
    assert page.input_value(f"#target-{shop.pk}") == "nine"
    assert Target.objects.count() == 1


def test_two_people_at_one_field_are_told_of_each_other(live_server: Any, page: Any, tmp_path: Path) -> None:
    east = scope("region:华东")
    log_in(page, live_server.url, alice())
    page.goto(f"{live_server.url}/targets/?month=2025-08")
    revenue, august = Metric.objects.get(code="revenue"), Period.parse("2025-08")
    set_target(metric=revenue, scope=east, period=august, value=Decimal(500), person=bob())
    page.fill(f"#target-{east.pk}", "600")
    page.keyboard.press("Tab")
    page.get_by_text("Bob set this to ¥500.00").wait_for(timeout=WAIT)
    assert Target.objects.get(superseded_at=None).value == 500
    page.get_by_role("button", name="Set it to ¥600.00 all the same").click()
    page.locator(".target-said", has_text="Saved").wait_for(timeout=WAIT)
    assert Target.objects.get(superseded_at=None).value == 600


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_pages_fit_their_width(live_server: Any, page: Any, width: int) -> None:
    scope("region:华东/上海/上海/徐汇店")
    log_in(page, live_server.url, bob())
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/targets/?month=2025-08", "/imports/"):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_one_field_alone_saves_itself_by_enter_and_sends_no_form(live_server: Any, page: Any) -> None:
    east = scope("region:华东")
    log_in(page, live_server.url, alice())
    page.goto(f"{live_server.url}/targets/?month=2025-08")
    page.evaluate("window.stayed = true")
    page.fill(f"#target-{east.pk}", "600")
    page.keyboard.press("Enter")
    page.locator(".target-said", has_text="Saved").wait_for(timeout=WAIT)
    assert page.evaluate("window.stayed") is True
