"""Programs read scores and keep plans, as far as their people may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import PlanNote, Score, ScoreArea
from organization.models import Person
from tests.api.callers import Program, pointers
from tests.kpis.scores import a_card, a_score, responsible
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
EAST, WEST = "region:华东", "region:华北"


def scores(who: Person, **query: str) -> list[dict[str, Any]]:
    response = Program(who).get("scores/", **query)
    assert response.status_code == 200, response.content.decode()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def whom(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(one["person"] or one["team"] or one["subject"] for one in rows)


def of(
    grain: str, start: date, who: Person | None = None, team: str = "", area: str = EAST, card: str = "People"
) -> Score:
    made = Score.objects.create(
        card=a_card(card, subject="team" if team else "person"), person=who, team=node(team) if team else None,
        grain=grain, start=start, value=Decimal(75), rank=1, ranked=1,
    )  # fmt: skip
    ScoreArea.objects.create(score=made, scope=scope(area))
    return made


def test_alice_sees_her_own_and_her_teams_and_bob_all_of_those_he_manages() -> None:
    lee = person("Lee", "lead", WEST)
    a_score(alice(), EAST)
    a_score(lee, WEST)
    of("month", date(2026, 10, 1), team="team:east", area=EAST, card="Teams")
    of("month", date(2026, 10, 1), team="team:north", area=WEST, card="Teams")
    responsible(alice(), "team:east")
    assert whom(scores(alice())) == ["Alice", "team:east"]
    assert whom(scores(bob())) == ["Alice", "Lee", "team:east", "team:north"]
    assert whom(scores(charlie())) == ["team:east", "team:north"]
    assert whom(scores(alice(), mine="true")) == ["Alice"]
    assert Program(mallory()).get("scores/").status_code == 403


def test_months_quarters_and_years_are_asked_for() -> None:
    one = a_score(alice(), EAST)
    of("quarter", date(2026, 10, 1), alice())
    of("year", date(2026, 1, 1), alice())
    assert [one["period"] for one in scores(alice(), period="2026-Q4")] == ["2026-Q4"]
    assert [one["period"] for one in scores(alice(), grain="year")] == ["2026"]
    assert scores(alice(), period="2026-Q4", grain="month") == []
    (month,) = scores(alice(), period="2026-10", card=str(one.card_id), subject="person")
    assert (month["score"], month["rank"], month["behind"], month["has_plan"]) == ("80", 1, False, False)
    assert scores(alice(), period="2025-10") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"period": "2026-W40"}, "?period"),
        ({"period": "9999"}, "?period"),
        ({"period": "soon"}, "?period"),
        ({"grain": "day"}, "?grain"),
        ({"card": "x"}, "?card"),
        ({"whose": "Lee"}, "?whose"),
    ],
)
def test_a_question_that_makes_no_sense_says_where(query: dict[str, str], pointer: str) -> None:
    answer = Program(alice()).get("scores/", **query)
    assert (answer.status_code, pointers(answer)) == (400, [pointer])


def test_scores_cost_no_more_queries_when_there_are_many() -> None:
    program = Program(bob())

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert program.get("scores/").status_code == 200
        return len(asked)

    a_score(alice(), EAST)
    queries()
    few = queries()
    for number in range(8):
        a_score(person(f"Lead{number}"), EAST)
    assert queries() == few


def test_a_plan_is_opened_by_who_manages_noted_by_who_it_is_about_and_who_helps() -> None:
    score = a_score(alice(), EAST)
    helper = charlie()
    address = f"scores/{score.pk}/plan/"
    assert Program(bob()).get(address).status_code == 404
    assert Program(alice()).put(address, {"goal": "Mine"}).status_code == 403
    assert Program(helper).put(address, {"goal": "Hers"}).status_code == 404
    odd = Program(bob()).put(address, {"goal": "Win back the dealers", "mentor": "alice"})
    assert (odd.status_code, pointers(odd)) == (422, ["#/mentor"])
    made = Program(bob()).put(address, {"goal": "Win back the dealers", "mentor": helper.username})
    assert made.status_code == 200
    assert (made.json()["person"], made.json()["mentor"], made.json()["notes"]) == ("Alice", "Charlie", [])
    for who in (alice(), helper, bob()):
        assert Program(who).post(f"{address}notes/", {"text": f"{who.label} was there"}).status_code == 201
    seen = Program(helper).get(address).json()
    assert [one["by"] for one in seen["notes"]] == ["Bob", "Charlie", "Alice"]
    changed = Program(bob()).put(address, {"goal": "Two dealers a week"}).json()
    assert (changed["goal"], changed["mentor"]) == ("Two dealers a week", None)
    assert Program(helper).get(address).status_code == 404
    assert Program(bob()).post(f"{address}notes/", {"text": ""}).status_code == 400
    assert PlanNote.objects.count() == 3
    assert scores(alice())[0]["has_plan"] is True


def test_a_program_that_only_reads_writes_no_plan() -> None:
    score = a_score(alice(), EAST)
    assert Program(bob(), ["read"]).put(f"scores/{score.pk}/plan/", {"goal": "x"}).status_code == 403
