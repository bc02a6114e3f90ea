"""Months that closed off plan, and why figures moved, for programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from decisions.models import Proposal
from decisions.services import decide
from kpis.models import Calibration, Target
from kpis.services.calibrating import file_calibration
from tests.api.callers import Program
from tests.kpis.calibrations import DECEMBER, NOVEMBER, NOW, aim, closed_at, east_fell, execution, opened
from tests.kpis.test_movement import aim as plan
from tests.kpis.test_movement import told
from tests.people import ada, alice, bob, charlie, person

pytestmark = pytest.mark.django_db
__all__ = ["told"]  # the fixture
D = Decimal
MARKET: dict[str, Any] = {
    "cause": "market",
    "reason": "A rival opened ten shops.",
    "plan": "Advertise nearer to our own.",
    "numbers": [
        {"period": "2026-11", "value": "1000", "based_on": 1},
        {"period": "2026-12", "value": 1500.5},
    ],
}


@pytest.fixture(autouse=True)
def the_tenth_of_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def pointers(response: Any, status: int) -> list[str]:
    assert response.status_code == status, response.content
    return sorted(fault["pointer"] for fault in response.json().get("errors", []))


# -- Calibrations


def test_a_program_lists_what_closed_off_plan_by_what_is_asked() -> None:
    closed_at("region:east", "820", "1000")
    closed_at("region:west", "500", "1000")
    closed_at("region:east", "500", "400", code="cost")
    opened()
    alices, bobs = Program(alice("region:east")), Program(bob())
    (cost, east) = alices.get("calibrations/").json()["results"]
    assert (east["scope"], east["month"], east["target"], east["value"]) == (
        "region:east",
        "2026-10",
        "1000",
        "820",
    )
    assert (east["off"], east["state"], east["cause"], east["numbers"]) == ("-0.18", "open", None, {})
    assert cost["off"] == "0.25"

    def found(**asked: str) -> int:
        return len(bobs.get("calibrations/", **asked).json()["results"])

    assert found() == 3
    assert found(within="region:east") == 2
    assert found(scope="company") == 0
    assert found(metric="revenue") == 2
    assert found(metric="orders,cost") == 1
    assert found(from_="2026-11-01") == 0
    assert found(state="approved") == 0
    assert found(waiting="true") == 3
    assert len(Program(charlie()).get("calibrations/", waiting="true").json()["results"]) == 0
    page = bobs.get("calibrations/", limit=2).json()
    assert len(page["results"]) == 2
    assert len(bobs.get(page["next"]).json()["results"]) == 1
    assert pointers(bobs.get("calibrations/", state="lost", colour="red"), 400) == ["?colour", "?state"]
    assert alices.get("calibrations/", within="region:west").status_code == 404


def test_a_program_reads_one_with_the_months_that_may_change() -> None:
    made = east_fell()
    read = Program(alice("region:east")).get(f"calibrations/{made.pk}/").json()
    assert read["left"] == [
        {"period": "2026-11", "target": "1200", "original": "1200", "version": 1},
        {"period": "2026-12", "target": "1800", "original": "1800", "version": 1},
    ]
    assert read["may_file"] is True
    assert Program(charlie()).get(f"calibrations/{made.pk}/").json()["may_file"] is False
    assert Program(person("Lea", "lead", "region:west")).get(f"calibrations/{made.pk}/").status_code == 404


def test_a_program_files_what_the_market_did_and_targets_move_when_it_is_approved() -> None:
    lead, manager, made = alice("region:east"), bob(), east_fell()
    filed = Program(lead).post(f"calibrations/{made.pk}/file/", MARKET)
    assert filed.status_code == 200, filed.content
    said = filed.json()
    assert (said["state"], said["cause"], said["may_file"]) == ("proposed", "market", False)
    assert said["numbers"] == {"2026-11": "1000", "2026-12": "1500.5"}
    proposal = Proposal.objects.get(pk=said["proposal"])
    decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=NOW)
    held = dict(Target.objects.filter(superseded_at=None).values_list("start", "value"))
    assert (held[NOVEMBER], held[DECEMBER]) == (1000, D("1500.5"))


def test_a_program_files_that_execution_failed() -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    body = {"cause": "execution", "reason": "Late.", "plan": "Earlier."}
    assert Program(lead).post(f"calibrations/{made.pk}/file/", body).json()["numbers"] == {}


@pytest.mark.parametrize(
    ("amiss", "status", "where"),
    [
        ({"cause": "weather"}, 400, ["#/cause"]),
        ({"reason": " "}, 400, ["#/reason"]),
        ({"plan": None}, 400, ["#/plan"]),
        ({"numbers": "many"}, 400, ["#/numbers"]),
        ({"numbers": [{"period": "soon", "value": "x"}]}, 400, ["#/numbers/0/period", "#/numbers/0/value"]),
        ({"numbers": [{"period": "2026-11", "value": "1e18"}]}, 400, ["#/numbers/0/value"]),
        ({"numbers": [{"period": "2026-11", "value": "1"}] * 2}, 400, ["#/numbers/1/period"]),
        ({"numbers": [{"period": "2026-10", "value": "1"}]}, 422, []),
        ({"numbers": []}, 422, []),
        ({"numbers": [{"period": "2026-11", "value": "7", "based_on": 4}]}, 409, ["#/numbers/0/based_on"]),
    ],
)
def test_what_a_program_files_amiss_is_said_with_its_place_and_nothing_is_filed(
    amiss: dict[str, Any], status: int, where: list[str]
) -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    assert pointers(Program(lead).post(f"calibrations/{made.pk}/file/", {**MARKET, **amiss}), status) == where
    assert not Proposal.objects.exists()


def test_a_conflict_brings_what_holds() -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    aim("region:east", "1300", "2026-11")
    response = Program(lead).post(f"calibrations/{made.pk}/file/", MARKET)
    assert response.status_code == 409
    (fault,) = response.json()["errors"]
    assert fault["current"] == {"period": "2026-11", "value": "1300", "version": 2}


def test_who_may_not_file_it_is_refused_and_so_is_a_token_for_less() -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    address = f"calibrations/{made.pk}/file/"
    assert Program(charlie()).post(address, MARKET).status_code == 403
    assert Program(lead, ["read"]).post(address, MARKET).status_code == 403
    assert Program(person("Lea", "lead", "region:west")).post(address, MARKET).status_code == 404
    file_calibration(calibration=made, filing=execution(), person=lead, as_of=NOW)
    assert Program(lead).post(address, MARKET).status_code == 409
    assert Calibration.objects.get().cause == "execution"


def test_a_page_of_calibrations_costs_no_more_for_many(django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        closed_at(f"region:r{number}", "800", "1000")
    opened()
    program = Program(ada())
    program.get("calibrations/")
    with django_assert_max_num_queries(10):
        assert len(program.get("calibrations/").json()["results"]) == 30


# -- Why it moved


def moved(who: Any, status: int = 200, **asked: str) -> Any:
    known = {"metric": "revenue", "scope": "company", "period": "2026-10", "against": "last_period", **asked}
    response = Program(who).get("movement/", **known)
    assert response.status_code == status, response.content
    return response.json()


@pytest.mark.parametrize("metric", ["revenue", "roas", "cost"])
@pytest.mark.parametrize("against", ["last_period", "last_year"])
def test_the_parts_that_a_program_reads_add_up_to_the_change_exactly(
    told: None, metric: str, against: str
) -> None:
    found = moved(bob(), metric=metric, against=against)
    if found["change"] is None:
        assert against == "last_year"
        return
    assert D(found["after"]) - D(found["before"]) == D(found["change"])
    assert found["splits"]
    for split in found["splits"]:
        assert D(split["change"]) == D(found["change"])
        assert sum((D(part["effect"]) for part in split["parts"]), D(0)) == D(found["change"])
        for part in split["parts"]:
            terms = [D(part[name]) for name in ("volume", "rate", "mix") if part[name] is not None]
            assert not terms or sum(terms, D(0)) == D(part["effect"])


def test_a_program_reads_against_the_plan_and_the_nearest_events(told: None) -> None:
    plan("revenue", "region:east", "5000")
    found = moved(bob(), scope="region:east", against="expected")
    assert (found["before"], found["against"]) == ("5000", "expected")
    assert found["days"] == {"first_day": "2026-10-01", "last_day": "2026-10-31"}
    assert [split["main"] for split in found["splits"]].count(True) == 1
    assert date.fromisoformat(found["beside"]["first_day"]) < date(2026, 10, 1)


def test_where_there_is_no_value_there_is_no_change(told: None) -> None:
    found = moved(bob(), period="2020-01")
    assert (found["change"], found["splits"]) == (None, [])


def test_alice_reads_of_her_region_alone(told: None) -> None:
    assert "west" not in str(moved(alice("region:east"), scope="region:east"))
    moved(alice("region:east"), status=404)
    moved(alice("region:east"), status=404, scope="region:west")


@pytest.mark.parametrize(
    ("amiss", "where"),
    [
        ({"metric": "nothing"}, ["?metric"]),
        ({"period": "soon"}, ["?period"]),
        ({"period": "0001"}, ["?period"]),
        ({"against": "you"}, ["?against"]),
        ({"colour": "red"}, ["?colour"]),
    ],
)
def test_a_question_that_makes_no_sense_is_said_where(
    told: None, amiss: dict[str, str], where: list[str]
) -> None:
    known = {"metric": "revenue", "scope": "company", "period": "2026-10"}
    assert pointers(Program(bob()).get("movement/", **{**known, **amiss}), 400) == where
    assert pointers(Program(bob()).get("movement/"), 400) == ["?metric", "?period", "?scope"]
