"""A figure of one's own in a real browser: built with its history beside it, computed by a real worker, given a target."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from common.periods import Grain, Period
from kpis.models import Metric, Target
from tests.ingest.files import send, write
from tests.ingest.test_browser_import import log_in
from tests.people import bob, scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000


def test_bob_builds_his_own_return_tries_it_on_history_and_sets_a_target_for_it(
    live_server: Any,
    celery_worker_process: subprocess.Popen[bytes],
    page: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month = Period.containing(timezone.localdate(), Grain.MONTH).next(-2)
    # Whole, and still open: what is closed is locked.
    monkeypatch.setattr("kpis.services.closing.closed_through", lambda as_of: month.next(-1).end)
    send(
        write(tmp_path, f"date,channel,cost,revenue\n{month.start},Search,10,55\n{month.start},Social,10,\n")
    )
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/figures/")
    page.click("text=New figure")
    page.select_option("#id_numerator-0-measure", label="Revenue")
    page.select_option("#id_numerator-1-sign", "-")
    page.select_option("#id_numerator-1-measure", label="Cost")
    page.select_option("#id_denominator-0-measure", label="Cost")
    page.get_by_text("(Revenue − Cost) ÷ Cost").wait_for(timeout=WAIT)
    page.fill("[name=area]", "channel:search")
    page.fill("[name=target]", "6")
    row = page.locator("#preview tr", has_text="4.50")
    row.get_by_text("off plan").wait_for(timeout=WAIT)
    page.locator("#preview .chart-canvas[data-state=drawn], #preview .js-plotly-plot").first.wait_for(
        timeout=WAIT
    )
    page.fill("[name=area]", "channel:social")
    page.get_by_text("not reported: Revenue").first.wait_for(timeout=WAIT)
    assert not Metric.objects.filter(shipped=False).exists()

    page.fill("[name=name]", "Net return")
    page.click("text=Save the figure")
    page.wait_for_url(re.compile(r"/figures/\d+/$"))
    page.get_by_text("Computed for all areas.").wait_for(timeout=WAIT)

    page.goto(f"{live_server.url}/targets/?month={month}&metric=net_return")
    search = scope("channel:search")
    page.fill(f"#target-{search.pk}", "4")
    page.keyboard.press("Enter")
    found = page.locator(f"#row-{search.pk}")
    found.get_by_text("on plan").wait_for(timeout=WAIT)
    assert "4.50" in found.inner_text()
    assert Target.objects.get().metric.code == "net_return"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_pages_of_figures_fit_their_width(live_server: Any, page: Any, width: int) -> None:
    log_in(page, live_server.url, bob())
    page.set_viewport_size({"width": width, "height": 900})
    roas = Metric.objects.get(code="roas")
    for address in (
        "/figures/",
        "/figures/new/",
        f"/figures/{roas.pk}/",
        "/figures/amounts/new/",
        "/entered/",
    ):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
