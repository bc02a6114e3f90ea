"""The process monitor: results beside what leads to them, and what is off plan first."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from organization.models import Person
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, charlie, mallory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, language: str = "en", **query: str) -> str:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = language
    answer = client.get("/process/", query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def a_company() -> None:
    """Revenue is on plan, though the click-through rate that leads to it is not."""
    keep("company", "revenue", "2500", expected="2400")
    keep("company", "ctr", "0.017", expected="0.035")
    keep("company", "conversion_rate", "0.03", expected="0.028")
    keep("company", "cpl", "90", expected="100")
    keep("company", "cac", "500", expected="400")
    for month, value in (("2026-09", "0.03"), ("2026-10", "0.02")):
        keep("company", "ctr", value, period=month)


def test_bob_reads_how_many_are_off_plan_and_what_rests_on_the_worst() -> None:
    a_company()
    said = "1 of 3 process figures is off plan; CTR 1.70% against 3.50% planned, though revenue is on plan."
    assert lead(opened(bob())) == said


def test_what_is_off_plan_comes_first_and_leads_to_where_it_is_so() -> None:
    a_company()
    page = opened(bob())
    assert page.index('id="result-revenue"') < page.index('id="result-cac"')
    todo = page[page.index('class="todo"') : page.index("</ul>", page.index('class="todo"'))]
    assert "CTR" in todo
    assert "Conversion rate" not in todo
    assert "sort=ctr" in todo
    assert "at risk: CTR" in page


def test_a_process_has_its_target_its_change_and_its_course() -> None:
    a_company()
    page = opened(bob())
    table = page[
        page.index("What leads to revenue") : page.index("</table>", page.index("What leads to revenue"))
    ]
    first = table[table.index("<tbody>") : table.index("</tr>", table.index("<tbody>"))]
    assert "CTR" in first
    assert "1.7%" in first
    assert "3.5%" in first
    assert "from 3% to 1.7%, between 1.7% and 3%" in first


def test_without_targets_the_page_says_so_and_without_figures_too() -> None:
    keep("company", "ctr", "0.02")
    assert lead(opened(bob())).startswith("No process figure has a target for November 2026")
    assert "Nothing to watch here yet" in opened(bob(), period="2026-03")


def test_all_on_plan_is_calm_and_one_alone_is_not_counted() -> None:
    keep("company", "ctr", "0.04", expected="0.035")
    assert lead(opened(bob())) == "The one process figure with a target is on plan."
    keep("company", "ctr", "0.01", expected="0.035")
    assert lead(opened(bob())).startswith("Of the process figures one has a target: CTR 1.00% against")


def test_a_week_is_computed_where_nobody_kept_it() -> None:
    a_company()
    assert "Nothing to watch here yet" in opened(bob(), period="2026-W46")


@pytest.mark.parametrize("period", ["2026-13", "nonsense", "9999", "2026-11-20"])
def test_a_wrong_period_says_what_to_write(period: str) -> None:
    a_company()
    assert "is not a period of this page" in opened(bob(), status=400, period=period)


def test_two_people_never_get_each_others_figures_from_what_is_kept() -> None:
    a_company()
    keep("region:华东", "ctr", "0.044", expected="0.035")
    keep("region:华东", "revenue", "77", expected="70")
    first, second = opened(bob()), opened(alice())
    assert "1.7%" in first
    assert "4.4%" not in first
    assert "4.4%" in second
    assert "1.7%" not in second
    assert "1.7%" in opened(charlie())
    opened(alice(), status=404, region="华北")
    opened(alice(), status=404, area="company")
    opened(mallory(), status=403)


def test_alice_keeps_her_area_when_she_turns_to_another_month() -> None:
    a_company()
    keep("region:华东", "ctr", "0.044", expected="0.035")
    page = opened(alice(), region="华东")
    earlier = re.search(r'id="filter-earlier"\s+href="([^"]+)"', page)
    month = re.search(r'<a class="filter-grain"\s+id="filter-quarter"\s+href="([^"]+)"', page)
    for found in (earlier, month):
        if found:
            assert found[1].startswith("/process/?")
            assert "region=" in found[1]
    assert month is not None


def test_the_places_of_its_filters_lead_back_to_it() -> None:
    a_company()
    keep("region:华东", "ctr", "0.044", expected="0.035")
    client = Client()
    client.force_login(bob())
    found = client.get("/places/", {"dimension": "region", "page": "process", "period": "2026-11"})
    assert 'href="/process/?period=2026-11&amp;region=' in found.content.decode()


def test_queries_do_not_grow_with_figures() -> None:
    client = Client()
    client.force_login(bob())

    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get("/process/").status_code == 200
        return len(made)

    keep("company", "ctr", "0.02", period="2026-10")
    keep("company", "ctr", "0.017", expected="0.035")
    client.get("/process/")
    keep("company", "ctr", "0.018", expected="0.035")
    few = asked()
    a_company()
    for code in ("orders", "roas", "roi", "new_customers", "leads", "cpc", "clicks"):
        keep("company", code, "3", expected="4")
    assert asked() <= few + 2
    assert few < 40
