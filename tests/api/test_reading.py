"""Programs read figures, targets, areas, metrics and alerts: what their people may see, and no word more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from common.periods import Period
from kpis.models import Metric, Reading, Target
from kpis.services import TargetEntry, set_targets
from kpis.work import catch_up
from organization.models import Person
from tests.alerts import builders as alert_builders
from tests.api.callers import Program, pointers
from tests.made_once import made_once
from tests.people import ada, alice, bob, charlie, mallory, node, scope

pytestmark = pytest.mark.django_db
EAST, NORTH = "region:华东", "region:华北"


def plan(area: str, value: str, period: str = "2026-06", metric: str = "revenue") -> None:
    entry = TargetEntry(Metric.objects.get(code=metric), scope(area), Period.parse(period), Decimal(value))
    set_targets(entries=[entry], person=bob())


def a_company() -> None:
    """Plans for two regions and a shop in each, kept as figures."""
    for area in (
        EAST,
        f"{EAST}/上海",
        NORTH,
        f"{NORTH}/北京分店",
        "company",
        "channel:抖音直播",
        "region:华东+channel:抖音直播",
    ):
        plan(area, "1000.125")
    plan(EAST, "3", metric="roas")
    catch_up()


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield from made_once(django_db_blocker, a_company)


def rows(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content.decode()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def areas(response: Any) -> list[str]:
    return sorted({row["scope"] for row in rows(response)})


def everything(program: Program, address: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All rows, page by page."""
    response = program.get(address, **query)
    while True:
        yield from rows(response)
        following = response.json()["next"]
        if following is None:
            return
        response = program.get(following)


# -- Figures ----------------------------------------------------------------------------------------


def test_alice_reads_the_figures_of_her_region_and_no_others(company: None) -> None:
    response = Program(alice()).get("readings/", grain="month", metric="revenue")
    assert areas(response) == ["region:华东", "region:华东+channel:抖音直播", "region:华东/上海"]
    assert "华北" not in response.content.decode()
    one = rows(response)[0]
    assert one["target"] == "1000.125"
    assert (one["period"], one["start"], one["value"], one["status"]) == (
        "2026-06",
        "2026-06-01",
        None,
        "grey",
    )


@pytest.mark.parametrize("address", ["readings/", "targets/", "episodes/"])
@pytest.mark.parametrize("name", ["scope", "within"])
@pytest.mark.parametrize(
    "area", [NORTH, f"{NORTH}/北京分店", "company", "channel:抖音直播", "region:华北+channel:抖音直播", "region:nowhere", "nonsense", "\0", "region:\0", "x:y+", "+" * 300]
)  # fmt: skip
def test_a_foreign_area_and_one_that_is_nowhere_are_alike(
    company: None, address: str, name: str, area: str
) -> None:
    response = Program(alice()).get(address, **{name: area})
    expected = (400,) if "\0" in area else (404,)
    assert response.status_code in expected
    assert pointers(response) == [f"?{name}"]
    nowhere = Program(alice()).get(address, **{name: "region:nowhere"})
    if response.status_code == 404:
        assert response.json()["errors"] == nowhere.json()["errors"]
    assert "北京" not in response.content.decode()


def test_bob_narrows_by_area_period_metric_and_status(company: None) -> None:
    program = Program(bob())
    assert areas(program.get("readings/", scope=EAST)) == [EAST]
    assert areas(program.get("readings/", within=EAST)) == [
        "region:华东", "region:华东+channel:抖音直播", "region:华东/上海",
    ]  # fmt: skip
    assert "company" in areas(program.get("readings/", within="company"))
    assert {row["metric"] for row in rows(program.get("readings/", metric="roas"))} == {"roas"}
    assert {row["metric"] for row in rows(program.get("readings/", metric="roas, revenue"))} == {
        "roas",
        "revenue",
    }
    assert {row["grain"] for row in rows(program.get("readings/", grain="quarter"))} <= {"quarter"}
    assert rows(program.get("readings/", from_="2026-07-01", grain="month", metric="revenue")) == []
    assert rows(program.get("readings/", status="green,red")) == []
    assert rows(program.get("readings/", status="grey"))


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"grain": "decade"}, "?grain"),
        ({"from_": "2026-13-01"}, "?from"),
        ({"from_": "0001-01-01"}, "?from"),
        ({"to": "9999-12-31"}, "?to"),
        ({"to": "99999-01-01"}, "?to"),
        ({"metric": "nothing"}, "?metric"),
        ({"metric": "a\0"}, "?metric"),
        ({"status": "blue"}, "?status"),
        ({"limit": "0"}, "?limit"),
        ({"limit": "501"}, "?limit"),
        ({"limit": "9" * 5000}, "?limit"),
        ({"cursor": "made-up"}, "?cursor"),
        ({"cursor": "x" * 3000}, "?cursor"),
        ({"scop": EAST}, "?scop"),
        ({"scope": EAST, "within": EAST}, "?within"),
        ({"scope": ["company", EAST]}, "?scope"),
        ({"as_of": "2026-06-30"}, "?scope"),
        ({"as_of": "2026-06-30", "scope": EAST, "grain": "day", "from_": "2020-01-01", "to": "2026-01-01"}, "?to"),
    ],
)  # fmt: skip
def test_a_question_that_is_wrong_says_where(company: None, query: dict[str, Any], pointer: str) -> None:
    response = Program(bob()).get("readings/", **query)
    assert response.status_code == 400
    assert pointers(response)[0] == pointer


