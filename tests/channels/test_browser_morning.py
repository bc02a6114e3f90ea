"""A channel manager's morning in a real browser: which of hers loses, why, what is proposed, and later what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels.models import Profile
from decisions.models import Proposal
from tests import people
from tests.channels.test_actions import LIVE, carry_out, goes, watched
from tests.dashboards.figures import TODAY, keep, report
from tests.decisions.plans import CHINA
from tests.test_pages_shell import built, enter, to_the_end

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def a_losing_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """It earned its money until October's end; in November it costs more than it brings."""
    local = timezone.localdate
    monkeypatch.setattr(
        "dashboards.views.turned.timezone.localdate",
        lambda at=None, *zone: TODAY if at is None else local(at, *zone),
    )
    keep("company", "revenue", "3300", expected="3400")
    for name, revenue, expected in (("主播间", "100", "800"), ("秒杀", "600", "600")):
        keep(f"{LIVE}/{name}", "revenue", revenue, expected=expected)
        report(f"{LIVE}/{name}", date(2026, 10, 1), 52, revenue="30", cost="20")
    keep(LIVE, "revenue", "700", expected="1400")
    keep(LIVE, "cost", "900")
    keep(LIVE, "roas", "0.78", expected="2.5")
    report(LIVE, date(2026, 9, 1), 61, revenue="60", cost="20")
    report(LIVE, date(2026, 11, 1), 21, revenue="50", cost="600")
    keep("channel:搜索", "revenue", "2600", expected="2000")
    people.ada()
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()


def test_the_losing_channel_is_found_explained_paused_and_its_effect_shown(
    page: Any, live_server: Any, client: Client
) -> None:
    complaints = enter(page, live_server, client)
    page.goto(f"{live_server.url}/channels/")
    assert "抖音直播" in page.locator(".page-lead").inner_text()
    page.locator("main table").get_by_role("link", name="抖音直播", exact=True).first.click()
    page.wait_for_url("**/channels/one/**")
    to_the_end(page)
    assert "主播间" in page.locator("#why-moved").inner_text()

    page.locator(".action").get_by_role("link", name="Pause", exact=True).click()
    assert "Nothing was decided about it before." in page.locator("#proposal").inner_text()
    page.locator("#decision-note").fill("Until the new host is there.")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_load_state()
    assert Profile.objects.get().state == "paused"
    page.goto(f"{live_server.url}/channels/one/?channel=抖音直播")
    assert "Paused" in page.locator(".channel-about").inner_text()
    assert "can be told from" in page.locator(".action").inner_text()

    Proposal.objects.update(decided_at=datetime(2026, 10, 20, 10, tzinfo=CHINA))  # as a month later
    page.goto(f"{live_server.url}/channels/decisions/")
    table = page.locator(".action-effect")
    assert "28 days before the decision and 28 after it" in table.inner_text()
    assert "¥1.68K" in table.inner_text()  # 28 days at 60
    assert "¥1.51K" in table.inner_text()
    assert complaints == []
