"""Programs read objectives and check in, as their people may."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from kpis.models import CheckIn
from tests.api.callers import Program, pointers
from tests.dashboards.figures import keep
from tests.kpis.objectives import TODAY, D, objective, result, say, tied
from tests.people import alice, bob, charlie, dana, mallory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )


def rows(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content.decode()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_alice_reads_the_objectives_of_her_region_with_how_they_stand() -> None:
    top = objective("Top", "company")
    east = objective("Win the East", owner=alice(), supports_objective=top)
    say(result(east, "Partners"), "4", 7)
    tied(east, "region:华北", target="1234567")
    tied(east, target="1200")
    keep("region:华东", "revenue", "600", expected="600", target="1200", period="2026-Q4")
    objective("Win the North", "region:华北")
    (one,) = rows(Program(alice()).get("objectives/", quarter="2026-Q4"))
    assert (one["title"], one["quarter"], one["scope"], one["owner"]) == (
        "Win the East", "2026-Q4", "region:华东", "Alice",
    )  # fmt: skip
    assert (one["supports_objective"], one["supports_hidden"], one["orphan"]) == (None, True, False)
    assert one["hidden_key_results"] == 1
    partners, revenue = one["key_results"]
    assert (partners["value"], partners["grade"], partners["status"], partners["confidence"]) == (
        "4",
        "0.4",
        "red",
        7,
    )
    assert (revenue["metric"], revenue["scope"], revenue["grade"], revenue["status"]) == (
        "revenue",
        "region:华东",
        "0.5",
        "green",
    )
    whole = Program(bob()).get("objectives/", within="region:华东").json()["results"]
    assert whole[0]["supports_objective"] == top.pk
    assert "1234567" in Program(bob()).get("objectives/").content.decode()
    assert "1234567" not in Program(alice()).get("objectives/").content.decode()


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ({"quarter": "2026-11"}, 400, "?quarter"),
        ({"quarter": "Q4"}, 400, "?quarter"),
        ({"quarter": "9999-Q4"}, 400, "?quarter"),
        ({"level": "planet"}, 400, "?level"),
        ({"scope": "region:华北"}, 404, "?scope"),
        ({"levels": "team"}, 400, "?levels"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_says_where(query: dict[str, str], status: int, pointer: str) -> None:
    response = Program(alice()).get("objectives/", **query)
    assert response.status_code == status
    assert pointers(response) == [pointer]


def test_objectives_are_narrowed_by_level_and_state() -> None:
    objective("Top", "company")
    objective("East", begun=False)
    program = Program(bob())
    assert [one["title"] for one in rows(program.get("objectives/", level="company"))] == ["Top"]
    assert [one["title"] for one in rows(program.get("objectives/", state="draft"))] == ["East"]
    assert rows(program.get("objectives/", quarter="2026-Q3")) == []


def test_charlie_checks_in_his_own_by_a_program_and_both_versions_are_there() -> None:
    one = result(objective("Win the East", owner=charlie()))
    program, address = Program(charlie()), f"key-results/{one.pk}/check-ins/"
    made = program.post(address, {"value": 3.5, "confidence": 6, "note": "slow"})
    assert made.status_code == 201, made.content.decode()
    assert (made.json()["value"], made.json()["week"], made.json()["by"]) == ("3.5", "2026-11-16", "Charlie")
    assert program.post(address, {"value": "4", "confidence": 7}).status_code == 201
    newest, before = rows(program.get(address))
    assert (newest["value"], newest["holds"], newest["version"]) == ("4", True, 2)
    assert (before["value"], before["holds"], before["note"]) == ("3.5", False, "slow")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"value": "3", "confidence": 11}, 400, "#/confidence"),
        ({"value": "3", "confidence": "sure"}, 400, "#/confidence"),
        ({"value": "3"}, 400, "#/confidence"),
        ({"value": "many", "confidence": 5}, 422, "#/value"),
        ({"value": 10**18, "confidence": 5}, 422, "#/value"),
        ({"confidence": 5}, 422, "#/value"),
        ({"value": "3", "confidence": 5, "note": "x" * 1001}, 400, "#/note"),
        ([], 400, "#/"),
    ],
)  # fmt: skip
def test_a_check_in_that_cannot_be_says_where(body: Any, status: int, pointer: str) -> None:
    one = result(objective(owner=alice()))
    response = Program(alice()).post(f"key-results/{one.pk}/check-ins/", body)
    assert response.status_code == status, response.content.decode()
    assert pointers(response) == [pointer]
    assert not CheckIn.objects.exists()


def test_who_may_not_is_told_no_more_than_on_the_page() -> None:
    one = result(objective("Win the North", "region:华北"))
    address = f"key-results/{one.pk}/check-ins/"
    body = {"value": "3", "confidence": 5}
    for who, status in ((alice(), 404), (dana(), 403), (mallory(), 403), (bob(), 201)):
        assert Program(who).post(address, body).status_code == status
    assert Program(bob(), ["read"]).post(address, body).status_code == 403
    assert Program(alice()).get(address).status_code == 404
    assert CheckIn.objects.get().value == D(3)
