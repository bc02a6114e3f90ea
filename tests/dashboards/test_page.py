"""The overview as people get it: words, numbers, lights and links in plain HTML."""

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

from common.periods import Period
from kpis.models import Measure, Metric, TopMonth
from kpis.services import set_target
from kpis.stamps import stamp
from organization.models import Company, Person
from organization.selectors.rates import currency_sign, forget_currency
from tests.dashboards.figures import TODAY, keep, report, source
from tests.people import alice, bob, charlie, mallory, node, scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, language: str = "en", **query: str) -> str:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = language
    answer = client.get("/", query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def a_company() -> None:
    keep("company", "revenue", "2300", expected="2400")
    keep("company", "cost", "900", expected="800")
    keep("channel:Douyin live", "revenue", "700", expected="1400")
    keep("channel:Search", "revenue", "1600", expected="1000")
    keep("region:华东", "revenue", "1500", expected="1400")
    keep("region:华东/上海", "revenue", "1500", expected="1400")
    keep("region:华北", "revenue", "800", expected="1000")


# -- The one line -----------------------------------------------------------------------------------


def test_bob_reads_how_many_are_behind_and_the_worst_of_them() -> None:
    a_company()
    assert lead(opened(bob())) == (
        "1 of 2 channels is behind its revenue plan; Douyin live: revenue 50% behind plan."
    )


def test_bob_reads_who_lost_money() -> None:
    a_company()
    report("channel:Douyin live", date(2026, 11, 8), 14, revenue="50", cost="6050")
    assert lead(opened(bob())).endswith(
        "Douyin live spent ¥84K more than it earned in the two weeks to 21 Nov."
    )


def test_where_all_is_well_the_line_is_calm() -> None:
    keep("company", "revenue", "1100", expected="1000")
    keep("channel:Search", "revenue", "600", expected="500")
    keep("channel:Shops", "revenue", "500", expected="500")
    assert lead(opened(bob())) == (
        "All 2 channels with a revenue plan are on it; revenue is 10% ahead of plan."
    )


def test_an_area_that_is_off_plan_itself_is_named_first() -> None:
    keep("region:西南", "revenue", "570", expected="1000")
    keep("region:西南/四川", "revenue", "270", expected="600")
    assert lead(opened(bob(), area="region:西南")) == "Revenue is 43% behind plan."
    keep("region:西南/重庆", "revenue", "300", expected="400")
    line = lead(opened(bob(), area="region:西南"))
    assert line == "Revenue is 43% behind plan; 2 of 2 provinces are behind their revenue plan."
    keep("region:西南/贵州", "revenue", "0", expected="1")
    assert lead(opened(bob(), area="region:西南")).endswith(
        "; all 3 provinces are behind their revenue plan."
    )


def test_without_targets_the_line_says_so() -> None:
    keep("company", "revenue", "1100")
    assert lead(opened(bob())).startswith("No targets for November 2026 yet")


def test_without_figures_the_page_says_what_to_do() -> None:
    page = opened(bob(), by="region")  # the bare address shows the first steps
    assert lead(page).startswith("No figures yet")
    assert 'href="/imports/"' in page


def test_a_month_without_figures_says_which() -> None:
    report("company", date(2026, 10, 1), 3, revenue="1", cost="1")
    assert lead(opened(bob(), period="2026-12")) == "No figures for December 2026."


def test_the_line_is_written_in_chinese() -> None:
    a_company()
    report("channel:Douyin live", date(2026, 11, 8), 14, revenue="50", cost="6050")
    assert lead(opened(bob(), language="zh-hans")) == (
        "2 个渠道中有 1 个落后于成交额计划；截至 11月21日的两周，Douyin live花费比成交额多 ¥8.4万。"
    )


# -- Who sees what ----------------------------------------------------------------------------------


def test_alice_sees_the_same_page_with_the_easts_figures_alone() -> None:
    a_company()
    page = opened(alice())
    assert "<h1>" in page
    assert "¥1.5K" in page
    assert "上海" in page
    for foreign in ("华北", "¥2.3K", "Douyin live", 'class="crumbs"'):
        assert foreign not in page


def test_a_foreign_area_and_one_that_does_not_exist_are_answered_alike() -> None:
    a_company()
    who = alice()

    def bare(page: str) -> str:
        return re.sub(r"[A-Za-z0-9]{64}|region:[^\"&]*|region%3A[^\"&]*", "", page)

    foreign, unknown = opened(who, 404, area="region:华北"), opened(who, 404, area="region:nowhere")
    assert bare(foreign) == bare(unknown)
    assert "2,300" not in foreign


def test_charlie_may_look_but_is_not_asked_to_set_targets() -> None:
    keep("company", "cac", "500")
    assert "Set a target" in opened(bob())
    assert "Set a target" not in opened(charlie())


def test_mallory_who_was_granted_nothing_is_refused() -> None:
    opened(mallory(), 403)


@pytest.mark.parametrize(
    "period", ["yesterday", "2026-13", "2026-W60", "last-9", "2026-11-03", "9999", "0001", "<b>"]
)
def test_a_period_that_is_none_is_named_and_the_newest_month_is_shown(period: str) -> None:
    a_company()
    page = opened(bob(), 400, period=period)
    assert "is not a period of this page" in page
    assert "November 2026" in page


# -- What it says without script and without colour -------------------------------------------------


def test_figures_and_lights_are_words_in_the_page() -> None:
    a_company()
    page = opened(bob())
    assert "off plan" in page
    assert "¥1,600.00" in page
    assert "95.8%" in page  # of plan: 2300 of 2400
    assert "to 21 Nov" in page


def test_nothing_in_the_page_is_refused_by_the_policy() -> None:
    a_company()
    page = opened(bob())
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.S)
    assert all("application/json" in attributes or not text.strip() for attributes, text in scripts)


