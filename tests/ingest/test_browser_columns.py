"""A file that nobody knows, in a real browser: asked about, looked at, imported; the next one goes in by itself."""

from __future__ import annotations

import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Import, SavedLayout
from tests.ingest.files import value
from tests.ingest.layouts import rate
from tests.ingest.test_browser_import import WAIT, log_in, outcome, send
from tests.people import bob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EXPORT = """快手推广日报,,,,
导出于 2025-08-09,,,,
统计日,计划,展示次数,点击数,实付（千元）
{first},夏季大促,12000,300,1.2
{second},夏季大促,9000,9100,1
{second},新品,5000,0x1F,1.5
"""


def test_bob_maps_an_unknown_file_and_the_next_one_goes_in_by_itself(
    live_server: Any, celery_worker_process: subprocess.Popen[bytes], page: Any, tmp_path: Path
) -> None:
    log_in(page, live_server.url, bob())
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    refused = re.compile("Refused|Content Security Policy")
    page.on("console", lambda said: failures.append(said.text) if refused.search(said.text) else None)
    august = tmp_path / "kuaishou.csv"
    august.write_text(EXPORT.format(first="2025-08-01", second="2025-08-02"), encoding="gb18030")

    page.goto(f"{live_server.url}/imports/")
    page.set_input_files("[name=file]", august)
    page.click("text=Import the file")
    page.wait_for_url(re.compile(r"/imports/\d+/columns/$"))
    assert page.input_value("#map-line") == "3"
    assert page.input_value("[name=role_0]") == "day"
    assert page.input_value("[name=role_3]") == "measure:clicks"
    assert page.input_value("[name=role_4]") == ""  # nobody guesses this one
    assert page.locator("[name=factor_4]").is_hidden()
    page.select_option("[name=role_4]", "measure:cost")
    page.select_option("[name=factor_4]", "1000")
    page.fill("[name=fixed_channel]", "快手")
    page.press("[name=fixed_channel]", "Tab")
    page.wait_for_selector("#preview:has-text('快手/夏季大促')", timeout=WAIT)
    looked = page.inner_text("#preview")
    assert "1 line would go in; 2 would be rejected." in looked
    assert "¥1,200.00" in looked
    assert "There are more clicks (9100) than impressions (9000)" in looked
    assert "“0x1F” in “点击数” is not a number." in looked
    assert not SavedLayout.objects.exists()

    page.click("text=Save the layout and import")
    page.get_by_text("This field is required.").first.wait_for()
    page.fill("[name=name]", "Kuaishou daily")
    page.fill("[name=source]", "Kuaishou")
    page.click("text=Save the layout and import")
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    assert outcome(page) == "1 line went in: 1 new; 2 were rejected."
    assert value("cost", "channel:快手/夏季大促", "2025-08") == Decimal(1200)

    later = tmp_path / "later.csv"
    later.write_text(EXPORT.format(first="2025-08-03", second="2025-08-04"), encoding="utf-8")
    send(page, live_server.url, later)
    assert outcome(page) == "1 line went in: 1 new; 2 were rejected."
    assert "Kuaishou daily" in page.inner_text(".import-facts")
    assert value("cost", "channel:快手", "2025-08") == Decimal(2400)

    rate("USD", "2025-01-01", "7.1")
    page.goto(f"{live_server.url}/imports/layouts/")
    page.click("text=Kuaishou daily")
    page.select_option("[name=currency]", "USD")
    page.click("text=Save the layout >> visible=true")
    page.wait_for_selector("text=Money in USD")
    send(page, live_server.url, later)
    assert outcome(page) == "1 line went in: 1 corrected; 2 were rejected."
    assert "1,200 USD × 7.1 = ¥8,520.00" in page.inner_text("main")
    assert Import.objects.count() == 3
    assert not failures