def test_any_grain_of_any_cross_of_areas_is_computed_as_of_a_day(company: None) -> None:
    program = Program(alice())
    asked = {"as_of": "2026-06-15", "scope": "channel:抖音直播+region:华东/上海", "metric": "revenue", "from_": "2026-01-01", "to": "2026-12-31"}  # fmt: skip
    assert rows(program.get("readings/", grain="month", **asked)) == []
    known = {**asked, "scope": EAST}
    months = rows(program.get("readings/", grain="month", **known))
    assert [(one["period"], one["target"]) for one in months] == [("2026-06", "1000.125")]
    days = rows(program.get("readings/", grain="day", **{**known, "from_": "2026-06-01", "to": "2026-06-30"}))
    assert len(days) == 30
    assert sum((Decimal(one["target"]) for one in days), Decimal(0)).quantize(Decimal("0.001")) == Decimal(
        "1000.125"
    )
    assert program.get("readings/", grain="month", **{**asked, "scope": NORTH}).status_code == 404


def test_computed_figures_are_those_that_are_kept(company: None) -> None:
    program = Program(bob())
    today = timezone.localdate().isoformat()
    kept = rows(program.get("readings/", scope=EAST, grain="month"))
    asked = {"as_of": today, "scope": EAST, "grain": "month", "from_": "2026-01-01", "to": "2026-12-31"}
    computed = rows(program.get("readings/", **asked))
    assert [{**one, "changed_at": None} for one in kept] == sorted(
        computed, key=lambda one: _place(one["metric"])
    )


def _place(code: str) -> int:
    return Metric.objects.get(code=code).pk


# -- Pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["readings/", "targets/", "scopes/", "metrics/", "measures/"])
def test_pages_together_hold_every_row_once(company: None, address: str) -> None:
    program = Program(bob())
    whole = rows(program.get(address, limit=500))
    assert len(whole) > 4
    assert list(everything(program, address, limit=2)) == whole


def test_rows_that_come_or_go_between_pages_neither_repeat_nor_hide_others(company: None) -> None:
    program = Program(bob())
    before = [(one["scope"], one["metric"]) for one in rows(program.get("targets/", limit=500))]
    first = program.get("targets/", limit=3)
    plan("region:华中", "5")
    Target.objects.filter(scope__key=before[0][0], metric__code=before[0][1]).delete()
    seen = [(one["scope"], one["metric"]) for one in rows(first)]
    response = first
    while following := response.json()["next"]:
        response = program.get(following)
        seen += [(one["scope"], one["metric"]) for one in rows(response)]
    assert [key for key in seen if key in before] == before
    assert len(set(seen)) == len(seen)


def test_a_cursor_is_good_for_its_person_and_its_question_alone(company: None) -> None:
    following = Program(bob()).get("targets/", limit=2).json()["next"]
    assert Program(ada()).get(following).status_code == 400
    assert Program(bob()).get(following + "&grain=month").status_code == 400
    cursor = following.partition("cursor=")[2]
    assert Program(bob()).get("readings/", cursor=cursor).status_code == 400
    assert Program(bob()).get(following).status_code == 200


def test_a_cursor_shows_nothing_once_the_grant_is_gone(company: None) -> None:
    person = bob()
    program = Program(person)
    following = program.get("targets/", limit=2).json()["next"]
    person.grants.all().delete()
    alices = alice().grants.get()
    person.grants.create(role=alices.role, scope=alices.scope)
    assert "华北" not in program.get(following).content.decode()


# -- Areas, metrics, measures -----------------------------------------------------------------------


def test_areas_come_as_trees_and_name_nobody_elses(company: None) -> None:
    response = Program(alice()).get("scopes/")
    found = {row["scope"]: row for row in rows(response)}
    assert set(found) == {"region:华东", "region:华东/上海", "channel:抖音直播"}
    assert found["region:华东/上海"]["parent"] == "region:华东"
    assert found["region:华东"]["own_figures"]
    assert not found["channel:抖音直播"]["own_figures"]
    assert "华北" not in response.content.decode()


