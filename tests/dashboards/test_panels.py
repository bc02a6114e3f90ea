"""One panel: right or absent, never somebody else's, and a helpful word instead of an error."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.models import Metric
from organization.models import Person
from tests.dashboards.figures import TODAY, keep, report
from tests.people import alice, bob, charlie, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    for period in ("2026-09", "2026-10", "2026-11"):
        keep("company", "revenue", "2300", expected="2400", period=period)
        keep("channel:Douyin live", "revenue", "700", expected="1400", period=period)
        keep("channel:Search", "revenue", "1600", expected="1000", period=period)
        keep("region:华东", "revenue", "987654", expected="1400", period=period)
        keep("region:华北", "revenue", "123456", expected="1000", period=period)
    keep("company", "ctr", "0.025", expected="0.02")
    for channel, ctr in (("channel:Search", "0.0312"), ("channel:Douyin live", "0.0288")):
        keep(channel, "ctr", ctr)


def asked(who: Person, status: int = 200, *, fragment: bool = True, **query: str) -> str:
    client = Client()
    client.force_login(who)
    headers = {"HX-Request": "true"} if fragment else {}
    answer = client.get("/panel/", query, headers=headers)
    assert answer.status_code == status
    page = " ".join(unescape(answer.content.decode()).split())
    assert "could not be shown" not in page
    return page


def figure_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="figure-[^"]*" type="application/json">(.*?)</script>', page)
    assert found
    made: dict[str, Any] = json.loads(found[1])
    return made


# -- Each kind ----------------------------------------------------------------------------------------


def test_a_number_has_its_light_its_value_and_the_way_to_why() -> None:
    page = asked(bob(), metric="revenue", chart="number")
    assert "¥2.3K" in page
    assert "▲" in page
    assert 'href="/why/?period=2026-11&metric=revenue"' in page


def test_a_bar_with_target_and_a_gauge_say_what_they_draw() -> None:
    assert 'aria-label="Actual ¥2.3K, Expected by now ¥2.4K, Target ¥2.4K"' in asked(
        bob(), metric="revenue", chart="bullet"
    )
    gauge = asked(bob(), metric="ctr", chart="gauge")
    assert 'aria-label="Actual 2.5%, Target 2%"' in gauge
    assert ">5%<" in gauge  # the end of its scale


def test_bars_have_their_values_in_full_and_lead_to_their_parts() -> None:
    figure = figure_in(asked(bob(), metric="ctr", chart="bars", by="channel"))
    assert figure["data"][0]["x"] == [0.0288, 0.0312]
    assert figure["layout"]["meta"]["links"] == [
        "/panel/?channel=douyin-live&chart=bars&metric=ctr&by=channel",
        "/panel/?channel=search&chart=bars&metric=ctr&by=channel",
    ]


def test_a_line_ends_before_the_month_that_is_not_over_and_keeps_its_plan() -> None:
    data = figure_in(asked(bob(), metric="revenue", chart="trend"))["data"]
    lines = {trace["meta"]["role"]: trace["y"] for trace in data}
    assert lines["actual"][-3:] == [2300, 2300, None]
    assert lines["plan"][-1] == 2400


def test_a_table_has_the_worst_first_and_adds_up() -> None:
    page = asked(bob(), metric="revenue", chart="table", by="channel")
    assert page.index("Douyin live") < page.index("Search") < page.rindex("Plumbline")
    assert "Farthest off plan: Douyin live, 50% behind plan" in page


def test_days_of_no_calendar_are_summed() -> None:
    report("channel:Search", date(2026, 11, 15), 7, revenue="11", cost="1")
    report("company", date(2026, 11, 15), 7, revenue="11", cost="1")
    assert "¥77" in asked(bob(), metric="revenue", chart="number", period="last-7")
    bars = figure_in(asked(bob(), metric="revenue", chart="bars", by="channel", period="last-7"))
    assert bars["data"][0]["x"] == [77]


def test_four_hundred_channels_are_six_lines_and_all_others_together() -> None:
    for number in range(1, 21):
        for period in ("2026-09", "2026-10"):
            keep(f"channel:Shop {number}", "orders", str(number), period=period)
    figure = figure_in(asked(bob(), metric="orders", chart="trend", by="channel"))
    series = [one for one in figure["data"] if one["meta"]["role"] == "series"]
    assert [one["name"] for one in series] == [f"Shop {number}" for number in range(20, 14, -1)]
    (others,) = (one for one in figure["data"] if one not in series)
    assert others["name"] == "14 others"
    assert others["y"][-2:] == [105, 105]  # 1 + 2 + … + 14
    bars = figure_in(asked(bob(), metric="orders", chart="bars", by="channel", period="2026-10"))
    assert bars["data"][0]["y"][0] == "6 others"
    assert bars["data"][0]["x"][:2] == [21, 7]
    assert len(bars["data"][0]["y"]) == 15


def test_others_of_a_ratio_are_sums_divided_and_no_average() -> None:
    for number in range(1, 17):
        keep(f"channel:Shop {number}", "roas", str(100 - number), period="2026-10")
    report("channel:Shop 15", date(2026, 10, 1), 1, revenue="100", cost="10")
    report("channel:Shop 16", date(2026, 10, 1), 1, revenue="10", cost="100")
    bars = figure_in(asked(bob(), metric="roas", chart="bars", by="channel", period="2026-10"))
    assert bars["data"][0]["y"][0] == "2 others"
    assert bars["data"][0]["x"][0] == 1  # 110 ÷ 110


# -- Bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "There is no such chart"),
        ({"chart": "pie", "metric": "revenue"}, "There is no such chart"),
        ({"chart": "number"}, "No figure has been chosen"),
        ({"chart": "number", "metric": "nonsense"}, "no longer in use"),
        ({"chart": "gauge", "metric": "revenue"}, "A gauge shows a share"),
        ({"chart": "bars", "metric": "revenue"}, "Nothing to split by"),
        ({"chart": "bars", "metric": "revenue", "by": "'; DROP"}, "Nothing to split by"),
        ({"chart": "number", "metric": "leads"}, "No figures for November 2026"),
        ({"chart": "bars", "metric": "leads", "by": "product"}, "There are no parts to show"),
        ({"chart": "trend", "metric": "leads"}, "No line to draw yet"),
        ({"chart": "heat", "metric": "revenue"}, "There are no parts to show"),
        ({"chart": "funnel"}, "No figures for November 2026"),
        ({"chart": "number", "metric": "revenue", "period": "2026-99"}, "¥2.3K"),
        ({"chart": "number", "metric": "revenue", "area": "team:Retail"}, "not among your areas"),
    ],
)
def test_what_cannot_be_shown_is_said(query: dict[str, Any], said: str) -> None:
    assert said in asked(bob(), **query)


def test_a_figure_that_was_put_away_says_so() -> None:
    Metric.objects.filter(code="revenue").update(archived_at=timezone.now())
    assert "no longer in use" in asked(bob(), metric="revenue", chart="number")


def test_what_breaks_breaks_alone_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_all: object) -> None:
        raise ValueError

    monkeypatch.setattr("dashboards.views.panels.read_panel", fail)
    client = Client()
    client.force_login(bob())
    answer = client.get("/panel/?metric=revenue&chart=number", headers={"HX-Request": "true"})
    assert (answer.status_code, b"could not be shown" in answer.content) == (200, True)


# -- Whose figures ----------------------------------------------------------------------------------------


def test_each_sees_the_panel_of_what_is_hers_also_from_the_cache() -> None:
    for who, mine, other in ((charlie(), "¥2.3K", "¥988K"), (alice(), "¥988K", "¥2.3K")):
        page = asked(who, metric="revenue", chart="number")
        assert mine in page
        assert other not in page
    clara = person("Clara", "viewer", "region:华北")
    assert "¥123K" in asked(clara, metric="revenue", chart="number")


def test_an_area_that_is_not_hers_is_neither_shown_nor_named() -> None:
    page = asked(alice(), metric="revenue", chart="number", region="华北")
    assert "not among your areas" in page
    assert "华北" not in page
    assert "123" not in page
    asked(alice(), 404, fragment=False, metric="revenue", chart="number", region="华北")
    asked(alice(), 404, fragment=False, metric="revenue", chart="number", whole="on")


def test_alone_it_is_a_page_with_a_heading_and_unchanged_it_is_not_sent_again() -> None:
    client = Client()
    client.force_login(bob())
    address = "/panel/?metric=revenue&chart=bars&by=channel"
    answer = client.get(address)
    assert "Revenue by channels" in answer.content.decode().split("<h1>")[1]
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_panel_costs_less_than_a_page() -> None:
    client = Client()
    client.force_login(bob())
    client.get("/panel/")  # what is read once
    counts = {}
    for chart in ("number", "trend", "bars", "table", "heat", "funnel"):
        with CaptureQueriesContext(connection) as made:
            client.get("/panel/", {"metric": "revenue", "chart": chart, "by": "channel"})
        counts[chart] = len(made)
    with CaptureQueriesContext(connection) as made:
        client.get("/")
    assert max(counts.values()) <= 20, counts
    assert max(counts.values()) < len(made)
