"""The page that suggests a year's target: what it says with much and with little history, and taking it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from kpis.models import AmountDay, Measure, Target, TargetChange
from kpis.services import set_target
from kpis.stamps import stamp
from organization.models import Person
from tests.dashboards.figures import source
from tests.people import alice, bob, charlie, mallory, node, scope

pytestmark = pytest.mark.django_db
TODAY = date.today()
YEAR = TODAY.year + 1
EAST, WEST = "region:华东", "region:西南"


def client_of(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def days(area: str, years: int, *, one_off: date | None = None, share: float = 1.0) -> None:
    """So many years of days up to yesterday, growing by a tenth a year, weekends quieter."""
    slot = Measure.objects.get(code="revenue").slot
    whose, where = source(), scope(area)
    first = date(TODAY.year - years, TODAY.month, 1)
    rows = []
    for n in range((TODAY - first).days):
        day = first + timedelta(days=n)
        amount = 1000 * 1.1 ** (n / 365) * (0.6 if day.weekday() > 4 else 1.0) * share
        if day == one_off:
            amount *= 30
        amounts: list[Decimal | None] = [None] * slot
        amounts[slot - 1] = Decimal(str(round(amount, 2)))
        rows.append(AmountDay(scope=where, day=day, source=whose, amounts=amounts, estimated=False))
    AmountDay.objects.bulk_create(rows)
    stamp()


def answer(who: Person, **asked: str) -> Any:
    query = {"metric": "revenue", "area": "company", "year": str(YEAR), **asked}
    found = client_of(who).get("/plan/suggest/", query, headers={"HX-Request": "true"})
    assert found.status_code == 200
    return found


def test_four_years_say_growth_season_range_one_offs_and_how_far_off_it_would_have_been() -> None:
    one_off = date(TODAY.year - 1, 3, 4)
    days("company", 4, one_off=one_off)
    found = answer(bob())
    said = found.content.decode()
    assert [str(one["name"]) for one in found.context["proposals"]] == ["Steady", "Ambitious", "Stretch"]
    totals = [one["total"] for one in found.context["proposals"]]
    assert totals == sorted(totals)
    assert found.context["low"] < found.context["mean"] < found.context["high"]
    assert [one.first_day for one in found.context["found"].outliers] == [one_off]
    assert "1 one-off day is set aside" in said
    assert found.context["found"].trials
    assert "Would have said" in said
    assert "the usual" in said or "any year had" in said
    assert sum(one.share for one in found.context["found"].months) == pytest.approx(1, abs=0.01)


def test_product_lines_are_told_apart_where_they_report() -> None:
    days("company", 3)
    days("product:tea", 3, share=0.75)
    days("product:cups", 3, share=0.25)
    found = answer(bob())
    parts = next(table for table in found.context["tables"] if table.title == "Product lines")
    assert [row[0][1].text for row in parts.rows] == ["tea", "cups"]
    assert found.context["found"].parts[0].share == pytest.approx(0.75, abs=0.02)


def test_too_little_history_says_so_and_what_it_would_need() -> None:
    days("company", 1)
    assert "two years" in answer(bob()).content.decode()
    assert "Nothing was reported for this figure here" in answer(bob(), metric="leads").content.decode()


def test_the_page_itself_answers_at_once_and_asks_for_the_rest() -> None:
    page = client_of(bob()).get("/plan/suggest/")
    assert "Looking at the years before" in page.content.decode()
    assert 'hx-trigger="load"' in page.content.decode()


def take(who: Person, found: Any, place: int = 0) -> Any:
    sealed = re.findall(r'name="sealed" value="([^"]*)"', found.content.decode())[place]
    return client_of(who).post("/plan/suggest/", {"sealed": sealed}, follow=True)


def test_a_proposal_is_taken_as_the_years_target_with_its_reason() -> None:
    days("company", 3)
    found = answer(bob())
    done = take(bob(), found, 1)
    assert "target is set" in done.content.decode()
    held = Target.objects.get(grain="year", superseded_at=None)
    assert held.value == found.context["proposals"][1]["total"]
    change = TargetChange.objects.get()
    assert (change.kind, change.reason) == ("suggestion", "Suggested: Ambitious")
    assert f"total={held.value.normalize():f}" in found.content.decode()
    # Somebody was quicker than who still looks at the old page.
    metric, area, period = held.metric, held.scope, done.context["year"]
    set_target(metric=metric, scope=area, period=period, value=Decimal(5), person=None)
    assert "Somebody has set this target meanwhile" in take(bob(), found, 0).content.decode()
    assert Target.objects.get(grain="year", superseded_at=None).value == 5


def test_who_only_looks_sees_it_and_takes_nothing() -> None:
    days("company", 3)
    found = answer(charlie())
    assert found.context["proposals"]
    assert 'name="sealed"' not in found.content.decode()
    assert "not set its targets" in client_of(charlie()).post("/plan/suggest/", follow=True).content.decode()
    # What was sealed for another is of no use.
    sealed = re.findall(r'name="sealed" value="([^"]*)"', answer(bob()).content.decode())[0]
    client_of(alice()).post("/plan/suggest/", {"sealed": sealed})
    assert not Target.objects.exists()


def test_foreign_areas_are_answered_like_those_that_are_not_there() -> None:
    node(EAST)
    days(WEST, 3)
    for area in (WEST, "西南", "region:nowhere", "company"):
        assert "There is no area called" in answer(alice(), area=area).content.decode()
    assert client_of(mallory()).get("/plan/suggest/").status_code == 403