def test_a_parent_that_is_not_hers_is_not_named(company: None) -> None:
    found = rows(Program(alice("region:华东/上海")).get("scopes/", dimension="region"))
    assert [(row["scope"], row["parent"]) for row in found] == [("region:华东/上海", None)]


def test_areas_are_found_by_name_and_narrowed(company: None) -> None:
    program = Program(bob())
    assert areas(program.get("scopes/", search="北京")) == ["region:华北/北京分店"]
    assert areas(program.get("scopes/", within=NORTH)) == [NORTH, "region:华北/北京分店"]
    assert areas(program.get("scopes/", dimension="channel")) == ["channel:抖音直播"]
    assert rows(Program(alice()).get("scopes/", search="北京")) == []
    assert Program(alice()).get("scopes/", within=NORTH).status_code == 404


def test_areas_that_were_put_away_are_shown_when_asked_for(company: None) -> None:
    node("region:华东/上海").__class__.objects.filter(path="华东/上海").update(archived_at=timezone.now())
    program = Program(bob())
    assert "region:华东/上海" not in areas(program.get("scopes/"))
    assert "region:华东/上海" in areas(program.get("scopes/", archived="true"))


def test_metrics_say_how_they_are_made(company: None) -> None:
    roas = next(row for row in rows(Program(charlie()).get("metrics/")) if row["code"] == "roas")
    assert (roas["numerator"], roas["denominator"], roas["scale"]) == ({"revenue": "1"}, {"cost": "1"}, "1")
    measures = {row["code"] for row in rows(Program(charlie()).get("measures/"))}
    assert {"revenue", "cost", "orders"} <= measures


# -- Alerts -----------------------------------------------------------------------------------------


@pytest.fixture
def alerts() -> dict[str, int]:
    """An alert in each of two regions."""
    made = {}
    for area in (f"{EAST}/上海", f"{NORTH}/北京分店"):
        alert_builders.rule(bob(), area=area)
        alert_builders.figure(scope(area), "0.6")
        alert_builders.look()
        made[area] = alert_builders.episode(area).pk
    return made


def test_alice_reads_the_alerts_of_her_region(alerts: dict[str, int]) -> None:
    program = Program(alice())
    response = program.get("episodes/", state="open")
    assert areas(response) == ["region:华东/上海"]
    assert "北京" not in response.content.decode()
    ours, theirs = alerts[f"{EAST}/上海"], alerts[f"{NORTH}/北京分店"]
    one = program.get(f"episodes/{ours}/").json()
    assert one["tier"] in ("watch", "warning", "critical")
    assert one["events"][0]["kind"] == "first"
    assert program.get(f"episodes/{theirs}/").status_code == 404
    assert program.get(f"episodes/{10**30}/").status_code == 404
    assert rows(program.get("episodes/", state="closed")) == []
    assert rows(program.get("episodes/", metric="roi")) == []


# -- Targets ----------------------------------------------------------------------------------------


NEXT_YEAR = date.today().year + 1  # months that are closed are locked


def put(person: Person, *targets: dict[str, Any]) -> Any:
    return Program(person).put("targets/", {"targets": list(targets)})


def a_target(**fields: Any) -> dict[str, Any]:
    return {"metric": "revenue", "scope": EAST, "period": f"{NEXT_YEAR}-07", "value": "250.5", **fields}


def test_alice_sets_two_targets_as_one_change(company: None) -> None:
    response = put(alice(), a_target(based_on=0), a_target(scope="channel:抖音直播+region:华东", value=7))
    assert response.status_code == 200
    found = response.json()
    assert found["changed"] == 2
    assert [(one["scope"], one["value"], one["version"], one["set_by"]) for one in found["results"]] == [
        ("region:华东", "250.5", 1, "Alice"), ("region:华东+channel:抖音直播", "7", 1, "Alice"),
    ]  # fmt: skip
    again = put(alice(), a_target(based_on=1))
    assert again.json()["changed"] == 0
    gone = put(alice(), a_target(value=None, based_on=1)).json()["results"][0]
    assert (gone["value"], gone["version"]) == (None, 2)


def test_a_cross_of_areas_that_nobody_has_pointed_to_gets_its_target(company: None) -> None:
    node("product:护肤")
    assert put(alice(), a_target(scope="product:护肤+region:华东/上海")).status_code == 200
    assert Target.objects.filter(scope__key="region:华东/上海+product:护肤", value="250.5").exists()


def test_who_saw_an_older_version_is_told_what_holds_now_and_nothing_is_set(company: None) -> None:
    put(bob(), a_target(value="1"))
    put(bob(), a_target(value="2"))
    response = put(alice(), a_target(period=f"{NEXT_YEAR}-08"), a_target(value="3", based_on=1))
    assert response.status_code == 409
    fault = response.json()["errors"][0]
    assert fault["pointer"] == "#/targets/1/based_on"
    current = fault["current"]
    assert (current["version"], current["value"], current["set_by"]) == (2, "2", "Bob")
    assert not Target.objects.filter(start=f"{NEXT_YEAR}-08-01").exists()


