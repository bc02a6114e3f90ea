"""The customer cockpit: what customers say, complain of and are worth, as far as the reader may see it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from organization.models import Person
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, mallory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, **query: str) -> str:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = "en"
    answer = client.get("/customers/cockpit/", query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def customers() -> None:
    keep("company", "nps", "30", expected="40")
    keep("company", "nps", "35", period="2026-10")
    keep("company", "csat", "0.85", expected="0.8")
    keep("company", "solutions_in_time", "0.5", expected="0.9")
    keep("company", "ltv", "546")


def test_bob_reads_how_many_figures_are_off_plan_and_the_worst() -> None:
    customers()
    page = opened(bob())
    said = "2 of 3 figures of customers are off their plan; solutions in time 50.00% against 90.00% planned."
    assert lead(page) == said
    for heading in (
        "What customers say",
        "What they complain of",
        "What they are worth",
        "Tiers of customers",
    ):
        assert heading in page


def test_each_block_says_why_it_is_empty_and_where_to_go() -> None:
    keep("company", "nps", "30", expected="40")
    page = opened(bob())
    assert "Nobody has complained here in this time." in page
    assert "import yours" in page
    assert "Tiers come with your own orders" in page
    assert 'href="/feedback/?period=2026-11"' in page


def test_without_anything_the_page_says_so() -> None:
    assert lead(opened(bob())) == "Customers have said and bought nothing here in November 2026."


def test_another_figure_can_be_drawn_and_a_foreign_one_is_not() -> None:
    customers()
    for code, value in (("nps", "33"), ("ltv", "500")):
        keep("company", code, value, period="2026-09")
        keep("company", code, value, period="2026-10")
    assert "Lifetime value: ¥546" in opened(bob(), metric="ltv")
    assert "NPS: 30" in opened(bob(), metric="zq\U0001f600")


def test_two_people_never_get_each_others_figures_from_what_is_kept() -> None:
    customers()
    keep("region:华东", "nps", "61", expected="40")
    first, second = opened(bob()), opened(alice())
    assert ">61<" not in first
    assert ">61<" in second
    assert "¥546" not in second
    opened(alice(), status=404, region="华北")
    opened(mallory(), status=403)


def test_queries_are_few() -> None:
    customers()
    client = Client()
    client.force_login(bob())
    client.get("/customers/cockpit/")
    keep("company", "nps", "31", expected="40")
    with CaptureQueriesContext(connection) as made:
        assert client.get("/customers/cockpit/").status_code == 200
    assert len(made) < 50
