"""Two times or two areas side by side: the same figures over as many days, and help where an address is wrong."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from common.periods import Grain, Period
from dashboards.comparing import Wrong, times_of
from kpis.models import Metric, Target
from kpis.services import set_target
from organization.models import Person
from tests.dashboards.figures import TODAY, keep, report
from tests.people import alice, bob, mallory, scope


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, **query: str) -> str:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = "en"
    answer = client.get("/compare/", query)
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def two_months() -> None:
    keep("company", "revenue", "2200", expected="2400", period="2026-10")
    keep("company", "revenue", "2000", expected="1800", period="2026-09")
    keep("company", "cost", "900", expected="800", period="2026-10")
    keep("company", "cost", "600", expected="800", period="2026-09")
    for area, september, october in (("channel:Search", "40", "60"), ("channel:Shops", "20", "10")):
        report(area, date(2026, 9, 1), 30, revenue=september, cost="1")
        report(area, date(2026, 10, 1), 31, revenue=october, cost="1")


@pytest.mark.django_db
def test_bob_holds_two_months_beside_each_other() -> None:
    two_months()
    page = opened(bob(), left="2026-10", right="2026-09")
    said = "Revenue is 10% higher in October 2026 than in September 2026; cost +50%."
    assert lead(page) == said
    assert "¥2.2K" in page
    assert "¥2K" in page
    table = page[page.index("what differs most first") :]
    assert table.index("Search") < table.index("Shops")
    assert "¥660.00" in table  # 31 × 60 − 30 × 40


@pytest.mark.django_db
def test_while_a_month_is_under_way_the_other_has_as_many_days() -> None:
    report("company", date(2026, 10, 1), 52, revenue="10", cost="2")
    keep("company", "revenue", "210", expected="300")
    keep("company", "revenue", "310", expected="300", period="2026-10")
    page = opened(bob(), left="2026-11", right="2026-10")
    assert lead(page).startswith("Revenue is the same in November 2026 as in October 2026")
    assert "Both over their first 21 days, to 21 Nov." in page


def row_of(page: str, name: str) -> str:
    table = page[page.index("what differs most first") :]
    return next(row for row in table.split("<tr") if f">{name}<" in row)


@pytest.mark.django_db
def test_parts_have_the_lights_that_they_had_and_the_other_line_says_its_own_days() -> None:
    two_months()
    keep("channel:Search", "revenue", "1860", expected="3000", period="2026-10")
    keep("channel:Search", "revenue", "1200", expected="1000", period="2026-09")
    report("company", date(2026, 9, 1), 61, revenue="60", cost="2")
    page = opened(bob(), left="2026-10", right="2026-09")
    search = row_of(page, "Search")
    assert search.index("off plan") < search.index("on plan")
    assert "no target" in row_of(page, "Shops")
    assert '"text": ["1 Sep", "2 Sep"' in page


@pytest.mark.django_db
def test_a_part_is_lit_as_it_stood_after_as_many_days() -> None:
    for area in ("company", "channel:Search", "channel:Shops"):
        report(area, date(2026, 10, 1), 52, revenue="10", cost="2")
    keep("company", "revenue", "210", expected="300")
    keep("channel:Search", "revenue", "310", expected="1000", period="2026-10")
    set_target(
        metric=Metric.objects.get(code="revenue"),
        scope=scope("channel:Search"),
        period=Period.parse("2026-10"),
        value=Decimal(310),
        person=bob(),
    )
    Target.objects.update(set_at=datetime(2026, 9, 1, tzinfo=UTC))
    search = row_of(opened(bob(), left="2026-11", right="2026-10"), "Search")
    assert "on plan" in search
    assert "off plan" not in search


@pytest.mark.django_db
def test_two_areas_are_held_beside_each_other_in_one_month() -> None:
    keep("region:华东", "revenue", "300", expected="200")
    keep("region:华北", "revenue", "200", expected="400")
    page = opened(bob(), left="region:华东", right="region:华北", period="2026-11")
    assert lead(page) == "Revenue is 50% higher in 华东 than in 华北."
    assert "off plan" in page
    by_name = opened(bob(), left="华东", right="华北", of="areas", period="2026-11")
    assert lead(by_name) == lead(page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"left": "2027-11", "right": "2026-10"}, "has not begun yet"),
        ({"left": "nonsense", "right": "2026-10"}, "is no time that can be compared"),
        ({"left": "2026-10", "right": "2026-Q3"}, "not equally long"),
        ({"left": "2026-10", "right": "2026-10"}, "Both sides are the same"),
        ({"left": "region:华东", "right": "region:华东"}, "Both sides are the same"),
        ({"left": "region:华东", "right": "2026-10"}, "One side is a time and the other an area"),
        ({"left": "nowhere at all", "right": "region:华东"}, "There is no area"),
        ({"left": "team:a", "right": "region:华东"}, "Teams and budgets have no figures to compare here"),
        ({"left": "\U0001f600" * 80, "right": "\0"}, "is no time that can be compared"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_and_what_to_do(query: dict[str, str], said: str) -> None:
    keep("region:华东", "revenue", "300", expected="200")
    keep("team:a", "revenue", None)
    assert said in opened(bob(), status=400, **query)


@pytest.mark.django_db
def test_with_one_area_alone_the_page_asks_for_the_other() -> None:
    keep("region:华东", "revenue", "300", expected="200")
    assert "Choose the second area" in opened(bob(), left="region:华东", of="areas")


@pytest.mark.django_db
def test_alice_compares_within_her_region_and_learns_nothing_of_others() -> None:
    two_months()
    for period, value in (("2026-10", "77"), ("2026-09", "66")):
        keep("region:华东", "revenue", value, expected="70", period=period)
    page = opened(bob(), left="2026-10", right="2026-09")
    hers = opened(alice(), left="2026-10", right="2026-09")
    assert "¥77" in hers
    assert "¥2.2K" not in hers
    assert "¥77" not in page
    keep("region:华北", "revenue", "888")
    opened(alice(), status=404, left="region:华东", right="region:华北")
    opened(alice(), status=404, left="2026-10", right="2026-09", region="华北")
    opened(alice(), status=400, left="华北", right="region:华东", of="areas")
    opened(mallory(), status=403)


@pytest.mark.django_db
def test_the_overview_leads_to_both_comparisons() -> None:
    keep("company", "revenue", "2200", expected="2400")
    client = Client()
    client.force_login(bob())
    page = unescape(client.get("/").content.decode())
    assert 'href="/compare/?left=2026-11&right=2025-11"' in page
    assert 'href="/compare/?period=2026-11&of=areas&left=company"' in page


@pytest.mark.django_db
def test_queries_do_not_grow_with_parts() -> None:
    two_months()
    client = Client()
    client.force_login(bob())
    query = {"left": "2026-10", "right": "2026-09"}

    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get("/compare/", query).status_code == 200
        return len(made)

    client.get("/compare/", query)
    keep("company", "cost", "901", period="2026-10")
    few = asked()
    for number in range(8):
        report(f"channel:more {number}", date(2026, 10, 1), 3, revenue="1", cost="1")
    assert asked() <= few + 1
    assert few < 45


@given(days=st.integers(0, 3000), grain=st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]))
def test_one_period_alone_is_held_against_the_year_before(days: int, grain: Grain) -> None:
    period = Period.containing(TODAY - timedelta(days=days + 1), grain)
    found = times_of(str(period), "", today=TODAY, fiscal_start=1)
    assert found.wrong is None
    assert found.left == period
    assert found.right == period.last_year()
    assert times_of(str(period), str(period), today=TODAY, fiscal_start=1).wrong == Wrong.SAME
