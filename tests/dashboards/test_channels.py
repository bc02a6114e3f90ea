"""The channels side by side: who finds which row, in which order, held against what."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.models import Profile
from kpis.models import Benchmark, CrossDay, Measure, Metric
from kpis.stamps import stamp
from organization.models import Person
from tests.dashboards.figures import TODAY, keep, report, source
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
PAGE = "/channels/"


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, **query: str) -> str:
    client = Client()
    client.force_login(who)
    answer = client.get(PAGE, query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def rows(page: str) -> list[str]:
    """The table's rows, each as the words that stand in it."""
    body = re.search(r'<table class="lights board">.*?<tbody>(.*?)</tbody>', page, re.S)
    assert body
    found = re.findall(r"<tr.*?>(.*?)</tr>", body[1], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+)', page)


def three_channels() -> None:
    keep("company", "revenue", "3300", expected="3400")
    keep("company", "cost", "1200", expected="1200")
    for name, revenue, due, cost, roas in (
        ("Douyin live", "700", "1400", "500", "1.4"),
        ("Search", "1600", "1500", "400", "4"),
        ("Shops", "900", "500", "300", "3"),
    ):
        keep(f"channel:{name}", "revenue", revenue, expected=due)
        keep(f"channel:{name}", "cost", cost)
        keep(f"channel:{name}", "roas", roas)


# -- Rows -------------------------------------------------------------------------------------------


def test_bob_finds_the_channel_in_trouble_first_and_the_line_above_says_why() -> None:
    three_channels()
    report("channel:Douyin live", date(2026, 11, 8), 14, revenue="50", cost="6050")
    page = opened(bob())
    assert names(page) == ["Douyin live", "Search", "Shops", "Not split", "Plumbline"]
    assert "¥84K more spent than earned" in rows(page)[0]
    assert lead(page).endswith("Douyin live spent ¥84K more than it earned in the two weeks to 21 Nov.")


def test_parts_add_up_by_a_row_of_what_nobody_split() -> None:
    three_channels()
    rest = rows(opened(bob(), columns="revenue,cost"))[3]
    assert rest.startswith("Not split")
    assert "¥100" in rest


def test_charlie_who_sees_one_channel_finds_its_row_and_nothing_of_others() -> None:
    three_channels()
    page = opened(charlie("channel:Search"))
    assert names(page) == ["Search"]
    for foreign in ("Douyin", "Shops", "Not split", "¥3.3K", "¥1.2K"):
        assert foreign not in page
    assert lead(page) == "Revenue is 6.7% ahead of plan."


def test_who_was_granted_two_channels_finds_both_and_no_sum_of_all() -> None:
    three_channels()
    whom = charlie("channel:Search")
    charlie("channel:Shops")
    assert sorted(names(opened(whom))) == ["Search", "Shops"]


def test_who_sees_a_campaign_alone_finds_it_with_its_channels_name() -> None:
    three_channels()
    keep("channel:Search/Brand words", "revenue", "300")
    page = opened(person("Eve", "viewer", "channel:Search/Brand words"))
    assert names(page) == ["Brand words"]
    assert "¥1.6K" not in page


def test_alice_sees_the_channels_within_her_region_summed_from_its_days() -> None:
    three_channels()
    slots = dict(Measure.objects.values_list("code", "slot"))
    amounts: list[Decimal | None] = [None] * max(slots.values())
    amounts[slots["revenue"] - 1], amounts[slots["cost"] - 1] = Decimal(40), Decimal(10)
    here, where = node("region:华东"), node("channel:Search")
    CrossDay.objects.create(
        day=date(2026, 11, 3), channel_id=where.pk, region_id=here.pk, product_id=0, source=source(),
        amounts=amounts, estimated=False,
    )  # fmt: skip
    keep("region:华东", "revenue", "40", expected="30")
    page = opened(alice())
    assert names(page) == ["Search", "Douyin live", "Shops", "华东"]
    assert "¥40" in rows(page)[0]
    assert "4" in rows(page)[0]
    assert "¥1.6K" not in page
    assert "¥3.3K" not in page


def test_a_region_that_is_not_hers_and_one_that_does_not_exist_are_not_found() -> None:
    three_channels()
    node("region:华北")
    opened(alice(), 404, region="华北")
    opened(alice(), 404, region="nowhere")
    opened(alice(), 404, channel="search")
    opened(mallory(), 403)


def test_a_channel_shows_its_tier_its_owner_and_that_it_is_paused() -> None:
    three_channels()
    Profile.objects.create(
        node=node("channel:Douyin live"), tier="core", state="paused", owner=person("Alice"), version=1
    )
    stamp()
    row = rows(opened(bob()))[0]
    assert "Core · Paused" in row
    assert "Alice" in row


def test_without_channels_the_page_says_what_to_do() -> None:
    assert 'href="/imports/"' in opened(bob())


# -- Order and columns ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-roas", ["Search", "Shops", "Douyin live"]),
        ("roas", ["Douyin live", "Shops", "Search"]),
        ("-leads", ["Douyin live", "Search", "Shops"]),  # none has leads: by trouble
        ("zq", ["Douyin live", "Search", "Shops"]),
    ],
)
def test_bob_sorts_by_a_figure(sort: str, order: list[str]) -> None:
    three_channels()
    assert names(opened(bob(), sort=sort))[:3] == order


def test_what_has_no_value_stands_last_whichever_way_it_is_sorted() -> None:
    three_channels()
    keep("channel:Fairs", "cost", "50")
    for sort in ("roas", "-roas"):
        assert names(opened(bob(), sort=sort))[3] == "Fairs"


