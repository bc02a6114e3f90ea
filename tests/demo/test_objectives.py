"""The demo company's objectives: aligned, checked in up to today, and the same however often they are made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dashboards.demo import objectives
from dashboards.demo.objectives import AIMS, EAST, LIVE
from kpis.models import CheckIn, KeyResult, Objective
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.loading import ObjectiveView, load
from organization.models import Person
from tests.dashboards.figures import keep
from tests.people import node, person, scope

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 11, 22), date(2027, 1, 1), date(2028, 3, 31), date(2026, 7, 4)]


def make(today: date) -> list[ObjectiveView]:
    staff = {
        "manager": person("Bob", "manager"),
        "lead": person("Alice", "lead", "region:华东"),
        "viewer": person("Charlie", "viewer"),
        "finance": person("Dana", "finance"),
    }
    scopes = {key: scope(key) for key in ("company", EAST, LIVE)}
    teams = {name: node(f"team:{name}") for name in ("内容与直播组", "零售组")}
    made = objectives.make(scopes=scopes, teams=teams, staff=staff, today=today)
    assert made == len(AIMS)
    bob = Person.objects.get(username="bob")
    return load(list(visible_objectives(bob).order_by("pk")), person=bob, today=today)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_all_are_aligned_but_one_and_a_second_time_changes_nothing(today: date) -> None:
    views = make(today)
    assert [one.objective.title for one in views if one.orphan] == ["Learn to cut short videos 学会剪短视频"]
    assert {one.objective.level for one in views} == {"company", "team", "person"}
    assert all(one.objective.state == "active" for one in views)
    before = (Objective.objects.count(), KeyResult.objects.count(), CheckIn.objects.count())
    make(today)
    assert (Objective.objects.count(), KeyResult.objects.count(), CheckIn.objects.count()) == before


def test_in_november_some_are_on_plan_some_are_not_and_a_check_in_is_missing() -> None:
    keep("company", "revenue", "900", expected="1000", target="2000", period="2026-Q4")
    keep("company", "revenue", "1700", expected="1700", target="1700", period="2026-Q3")
    views = make(DAYS[0])
    results = {one.key_result.title: one for view in views for one in view.key_results}
    revenue = results[objectives.GROWTH].key_result
    assert (revenue.baseline, revenue.target) == (Decimal(1700), Decimal(2000))
    assert {one.stand.status for one in results.values()} >= {"green", "yellow", "red"}
    assert sum(view.missed for view in views) == 1
    assert CheckIn.objects.count() > 20