@pytest.mark.parametrize(
    ("bad", "status", "part"),
    [
        ({"metric": "nothing"}, 422, "metric"),
        ({"metric": None}, 422, "metric"),
        ({"metric": {}}, 422, "metric"),
        ({"scope": NORTH}, 404, "scope"),
        ({"scope": "region:nowhere"}, 404, "scope"),
        ({"scope": "company"}, 404, "scope"),
        ({"scope": "\0"}, 422, "scope"),
        ({"scope": "region:\ud800"}, 422, "scope"),
        ({"scope": 5}, 422, "scope"),
        ({"period": "9999-12"}, 422, "period"),
        ({"period": "0001"}, 422, "period"),
        ({"period": "2026-W54"}, 422, "period"),
        ({"period": "2026-06-31"}, 422, "period"),
        ({"period": 2026}, 422, "period"),
        ({"value": "NaN"}, 422, "value"),
        ({"value": float("inf")}, 422, "value"),
        ({"value": "1e400"}, 422, "value"),
        ({"value": "1e15"}, 422, "value"),
        ({"value": "0.0000001"}, 422, "value"),
        ({"value": "1_000"}, 422, "value"),
        ({"value": "１２"}, 422, "value"),
        ({"value": True}, 422, "value"),
        ({"value": [1]}, 422, "value"),
        ({"value": "9" * 400}, 422, "value"),
        ({"based_on": -1}, 422, "based_on"),
        ({"based_on": 1.5}, 422, "based_on"),
        ({"based_on": "1"}, 422, "based_on"),
        ({"based_on": 10**30}, 422, "based_on"),
        ({"valeu": 5}, 422, "valeu"),
    ],
)
def test_a_target_that_cannot_be_stops_all_and_says_where(
    company: None, bad: dict[str, Any], status: int, part: str
) -> None:
    before = Target.objects.count()
    body = json.dumps({"targets": [a_target(), a_target(period=f"{NEXT_YEAR}-09") | bad]})
    response = Program(alice()).put("targets/", body)
    assert (response.status_code, pointers(response)) == (status, [f"#/targets/1/{part}"])
    assert Target.objects.count() == before
    assert "华北" not in response.content.decode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("{", 400), ("[]", 400), ("5", 400), ('{"targets": 5}', 400), ('{"targets": []}', 422),
        ('{"targets": [5]}', 422), ('{"targets": [{}], "more": 1}', 400), ('{"targets": [], "targets": []}', 400),
        (json.dumps({"targets": [{}] * 501}), 413),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_told_so(company: None, body: str, status: int) -> None:
    assert Program(alice()).put("targets/", body).status_code == status


def test_a_closed_month_stays_as_it_is_and_is_pointed_to(company: None) -> None:
    response = put(alice(), a_target(), a_target(period="2025-03"))
    assert (response.status_code, pointers(response)) == (422, ["#/targets/1/period"])
    assert "March 2025 closed on" in response.json()["errors"][0]["reason"]
    assert not Target.objects.filter(start=f"{NEXT_YEAR}-07-01").exists()


def test_a_target_twice_in_one_change_is_not_guessed_at(company: None) -> None:
    response = put(alice(), a_target(), a_target(value=9))
    assert (response.status_code, pointers(response)) == (422, ["#/targets/1"])


def test_who_leads_one_region_and_looks_at_another_may_not_plan_there(company: None) -> None:
    person = alice()
    charlies = charlie(NORTH).grants.get()
    person.grants.create(role=charlies.role, scope=charlies.scope)
    response = put(person, a_target(scope=NORTH))
    assert (response.status_code, pointers(response)) == (403, ["#/targets/0/scope"])
    assert put(charlie(NORTH), a_target(scope=NORTH)).status_code == 403
    assert put(mallory(), a_target()).status_code == 403


def test_a_plan_of_hundreds_costs_a_few_looks(company: None, django_assert_max_num_queries: Any) -> None:
    person = bob()
    places = [f"{EAST}/店{n}" for n in range(60)]
    for place in places:
        node(place)
    program = Program(person)
    with django_assert_max_num_queries(110):  # 60 of them are audit entries
        response = program.put("targets/", {"targets": [a_target(scope=place) for place in places]})
    assert response.json()["changed"] == 60


def test_long_lists_cost_a_few_queries(company: None, django_assert_max_num_queries: Any) -> None:
    program = Program(bob())
    assert Reading.objects.count() > 5
    for address in ("readings/", "targets/", "scopes/", "metrics/", "episodes/", "imports/"):
        with django_assert_max_num_queries(20):
            program.get(address)
