"""Where the targets of parts and wholes disagree, said to whom it concerns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.periods import Period
from kpis.models import Metric
from kpis.selectors.plan_check import Finding
from kpis.services import TargetEntry, set_target, set_targets
from organization.models import Person
from tests.dashboards.figures import report
from tests.people import alice, bob, mallory, node, scope

pytestmark = pytest.mark.django_db
YEAR = date.today().year + 1
EAST, WEST = "region:华东", "region:西南"


def plan(area: str, period: str, value: str, metric: str = "revenue") -> None:
    set_target(
        metric=Metric.objects.get(code=metric), scope=scope(area), period=Period.parse(period),
        value=Decimal(value), person=None,
    )  # fmt: skip


def page(who: Person, metric: str = "revenue") -> Any:
    client = Client()
    client.force_login(who)
    answer = client.get("/plan/check/", {"metric": metric, "year": str(YEAR)})
    assert answer.status_code == 200
    return answer


def findings(who: Person, metric: str = "revenue") -> list[tuple[str, str, str, Decimal, str]]:
    found: list[Finding] = page(who, metric).context["shown"]
    return [(one.scope.key, one.tree, str(one.period), one.difference, one.state) for one in found]


def test_parts_that_promise_more_or_less_than_the_whole_are_shown_and_those_that_agree_are_not() -> None:
    plan("company", str(YEAR), "100")
    plan(EAST, str(YEAR), "60")
    plan(WEST, str(YEAR), "45")
    assert findings(bob()) == [("company", "region", str(YEAR), 5, "more")]
    plan(WEST, str(YEAR), "30")
    assert findings(bob()) == [("company", "region", str(YEAR), -10, "less")]
    node("region:华南")  # has no target: there is room for it
    assert findings(bob()) == [("company", "region", str(YEAR), -10, "open")]
    plan(WEST, str(YEAR), "40")
    assert findings(bob()) == []
    assert "it agrees" in page(bob()).content.decode()


def test_months_are_held_against_their_year_and_count_as_it_where_it_has_none() -> None:
    for month in range(1, 13):
        plan(EAST, f"{YEAR}-{month:02d}", "10")
    plan(EAST, str(YEAR), "130")
    assert findings(bob()) == [(EAST, "", str(YEAR), -10, "less")]
    plan(EAST, str(YEAR), "120")
    plan("company", str(YEAR), "100")
    assert findings(bob()) == [("company", "region", str(YEAR), 20, "more")]
    plan(EAST, f"{YEAR}-Q1", "31")
    assert (EAST, "", f"{YEAR}-Q1", Decimal(-1), "less") in findings(bob())


def test_crossings_are_parts_of_both_their_areas() -> None:
    node("channel:live")
    plan(f"{EAST}+channel:live", str(YEAR), "60")
    plan(EAST, str(YEAR), "50")
    plan("channel:live", str(YEAR), "70")
    assert findings(bob()) == [
        (EAST, "channel", str(YEAR), 10, "more"),
        ("channel:live", "region", str(YEAR), -10, "less"),
    ]


def test_ratios_are_weighed_by_what_they_divide_by() -> None:
    plan("company", str(YEAR), "5", "roas")
    plan(EAST, str(YEAR), "6", "roas")
    plan(WEST, str(YEAR), "3", "roas")
    assert findings(bob(), "roas") == []  # no volume is known
    first = date(YEAR - 1, 1, 1)
    report(EAST, first, 10, revenue="1", cost="100")
    report(WEST, first, 10, revenue="1", cost="200")
    assert findings(bob(), "roas") == [("company", "region", str(YEAR), -1, "less")]
    # What is planned counts before what was.
    plan(EAST, str(YEAR), "200", "cost")
    plan(WEST, str(YEAR), "100", "cost")
    assert findings(bob(), "roas") == []
    assert "planned to be divided by" in page(bob(), "roas").content.decode()


def test_alice_is_told_of_her_part_alone() -> None:
    plan("company", str(YEAR), "100")
    plan(EAST, str(YEAR), "60")
    plan(WEST, str(YEAR), "45")
    plan("region:华东/上海", str(YEAR), "70")
    answer = page(alice())
    assert [one.scope.key for one in answer.context["shown"]] == [EAST]
    assert "西南" not in answer.content.decode()


def test_who_was_granted_nothing_sees_nothing() -> None:
    client = Client()
    client.force_login(mallory())
    assert client.get("/plan/check/").status_code == 403


def test_many_areas_cost_no_more_queries() -> None:
    plan("company", str(YEAR), "100")
    plan(EAST, str(YEAR), "60")
    who = bob()
    page(who)
    with CaptureQueriesContext(connection) as few:
        page(who)
    revenue = Metric.objects.get(code="revenue")
    set_targets(
        entries=[
            TargetEntry(revenue, scope(f"region:R{n}"), Period.parse(period), Decimal(7))
            for n in range(30)
            for period in (str(YEAR), f"{YEAR}-01", f"{YEAR}-02")
        ],
        person=None,
    )
    with CaptureQueriesContext(connection) as many:
        page(who)
    assert len(many) == len(few) <= 30