def test_figures_of_charts_travel_as_json() -> None:
    a_company()
    report("company", date(2026, 11, 1), 21, revenue="110", cost="43")
    client = Client()
    client.force_login(bob())
    page = client.get("/").content.decode()
    found = re.search(r'<script id="figure-revenue" type="application/json">(.*?)</script>', page, re.S)
    assert found
    assert json.loads(found[1])["data"][-1]["y"][:21] == [110.0] * 21
    assert "Revenue is 4.2% behind plan" in page


def test_a_target_that_was_set_anew_is_drawn_beside_the_original_one() -> None:
    a_company()
    report("company", date(2026, 11, 1), 21, revenue="110", cost="43")
    revenue, november = Metric.objects.get(code="revenue"), Period.parse("2026-11")
    for value in (3000, 2400):
        set_target(metric=revenue, scope=scope("company"), period=november, value=Decimal(value), person=None)
    page = opened(bob())
    drawn = re.search(r'<script id="figure-revenue" type="application/json">(.*?)</script>', page)
    assert drawn
    lines = {one["name"]: one["y"][0] for one in json.loads(drawn[1])["data"]}
    assert (lines["Plan"], lines["Original plan"]) == (80, 100)
    assert "the original plan dashed" in page
    assert '<th scope="col" class="num">Original plan</th>' in page
    # Set back, there is nothing to tell apart.
    set_target(metric=revenue, scope=scope("company"), period=november, value=Decimal(3000), person=None)
    keep("company", "revenue", "2300", expected="3000")
    assert "Original plan" not in opened(bob())


def test_figures_that_are_estimates_say_so() -> None:
    keep("company", "revenue", "2300", expected="2400", estimated=True)
    assert "Estimated" in opened(bob())


def test_what_is_not_split_has_a_row_so_that_parts_add_up() -> None:
    keep("company", "revenue", "2300")
    keep("channel:Search", "revenue", "1600")
    page = opened(bob())
    assert "Not split" in page
    assert "¥700.00" in page


def test_each_name_opens_its_own_overview_in_the_same_period() -> None:
    keep("company", "revenue", "2300", period="2026-10")
    keep("channel:Douyin live", "revenue", "700", period="2026-10")
    page = opened(bob(), period="2026-10")
    link = re.search(r'class="row-link" href="([^"]+)"', page)
    assert link
    client = Client()
    client.force_login(bob())
    below = client.get(link[1]).content.decode()
    assert re.search(r"<h1>\s*Douyin live\s*</h1>", below)
    assert "October 2026" in below


def test_a_crossed_areas_link_survives_the_address_bar() -> None:
    keep("region:华东", "revenue", "2300")
    keep("region:华东+channel:Douyin", "revenue", "700")
    page = opened(bob(), area="region:华东", by="channel")
    link = re.search(r'class="row-link" href="([^"]+)"', page)
    assert link
    client = Client()
    client.force_login(bob())
    assert client.get(link[1]).status_code == 200


