"""Decisions by program: the same gate, the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from decisions.models import Proposal, Task
from decisions.services import decide
from tests.api.callers import Program, pointers
from tests.decisions import plans
from tests.decisions.plans import PLAN, WEDNESDAY, carried_out, proposed
from tests.people import ada, alice, bob, charlie, person

pytestmark = pytest.mark.django_db


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_proposals_are_listed_by_what_is_asked() -> None:
    lead, manager = alice(), bob()
    first, second = proposed(lead, "region:华东"), proposed(lead, "region:华东/上海")
    decide(proposal=first, person=manager, verdict="reject", note="No.", as_of=WEDNESDAY)
    program = Program(manager)
    assert ids(program.get("proposals/")) == [second.pk, first.pk]
    assert ids(program.get("proposals/", state="rejected")) == [first.pk]
    assert ids(program.get("proposals/", scope="region:华东/上海")) == [second.pk]
    assert ids(program.get("proposals/", kind=PLAN, waiting="true")) == [second.pk]
    assert ids(Program(lead).get("proposals/", waiting="true")) == []
    assert ids(program.get("proposals/", kind="zq")) == []
    assert ids(Program(person("Ned", "manager", "region:华北")).get("proposals/")) == []
    one = program.get(f"proposals/{second.pk}/").json()
    assert (one["title"], one["state"], one["proposed_by"]) == ("Plan of 上海", "open", "Alice")
    assert one["steps"][0]["role"] == "manager"


def test_a_program_decides_asks_answers_and_withdraws() -> None:
    carried_out.clear()
    lead, manager = alice(), bob()
    at = f"proposals/{proposed(lead).pk}/decide/"
    asked = Program(manager).post(at, {"verdict": "ask", "note": "Why?", "version": 1})
    assert (asked.status_code, asked.json()["state"], asked.json()["version"]) == (200, "asked", 2)
    assert Program(lead).post(at, {"verdict": "answer", "note": "So."}).json()["state"] == "open"
    assert Program(manager).post(at, {"verdict": "approve", "version": 1}).status_code == 409
    done = Program(manager).post(at, {"verdict": "approve", "version": 3})
    assert (done.json()["state"], done.json()["decided_by"]) == ("approved", "Bob")
    assert Program(manager).post(at, {"verdict": "approve"}).status_code == 409
    at = f"proposals/{proposed(lead).pk}/decide/"
    assert Program(lead).post(at, {"verdict": "withdraw"}).json()["state"] == "withdrawn"
    assert len(carried_out) == 2


def test_a_program_is_refused_what_its_person_is_refused() -> None:
    lead, manager = alice(), bob()
    at = f"proposals/{proposed(lead).pk}/decide/"
    approve = {"verdict": "approve"}
    assert Program(lead).post(at, approve).status_code == 422
    assert Program(charlie()).post(at, approve).status_code == 403
    assert Program(person("Ned", "manager", "region:华北")).post(at, approve).status_code == 404
    assert Program(manager, ["read"]).post(at, approve).status_code == 403
    assert Program(manager).post(at, {"verdict": "reject"}).status_code == 422
    assert Program(manager).post("proposals/999999/decide/", approve).status_code == 404
    assert Proposal.objects.get().state == "open"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["#/verdict"]),
        ([], ["#/"]),
        ({"verdict": "zq"}, ["#/verdict"]),
        ({"verdict": "ask", "note": "x" * 10_001}, ["#/note"]),
        ({"verdict": "ask", "note": "a\ud800"}, ["#/note"]),
        ({"verdict": "ask", "version": "zq"}, ["#/version"]),
    ],
)
def test_what_a_program_sends_amiss_is_said_with_its_place(body: Any, where: list[str]) -> None:
    import json

    manager = bob()
    at = f"proposals/{proposed(alice()).pk}/decide/"
    response = Program(manager).post(at, json.dumps(body))
    assert response.status_code == 400
    assert pointers(response) == where


def test_tasks_are_listed_and_finished() -> None:
    lead = alice()
    mine, other = plans.task(whose=lead, opened_for="a"), plans.task(opened_for="b")
    program = Program(lead)
    assert ids(program.get("tasks/")) == [other.pk, mine.pk]
    assert ids(program.get("tasks/", mine="true")) == [mine.pk]
    assert program.post(f"tasks/{mine.pk}/done/", {"note": "Looked."}).json()["state"] == "done"
    assert program.post(f"tasks/{mine.pk}/done/", {}).status_code == 200
    assert ids(program.get("tasks/", state="open")) == [other.pk]
    assert Program(charlie()).post(f"tasks/{other.pk}/done/", {}).status_code == 403
    assert Task.objects.get(pk=mine.pk).note == "Looked."


def test_a_page_of_proposals_costs_no_more_for_many(django_assert_max_num_queries: Any) -> None:
    lead, admin = alice(), ada()
    bob()
    program = Program(admin)
    for number in range(15):
        proposed(lead, f"region:华东/{number}")
    with django_assert_max_num_queries(16):
        assert len(ids(program.get("proposals/"))) == 15
