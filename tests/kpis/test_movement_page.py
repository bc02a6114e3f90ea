"""The page that says why a figure moved, as people read it. Who may open it is in tests/every_url."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kpis.change import Said, of_amounts
from kpis.movement_charts import Names, waterfall
from organization.models import Person
from tests.kpis.test_movement import aim, told
from tests.people import alice, bob

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["told"]  # the fixture
D = Decimal


@pytest.fixture(autouse=True)
def english_again() -> Any:
    yield
    translation.deactivate()


def shown(who: Person, area: str = "company", language: str = "en", **query: str) -> str:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    asked = {"metric": "revenue", "period": "2026-10", "against": "last_period", **query}
    response = client.get(reverse("kpis:movement", args=[area]), asked)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def figure_of(page: str) -> Any:
    found = re.search(r'<script id="figure-movement" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_bob_reads_how_much_it_fell_and_what_did_most_of_it(told: None) -> None:
    page = shown(bob())
    assert "Revenue fell by ¥1.1K (15%) on September 2026." in page
    assert "Most of it: Search −¥1.5K. The other way: Video +¥400." in page
    assert page.index("By channel") < page.index("By region")
    assert "−¥1,200.00" in page
    assert "Orders" in page
    assert "Order value" in page
    assert f'href="{reverse("kpis:movement", args=["channel:search"])}?metric=revenue' in page


def test_the_parts_as_written_add_up_to_the_change_as_written(told: None) -> None:
    page = shown(bob(), metric="roas")
    for body in re.findall(r"<tbody>(.*?)</tbody>", page):
        cells = re.findall(r'movement-effect" data-label="Effect">([+−]?)([\d.,]+)<', body)
        values = [Decimal(number.replace(",", "")) * (-1 if sign == "−" else 1) for sign, number in cells]
        assert len(values) > 2
        assert sum(values[:-1]) == values[-1]


def test_the_chart_steps_from_the_one_state_to_the_other(told: None) -> None:
    traces = figure_of(shown(bob()))["data"]
    totals, ups, downs = traces
    assert (totals["y"], totals["x"], totals["base"]) == (
        ["September 2026", "October 2026"],
        [7100, 6000],
        [0, 0],
    )
    assert (downs["y"], downs["x"], downs["base"]) == (["Search"], [-1500], [7100])
    assert (ups["y"], ups["x"], ups["base"]) == (["Video"], [400], [5600])


def test_small_steps_of_large_totals_are_drawn_alone() -> None:
    change = of_amounts(
        (Said(D(1000)), Said(D(1010))), {"a": (Said(D(500)), Said(D(530))), "b": (Said(D(500)), Said(D(480)))}
    )
    assert change is not None
    names = Names(before="before", after="after", change="change", up="up", down="down", more="more")
    figure = waterfall(change, {"a": "A", "b": "A"}, names, unit="money")
    assert figure["layout"]["yaxis"]["categoryarray"] == ["change", "A (2)", "A"]
    assert [(one["x"], one["base"]) for one in figure["data"]] == [([10], [0]), ([30], [0]), ([-20], [30])]


def test_against_the_plan_it_says_what_the_plan_was_laid_over(told: None) -> None:
    aim("revenue", "region:east", "5000")
    page = shown(bob(), "region:east", against="expected")
    assert "Revenue is ¥1.2K (24%) short of what was due." in page
    assert "the plan was laid over them as they stood in October 2025" in page


def test_without_a_target_it_says_what_to_do(told: None) -> None:
    page = shown(bob(), "region:east", against="expected")
    assert "there is no target to hold it against" in page
    assert "Hold it against the period before or last year, or set a target." in page


def test_alice_reads_her_region_and_of_the_company_nothing(told: None) -> None:
    page = shown(alice("region:east"), "region:east")
    assert "Shanghai" in page
    assert "West" not in page
    client = Client()
    client.force_login(alice("region:east"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("kpis:movement", args=["company"])).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "nothing", "period": "never", "against": "you"},
        {"period": "9999-12"},
        {"period": "0001"},
        {"period": "2026-W99"},
        {"metric": "\0", "period": "\0"},
    ],
)
def test_an_address_that_makes_no_sense_shows_something_all_the_same(
    told: None, query: dict[str, str]
) -> None:
    assert "<h1>" in shown(bob(), **query)


def test_the_dialog_why_this_colour_leads_here(told: None) -> None:
    aim("revenue", "region:east", "5000")
    client = Client()
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    asked = {"area": "region:east", "metric": "revenue", "period": "2026-10"}
    page = client.get(reverse("dashboards:why"), asked).content.decode()
    assert reverse("kpis:movement", args=["region:east"]) in page
    assert "against=expected" in page