def test_names_are_only_ever_text() -> None:
    keep("company", "revenue", "2300")
    keep("channel:<img src=x>", "revenue", "10", expected="20")
    client = Client()
    client.force_login(bob())
    assert b"<img" not in client.get("/").content


def test_the_companys_name_is_the_heading() -> None:
    Company.objects.update(name="Pinestone", name_zh="松石")
    a_company()
    assert re.search(r"<h1>\s*松石\s*</h1>", opened(bob(), language="zh-hans"))


def test_a_figure_of_ones_own_can_be_laid_over_regions_and_channels() -> None:
    keep("company", "revenue", "2300")
    for area in ("region:华东", "region:华北", "channel:Search", "channel:Shops"):
        keep(area, "revenue", "1000")
    report("company", date(2026, 11, 1), 21, revenue="110", cost="43")
    Metric.objects.create(
        code="margin-rate",
        name="Margin rate",
        numerator={"gross_profit": "1"},
        denominator={"revenue": "1"},
        unit="percent",
    )
    where = {one: node(one) for one in ("region:华东", "channel:Search")}
    slots = dict(Measure.objects.values_list("code", "slot"))
    amounts: list[Decimal | None] = [None] * max(slots.values())
    amounts[slots["revenue"] - 1], amounts[slots["gross_profit"] - 1] = Decimal(200), Decimal(50)
    TopMonth.objects.create(
        month=date(2026, 11, 1), source=source(), channel_id=where["channel:Search"].pk,
        region_id=where["region:华东"].pk, product_id=0, amounts=amounts,
    )  # fmt: skip
    stamp()
    page = opened(bob(), period="2026-11", metric="margin-rate")
    assert re.search(r'<option value="margin-rate"\s+selected>', page)
    assert re.search(r'href="/\?period=2026-11&region=[^"&]+&channel=search" title="25.00%">25%</a>', page)


# -- What it costs ----------------------------------------------------------------------------------


def queries(who: Person, **query: str) -> int:
    client = Client()
    client.force_login(who)
    client.get("/", query)
    stamp()  # what was kept counts no more
    with CaptureQueriesContext(connection) as made:
        client.get("/", query)
    return len(made)


def test_sixty_channels_cost_no_more_queries_than_three() -> None:
    who = bob()
    keep("company", "revenue", "100", expected="120")
    for number in range(3):
        keep(f"channel:{number}", "revenue", "10", expected="12")
        scope(f"region:{number}/below")
    few = queries(who)
    for number in range(3, 60):
        keep(f"channel:{number}", "revenue", "10", expected="12")
        keep(f"channel:{number}/below", "revenue", "10", expected="12")
        scope(f"region:{number}/below")
    assert queries(who) == few
    # Session, person, gate and navigation (6) included.
    assert few <= 24


def test_the_currencys_sign_costs_no_query_of_its_own_when_it_is_no_longer_kept() -> None:
    keep("company", "revenue", "100", expected="120")
    client = Client()
    client.force_login(bob())
    client.get("/")
    counts = []
    for moment in (forget_currency, currency_sign):
        stamp()
        moment()
        with CaptureQueriesContext(connection) as made:
            assert "¥100" in client.get("/").content.decode()
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_page_reads_no_facts() -> None:
    a_company()
    for period in ("2026-10", "2026-11"):
        keep("region:华东+channel:Douyin live/Summer", "revenue", "10", expected="20", period=period)
    client = Client()
    client.force_login(bob())
    with CaptureQueriesContext(connection) as made:
        client.get("/", {"period": "2026-10"})
        client.get("/", {"area": "region:华东"})
        client.get("/", {"area": "region:华东+channel:douyin-live/summer"})
    assert not [query["sql"] for query in made if re.search(r"channels_\w*fact", query["sql"])]


def test_a_page_of_sixty_channels_stays_light_on_the_wire() -> None:
    keep("company", "revenue", "600", expected="720")
    for number in range(60):
        keep(f"channel:A channel with a name {number}", "revenue", "10", expected="12")
    report("company", date(2026, 11, 1), 21, revenue="110", cost="43")
    client = Client(headers={"accept-encoding": "gzip"})
    client.force_login(bob())
    answer = client.get("/")
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 30_000
