"""A day with Plumbline, in a browser, with a real worker and a real mail server."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from common.periods import Grain, Period
from kpis.models import Metric
from kpis.services import set_target
from tests.ingest.files import value
from tests.ingest.test_browser_import import WAIT, log_in, outcome, send
from tests.letterbox import Letterbox
from tests.people import ada, bob, scope
from tests.test_spine import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD = "门店大区;推广渠道;推广计划;统计日;实收额;投放额\n"
PLACES = (("华东", "抖音", "夜场", 300), ("华东", "抖音", "日场", 900), ("华南", "小红书", "种草", 1000))


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def shop_file(folder: Path, name: str, *, times: int = 1) -> Path:
    """This month's days so far in the shop's own layout."""
    days = [yesterday().replace(day=number) for number in range(1, yesterday().day + 1)]
    lines = [
        f"{region};{channel};{campaign};{day:%Y/%m/%d};{revenue * times};100\n"
        for day in days
        for region, channel, campaign, revenue in PLACES
    ]
    path = folder / name
    path.write_text(HEAD + "".join(lines), encoding="gb18030")
    return path


def plan(area: str, day: int) -> None:
    month = Period.containing(yesterday(), Grain.MONTH)
    revenue = Metric.objects.get(code="revenue")
    set_target(metric=revenue, scope=scope(area), period=month, value=Decimal(day * month.days), person=bob())


def test_a_layout_mapped_a_file_undone_a_red_light_followed_and_erin_invited_with_one_region(
    letterbox: Letterbox, chromium: Any, live_server: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    plan("channel:抖音", 2000)
    plan("channel:抖音/夜场", 1000)
    plan("channel:抖音/日场", 900)
    plan("channel:小红书", 1000)
    request.getfixturevalue("celery_worker_process")
    month = f"{yesterday():%Y-%m}"
    browsing = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = browsing.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    log_in(page, live_server.url, bob())

    # Morning: the shop's own layout, which nobody has seen before.
    page.goto(f"{live_server.url}/imports/")
    page.set_input_files("[name=file]", shop_file(tmp_path, "shop.csv"))
    page.click("text=Import the file")
    page.wait_for_url(re.compile(r"/imports/\d+/columns/$"))
    for column, role in enumerate(
        ("region", "channel", "campaign", "day", "measure:revenue", "measure:cost")
    ):
        page.select_option(f"[name=role_{column}]", role)
    page.fill("[name=name]", "Shop")
    page.fill("[name=source]", "Shop")
    page.click("text=Save the layout and import")
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    lines = 3 * yesterday().day
    assert outcome(page) == f"{lines} lines went in: {lines} new."
    right = Decimal(2200 * yesterday().day)
    until(lambda: value("revenue", "company", month) == right)

    # Noon: somebody sends ten times the amounts. It is known by its headings now, and taken back.
    send(page, live_server.url, shop_file(tmp_path, "wrong.csv", times=10))
    assert f"{lines} corrected" in outcome(page)
    until(lambda: value("revenue", "company", month) == 10 * right)
    page.get_by_role("button", name=re.compile("Undo|Take")).or_(
        page.get_by_role("link", name=re.compile("Undo|Take"))
    ).first.click()
    page.locator("dialog[open], main form").first.wait_for()
    page.get_by_role("button", name=re.compile("Undo|Take")).last.click()
    page.get_by_text(re.compile("Undone|taken back", re.IGNORECASE)).first.wait_for(timeout=WAIT)
    until(lambda: value("revenue", "company", month) == right)

    # Afternoon: why is Douyin red, and which campaign is it?
    page.goto(f"{live_server.url}/?period={month}")
    row = page.locator("#parts tr", has_text="抖音")
    assert "off plan" in row.inner_text()
    row.locator("a.why").first.click()
    page.locator("#why[open]").get_by_text(re.compile("Red: .* behind plan")).wait_for()
    page.keyboard.press("Escape")
    row.get_by_role("link", name="抖音").first.click()
    page.get_by_role("heading", level=1, name="抖音").wait_for()
    night, noon = (page.locator("#parts tr", has_text=name) for name in ("夜场", "日场"))
    assert "off plan" in night.inner_text()
    assert "off plan" not in noon.inner_text()
    night.get_by_role("link", name="夜场").first.click()
    page.get_by_role("heading", level=1, name="夜场").wait_for()

    # Evening: Erin is to look after one region, and sees that alone.
    boss = chromium.new_context().new_page()
    log_in(boss, live_server.url, ada())
    boss.goto(f"{live_server.url}/organization/people/invite/")
    boss.get_by_label("Name", exact=True).fill("Erin")
    boss.get_by_label("Email").fill("erin@example.com")
    boss.locator("select[name=role]").first.select_option("viewer")
    boss.get_by_role("combobox", name="Area").first.focus()
    boss.keyboard.type("华东")
    boss.locator(".area-list[data-text=华东] [role=option]").first.wait_for()
    boss.keyboard.press("Enter")
    boss.get_by_role("button", name="Send the invitation").click()
    boss.get_by_text("Erin is invited").wait_for()
    link = re.search(rf"{re.escape(settings.SITE_URL)}(/welcome/\S+)", letterbox.text_of(letterbox.wait()))
    assert link

    hers = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    hers.goto(live_server.url + link[1])
    hers.get_by_label("Password").fill("a lead line and a lantern")
    hers.get_by_label("The same once more").fill("a lead line and a lantern")
    hers.keyboard.press("Enter")
    hers.wait_for_url(f"{live_server.url}/")
    assert "华东" in hers.inner_text("main")
    shown = hers.content()
    for address in (
        "/organization/areas/?dimension=region",
        "/alerts/",
        "/targets/",
        f"/?period={month}&by=channel",
    ):
        hers.goto(live_server.url + address)
        shown += hers.content()
    assert "华南" not in shown
    for foreign in ("/?region=华南", "/?area=channel:抖音", "/targets/region:华南/"):
        assert hers.goto(live_server.url + foreign).status == 404, foreign
    assert complaints == []
    for context in (browsing, boss.context, hers.context):
        context.close()
