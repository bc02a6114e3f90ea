"""Programs read what helps to plan, keep benchmarks, and answer what speaks against targets, as their people may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.periods import Period
from kpis.models import Benchmark, Metric, Target, TargetWarning
from kpis.services import set_target
from organization.models import AuditEntry
from tests.api.callers import Program, pointers
from tests.kpis.test_suggest_page import days
from tests.people import ada, alice, bob, charlie, dana, mallory, node, scope

pytestmark = pytest.mark.django_db
YEAR = date.today().year + 1
EAST, WEST = "region:华东", "region:华北"


def plan(area: str, period: str, value: str, metric: str = "revenue") -> Target:
    made = set_target(
        metric=Metric.objects.get(code=metric), scope=scope(area), period=Period.parse(period),
        value=Decimal(value), person=None,
    )  # fmt: skip
    assert made is not None
    return made


# -- A year suggested -------------------------------------------------------------------------------


def test_a_year_is_suggested_with_what_it_assumes_and_how_far_off_it_would_have_been() -> None:
    days(EAST, 4)
    found = Program(alice()).get("suggestions/", metric="revenue", scope=EAST, year=str(YEAR)).json()
    assert (found["year"], found["scope"], found["too_little"]) == (str(YEAR), EAST, None)
    assert [one["kind"] for one in found["proposals"]] == ["steady", "ambitious", "stretch"]
    assert all(one["assumes"] for one in found["proposals"])
    assert Decimal(found["low"]) < Decimal(found["expected"]) < Decimal(found["high"])
    assert sum(Decimal(one["share"]) for one in found["months"]) == pytest.approx(1, abs=Decimal("0.001"))
    assert found["trials"]
    assert found["years"][-1]["complete"] is False
    # The next year, where none is said.
    assert Program(alice()).get("suggestions/", metric="revenue", scope=EAST).json() == found


def test_too_little_history_says_what_it_needs() -> None:
    days("company", 1)
    found = Program(bob()).get("suggestions/", metric="revenue").json()
    assert found["too_little"]["reason"] == "short"
    assert found["too_little"]["known_days"] < found["too_little"]["needed_days"] == 730
    assert (found["expected"], found["proposals"]) == (None, [])
    assert Program(bob()).get("suggestions/", metric="leads").json()["too_little"]["reason"] == "empty"


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ({"metric": "nothing"}, 400, "?metric"),
        ({"metric": "roas"}, 422, "?metric"),
        ({}, 400, "?metric"),
        ({"metric": "revenue", "year": "1990"}, 400, "?year"),
        ({"metric": "revenue", "year": "next"}, 400, "?year"),
        ({"metric": "revenue", "scope": WEST}, 404, "?scope"),
        ({"metric": "revenue", "scope": "company"}, 404, "?scope"),
        ({"metric": "revenue", "area": EAST}, 400, "?area"),
    ],
)
def test_a_question_that_makes_no_sense_says_where(query: dict[str, str], status: int, pointer: str) -> None:
    scope(EAST), scope(WEST)
    answer = Program(alice()).get("suggestions/", **query)
    assert (answer.status_code, pointers(answer)) == (status, [pointer])


# -- Parts and wholes -------------------------------------------------------------------------------


def test_where_parts_and_wholes_disagree_is_told_of_ones_own_areas() -> None:
    plan("company", str(YEAR), "100")
    plan(EAST, str(YEAR), "60")
    plan(WEST, str(YEAR), "45")
    plan(EAST, f"{YEAR}-01", "61")
    for month in range(2, 13):
        plan(EAST, f"{YEAR}-{month:02d}", "0")
    program = Program(bob())
    found = program.get("plan-check/", metric="revenue", year=str(YEAR)).json()
    assert [(one["scope"], one["tree"], one["difference"], one["state"]) for one in found["findings"]] == [
        ("company", "region", "5", "more"),
        (EAST, "", "1", "more"),
    ]
    assert (found["volumes"], found["left_out"]) == ("", 0)
    less = program.get("plan-check/", metric="revenue", year=str(YEAR), limit="1").json()
    assert (len(less["findings"]), less["left_out"]) == (1, 1)
    hers = Program(alice()).get("plan-check/", metric="revenue", year=str(YEAR)).json()
    assert [one["scope"] for one in hers["findings"]] == [EAST]
    for query, pointer in (
        ({"metric": "x", "year": "2027"}, "?metric"),
        ({"metric": "revenue", "year": "x"}, "?year"),
    ):
        assert pointers(program.get("plan-check/", **query)) == [pointer]


# -- Benchmarks -------------------------------------------------------------------------------------


def test_bob_enters_a_benchmark_corrects_it_and_takes_it_out() -> None:
    program = Program(bob())
    body = {"metric": "revenue", "value": "0.12", "first_day": f"{YEAR}-01-01", "source": "Chamber"}
    made = program.post("benchmarks/", body)
    assert made.status_code == 201
    assert (made.json()["scope"], made.json()["value"], made.json()["entered_by"]) == (
        "company",
        "0.12",
        "Bob",
    )
    node(EAST)
    assert program.post("benchmarks/", {**body, "value": 0.15}).json()["id"] == made.json()["id"]
    assert program.post("benchmarks/", {**body, "scope": EAST}).status_code == 201
    assert [one["value"] for one in program.get("benchmarks/").json()["results"]] == ["0.12", "0.15"]
    assert program.send("DELETE", f"benchmarks/{made.json()['id']}/").status_code == 204
    assert program.send("DELETE", f"benchmarks/{made.json()['id']}/").status_code == 404
    assert Benchmark.objects.get().scope.key == EAST
    assert AuditEntry.objects.filter(action="benchmark.remove").exists()


@pytest.mark.parametrize(
    ("more", "status", "pointer"),
    [
        ({"metric": "nothing"}, 422, "#/metric"),
        ({"value": "many"}, 422, "#/value"),
        ({"value": 10**13}, 422, "#/value"),
        ({"first_day": "1066-10-14"}, 400, "#/first_day"),
        ({"source": ""}, 400, "#/source"),
        ({"scope": "region:nowhere"}, 404, "#/scope"),
        ({"day": "x"}, 400, "#/day"),
    ],
)
def test_a_benchmark_that_cannot_be_says_where(more: dict[str, Any], status: int, pointer: str) -> None:
    body = {"metric": "revenue", "value": "0.1", "first_day": "2026-01-01", "source": "Chamber", **more}
    answer = Program(bob()).post("benchmarks/", body)
    assert (answer.status_code, pointers(answer)) == (status, [pointer])
    assert not Benchmark.objects.exists()


def test_benchmarks_are_for_those_who_keep_metrics() -> None:
    for who in (alice(), charlie(), dana(), mallory()):
        assert Program(who).get("benchmarks/").status_code == 403
        assert Program(who).post("benchmarks/", {}).status_code == 403
        assert Program(who).send("DELETE", "benchmarks/1/").status_code == 403
    assert Program(ada(), ["read"]).post("benchmarks/", {}).status_code == 403


# -- What speaks against targets --------------------------------------------------------------------


def doubt(area: str) -> TargetWarning:
    return TargetWarning.objects.create(
        target=plan(area, f"{YEAR}-05", "900"), code="capacity", figures={"best": "600", "month": "2026-01"}
    )


def test_alice_reads_what_speaks_against_her_targets_and_answers() -> None:
    hers, other = doubt(EAST), doubt(WEST)
    program = Program(alice())
    (one,) = program.get("targets/warnings/").json()["results"]
    assert (one["id"], one["scope"], one["period"], one["value"]) == (hers.pk, EAST, f"{YEAR}-05", "900")
    assert "600" in one["said"]
    said = program.post(f"targets/warnings/{hers.pk}/answer/", {"answer": " A second line opens. "})
    assert said.status_code == 200
    assert (said.json()["answer"], said.json()["answered_by"]) == ("A second line opens.", "Alice")
    assert [one["id"] for one in program.get("targets/warnings/", answered="true").json()["results"]] == [
        hers.pk
    ]
    assert program.get("targets/warnings/", answered="false").json()["results"] == []
    assert program.post(f"targets/warnings/{hers.pk}/answer/", {"answer": ""}).json()["answered_at"] is None
    assert program.post(f"targets/warnings/{other.pk}/answer/", {"answer": "x"}).status_code == 404
    assert len(Program(bob()).get("targets/warnings/", metric="revenue").json()["results"]) == 2
    assert Program(bob()).get("targets/warnings/", within=EAST, metric="cost").json()["results"] == []


def test_who_only_looks_reads_and_does_not_answer() -> None:
    one = doubt(EAST)
    assert len(Program(charlie()).get("targets/warnings/").json()["results"]) == 1
    for who in (charlie(), dana(), mallory()):
        assert Program(who).post(f"targets/warnings/{one.pk}/answer/", {"answer": "x"}).status_code == 403
    too_long = Program(bob()).post(f"targets/warnings/{one.pk}/answer/", {"answer": "x" * 1001})
    assert (too_long.status_code, pointers(too_long)) == (400, ["#/answer"])
