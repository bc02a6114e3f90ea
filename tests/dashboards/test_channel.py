"""The page of one channel: how it stands, why it moved, and the way down to a campaign or a city and back."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.models import Profile
from kpis.models import BesideDay, Measure, Source
from kpis.stamps import stamp
from organization.models import Person
from tests.dashboards.figures import TODAY, keep, report
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
LIVE = "channel:Douyin live"


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, **query: str) -> str:
    client = Client()
    client.force_login(who)
    answer = client.get("/channels/one/", query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def links(page: str, words: str) -> list[str]:
    return re.findall(rf'href="([^"]+)"[^>]*>{re.escape(words)}<', page)


def a_channel() -> None:
    keep("company", "revenue", "3300", expected="3400")
    keep(LIVE, "revenue", "700", expected="1400")
    keep(LIVE, "cost", "900")
    keep(LIVE, "roas", "0.78", expected="2.5")
    for name, revenue, due in (("Hosts", "100", "800"), ("Flash sales", "600", "600")):
        keep(f"{LIVE}/{name}", "revenue", revenue, expected=due)
        keep(f"{LIVE}/{name}", "cost", "450")
        report(f"{LIVE}/{name}", date(2026, 10, 1), 52, revenue="30", cost="20")
    report(LIVE, date(2026, 10, 1), 38, revenue="60", cost="40")
    report(LIVE, date(2026, 11, 8), 14, revenue="50", cost="6050")


def test_bob_reads_what_the_channel_lost_and_how_it_stands() -> None:
    a_channel()
    page = opened(bob(), channel="douyin-live")
    assert lead(page).startswith(
        "It spent ¥84K more than it earned in the two weeks to 21 Nov. Revenue is 50%"
    )
    assert "<h1>" in page
    assert "Hosts" in page
    assert "Flash sales" in page


def test_the_page_explains_why_revenue_moved_by_a_waterfall_and_in_a_sentence() -> None:
    a_channel()
    page = opened(bob(), channel="douyin-live")
    assert "Why revenue moved" in page
    assert 'id="figure-movement"' in page
    assert "Revenue is ¥" in page
    assert "Most of it: Hosts" in page


def test_the_course_draws_the_chosen_figure_with_its_target_and_the_band_of_a_warning() -> None:
    a_channel()
    for month, value in (("2026-08", "2.1"), ("2026-09", "2.4"), ("2026-10", "2.2")):
        keep(LIVE, "roas", value, expected="2.5", period=month)
    page = opened(bob(), channel="douyin-live", trend="roas")
    figure = json.loads(re.findall(r'<script id="figure-course"[^>]*>(.*?)</script>', page, re.S)[0])
    roles = [trace["meta"]["role"] for trace in figure["data"]]
    assert roles == ["edge", "band", "plan", "actual"]
    assert figure["data"][-1]["y"][-4:] == [2.1, 2.4, 2.2, 0.78]
    assert figure["layout"]["meta"]["unit"] == "ratio"
    assert "ROAS: 0.78, the lowest of 4" in page


def test_what_a_channel_is_made_of_is_drawn_over_months() -> None:
    a_channel()
    for name, october in (("Hosts", "900"), ("Flash sales", "100")):
        keep(f"{LIVE}/{name}", "revenue", october, period="2026-10")
    page = opened(bob(), channel="douyin-live")
    assert 'id="figure-mix"' in page
    assert "Hosts: from 90% to 14% of revenue" in page or "Flash sales: from 10% to 86% of revenue" in page


def test_bob_goes_down_to_a_campaign_and_a_city_and_back_with_the_filters_kept() -> None:
    a_channel()
    keep(f"region:华东+{LIVE}", "revenue", "300")
    page = opened(
        bob(), channel="douyin-live/hosts", region="华东", period="2026-11", sort="-roas", against="year"
    )
    back = re.findall(r'<nav class="crumbs".*?</nav>', page, re.S)[0]
    found = re.findall(r'href="([^"]+)">([^<]+)', back)
    assert [words for _url, words in found] == ["Channels", "Douyin live", "Hosts"]
    table, channel, campaign = (url for url, _words in found)
    assert table == "/channels/?period=2026-11&region=%E5%8D%8E%E4%B8%9C&sort=-roas&against=year"
    assert channel == "/channels/one/?period=2026-11&channel=douyin-live&sort=-roas&against=year"
    assert campaign.startswith("/channels/one/?period=2026-11&channel=douyin-live/hosts&")
    client = Client()
    client.force_login(bob())
    for url in (table, channel, campaign):
        assert client.get(url).status_code == 200
    into = links(opened(bob(), channel="douyin-live", sort="-roas"), "Hosts")
    assert any(
        "/channels/one/" in url and "channel=douyin-live/hosts" in url and "sort=-roas" in url for url in into
    )


def test_a_filter_turned_off_leads_back_to_the_table() -> None:
    a_channel()
    page = opened(bob(), channel="douyin-live", period="2026-11")
    assert 'href="/channels/?period=2026-11"' in page


def test_charlie_who_was_granted_the_channel_sees_no_way_to_what_is_above() -> None:
    a_channel()
    page = opened(charlie(LIVE), channel="douyin-live")
    assert "¥3.3K" not in page
    opened(charlie(LIVE), 404, channel="douyin-live", region="nowhere")


def test_alice_sees_the_channel_within_her_region_alone() -> None:
    a_channel()
    node("region:华北")
    opened(alice(), 404, channel="douyin-live")
    opened(alice(), 404, channel="douyin-live", region="华北")
    page = opened(alice(), channel="douyin-live", region="华东")
    assert "¥700" not in page
    opened(mallory(), 403, channel="douyin-live")


def test_without_a_channel_there_is_no_such_page() -> None:
    a_channel()
    opened(bob(), 404)
    opened(bob(), 404, region="华东")


def test_the_page_says_tier_state_and_owner_and_offers_their_form_to_whom_may_change_them() -> None:
    a_channel()
    Profile.objects.create(node=node(LIVE), tier="core", state="paused", owner=person("Alice"), version=1)
    page = opened(bob(), channel="douyin-live")
    for words in ("Core", "Paused", "Owner: Alice", "Change tier, owner or state"):
        assert words in page
    assert "Change tier, owner or state" not in opened(charlie(LIVE), channel="douyin-live")


def test_what_a_platform_reported_stands_beside_the_companys_own_figure() -> None:
    a_channel()
    shop = Source.objects.create(
        code="shop", name="Own orders", facts="channels", last_day=date(2026, 11, 21)
    )
    slots = dict(Measure.objects.values_list("code", "slot"))
    amounts: list[Decimal | None] = [None] * max(slots.values())
    amounts[slots["revenue"] - 1] = Decimal(1000)
    BesideDay.objects.create(
        scope=scope(LIVE), day=date(2026, 11, 3), source=shop, amounts=amounts, estimated=False
    )
    stamp()
    page = opened(bob(), channel="douyin-live")
    table = page.split('id="side-by-side"')[1].split("</section>")[0]
    assert "Own orders" in table
    assert "¥1,000.00" in table
    assert "¥1,120.00" in table  # 7 days of 60 and 14 of 50
    assert "12%" not in table.split("<tbody>")[0]


def test_a_channel_of_which_nothing_is_known_says_so() -> None:
    node("channel:Fairs")
    assert "Nothing to show yet" in opened(bob(), channel="fairs")


@pytest.mark.parametrize("period", ["2026-11-20", "2026-W46", "last-28", "2026-Q4", "2026", "nonsense"])
def test_every_period_opens(period: str) -> None:
    a_channel()
    opened(bob(), 400 if period == "nonsense" else 200, channel="douyin-live", period=period)


def test_a_figure_of_a_single_day_is_explained_too() -> None:
    a_channel()
    client = Client()
    client.force_login(bob())
    asked = {"metric": "revenue", "period": "2026-11-20", "channel": "douyin-live"}
    answer = client.get("/why/", asked)
    assert answer.status_code == 200
    assert "¥50" in answer.content.decode()


def test_more_campaigns_cost_no_more_queries() -> None:
    a_channel()
    client = Client()
    client.force_login(bob())

    def asked() -> int:
        client.get("/channels/one/", {"channel": "douyin-live"})
        stamp()
        with CaptureQueriesContext(connection) as found:
            client.get("/channels/one/", {"channel": "douyin-live"})
        return len(found)

    few = asked()
    for number in range(30):
        keep(f"{LIVE}/C{number}", "revenue", "1", expected="2")
        report(f"{LIVE}/C{number}", date(2026, 11, 1), 3, revenue="1", cost="1")
    assert asked() <= few + 1
    assert few < 75