def test_bob_chooses_columns_and_they_stay_in_every_address() -> None:
    three_channels()
    page = opened(bob(), columns="cost,roas,nonsense", sort="-cost")
    heads = re.findall(r'class="sort-link"[^>]*>([^<]+)', page.split("<thead>")[1].split("</thead>")[0])
    assert heads == ["Light", "Cost", "ROAS"]
    assert 'aria-sort="descending"' in page
    assert "columns=cost,roas&sort=cost" in page  # the same column the other way round
    assert 'name="columns" value="cost,roas"' in page  # a form that changes the period or the order
    into = re.search(r'href="(/channels/one/[^"]+)"', page)
    assert into
    assert "columns=cost,roas" in into[1]


def test_columns_can_be_ticked_one_by_one_in_a_form() -> None:
    three_channels()
    client = Client()
    client.force_login(bob())
    page = client.get(f"{PAGE}?columns=cost&columns=roas").content.decode()
    assert re.search(r'value="roas" checked', page)
    assert not re.search(r'value="revenue" checked', page)


# -- Held against something -------------------------------------------------------------------------


def test_a_month_that_is_over_is_held_against_the_one_before() -> None:
    keep("channel:Search", "roas", "4", period="2026-10")
    keep("channel:Search", "roas", "5", period="2026-09")
    row = rows(opened(charlie("channel:Search"), period="2026-10", columns="roas"))[0]
    assert "−20%" in row


def test_a_month_under_way_is_held_against_the_same_days() -> None:
    keep("channel:Search", "revenue", "2100")
    report("channel:Search", date(2026, 11, 1), 21, revenue="100", cost="10")
    report("channel:Search", date(2026, 10, 1), 21, revenue="50", cost="10")
    report("channel:Search", date(2026, 10, 22), 10, revenue="9999", cost="10")
    page = opened(charlie("channel:Search"), columns="revenue,roas")
    assert "+100%" in rows(page)[0]
    assert "its change on the same days of Oct" in page


def test_a_month_is_held_against_last_year() -> None:
    keep("channel:Search", "roas", "4", period="2026-10")
    keep("channel:Search", "roas", "2", period="2025-10")
    page = opened(charlie("channel:Search"), period="2026-10", columns="roas", against="year")
    assert "+100%" in rows(page)[0]


def test_a_month_is_held_against_the_nearest_benchmark() -> None:
    keep("channel:Search", "roas", "4", period="2026-10")
    keep("channel:Search", "revenue", "130", period="2026-10")
    keep("channel:Search", "revenue", "100", period="2025-10")
    entered = {"first_day": date(2026, 1, 1), "source": "An association"}
    roas, revenue = Metric.objects.get(code="roas"), Metric.objects.get(code="revenue")
    Benchmark.objects.create(metric=roas, scope=scope("company"), value=Decimal(8), **entered)
    Benchmark.objects.create(metric=roas, scope=scope("channel:Search"), value=Decimal(5), **entered)
    Benchmark.objects.create(metric=roas, scope=scope("channel:Shops"), value=Decimal(1), **entered)
    Benchmark.objects.create(metric=revenue, scope=scope("company"), value=Decimal("0.04"), **entered)
    page = opened(charlie("channel:Search"), period="2026-10", columns="roas,revenue", against="benchmark")
    assert "−20%" in rows(page)[0]  # 4 against 5
    assert "+25%" in rows(page)[0]  # 130 against a growth of 4% on 100
    assert "Benchmark: 5.00" in page


def test_without_a_benchmark_the_page_says_so() -> None:
    three_channels()
    assert "Nobody has entered a benchmark" in opened(bob(), against="benchmark")


def test_a_week_and_the_last_days_are_summed_from_days() -> None:
    report("channel:Search", date(2026, 10, 1), 52, revenue="100", cost="25")
    who = charlie("channel:Search")
    for period in ("2026-W46", "last-7"):
        row = rows(opened(who, period=period, columns="revenue,roas"))[0]
        assert "¥700" in row
        assert "0%" in row


def test_a_single_day_is_held_against_the_day_before() -> None:
    report("channel:Search", date(2026, 11, 1), 19, revenue="100", cost="25")
    report("channel:Search", date(2026, 11, 20), 1, revenue="150", cost="25")
    page = opened(charlie("channel:Search"), period="2026-11-20", columns="revenue,roas")
    assert "¥150 +50%" in rows(page)[0].replace("  ", " ")
    assert 'aria-current="true">Day<' in page


def test_a_small_line_shows_how_the_sorted_figure_went() -> None:
    for month, value in (("2026-08", "2"), ("2026-09", "3"), ("2026-10", "5")):
        keep("channel:Search", "roas", value, period=month)
        keep("channel:Search", "revenue", "9", period=month)
    page = opened(charlie("channel:Search"), period="2026-10")
    assert '<svg class="spark"' in page
    assert "ROAS, 13 months" in page
    assert "from 2 to 5, between 2 and 5" in page
    assert "Revenue, 13 months" in opened(charlie(), period="2026-10", sort="-revenue")


def test_a_period_that_cannot_be_is_said_and_the_table_still_stands() -> None:
    three_channels()
    assert "is not a period of this page" in opened(bob(), 400, period="yesterday")


def test_sixty_channels_cost_no_more_queries_than_three() -> None:
    three_channels()
    who = bob()
    client = Client()
    client.force_login(who)

    def asked(**query: str) -> int:
        client.get(PAGE, query)
        with CaptureQueriesContext(
            connection,
        ) as found:
            stamp()  # what was kept is old
            client.get(PAGE, query)
        return len(found)

    few = [asked(), asked(against="benchmark"), asked(period="last-28")]
    for number in range(57):
        keep(f"channel:C{number}", "revenue", "1", expected="2")
    assert [asked(), asked(against="benchmark"), asked(period="last-28")] == few
    assert max(few) < 34
