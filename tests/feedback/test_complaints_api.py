"""A program sends complaints in, once whatever it sends again, and reads those of the areas in which it handles them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.secrets import opened
from feedback.models import Came, Complaint, Severity
from feedback.services import handling
from organization.models import AuditEntry
from tests.api.callers import Program, pointers
from tests.feedback.made import came_in
from tests.people import alice, bob, charlie, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

AT = "feedback/complaints/"


def body(**more: Any) -> dict[str, Any]:
    return {
        "text": "It came two weeks late.", "scope": "region:华东", "category": "delivery", "severity": "high",
        "customer": "C-20718", "phone": "13812345678", "email": "lin@example.com", **more,
    }  # fmt: skip


def test_a_program_sends_a_complaint_in_and_its_clocks_run() -> None:
    lead = alice()
    answer = Program(lead).post(AT, body())
    assert answer.status_code == 201
    made = Complaint.objects.get()
    told = answer.json()
    assert told["id"] == made.pk
    assert (told["scope"], told["category"], told["severity"], told["state"]) == (
        "region:华东", "delivery", "high", "new",
    )  # fmt: skip
    assert (made.came, made.severity) == (Came.API, Severity.HIGH)
    assert made.customer is not None
    assert opened(made.customer.email) == "lin@example.com"
    assert told["answer_due_at"]


def test_no_answer_and_no_record_says_whose_it_is() -> None:
    program = Program(alice())
    answers = [program.post(AT, body()), program.get(AT), program.get(f"{AT}{Complaint.objects.get().pk}/")]
    for text in (
        *(one.content.decode() for one in answers),
        *map(str, AuditEntry.objects.values_list("details", flat=True)),
    ):
        assert "1381234" not in text
        assert "lin@" not in text
        assert "C-20718" not in text


def test_sent_again_it_is_done_once() -> None:
    program, once = Program(alice()), {"Idempotency-Key": "abc"}
    first = program.post(AT, body(), once)
    again = program.post(AT, body(), once)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = program.post(AT, body(severity="low"), once)
    assert other.status_code == 422
    assert pointers(other) == ["Idempotency-Key:"]
    assert program.post(AT, body(), {"Idempotency-Key": "é"}).status_code == 400
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"text": ""}, "#/text"),
        ({"text": "x" * 8001}, "#/text"),
        ({"scope": "region:华北"}, "#/scope"),
        ({"scope": "region:nowhere"}, "#/scope"),
        ({"category": "weather"}, "#/category"),
        ({"severity": "11"}, "#/severity"),
        ({"email": "no mail"}, "#/email"),
        ({"mood": "bad"}, "#/mood"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_where_it_stands(change: dict[str, Any], place: str) -> None:
    scope("region:华北")
    answer = Program(alice()).post(AT, body(**change))
    assert answer.status_code in (400, 422)
    assert place in pointers(answer)
    assert not Complaint.objects.exists()


def test_a_complaint_from_tomorrow_is_refused() -> None:
    later = (timezone.now() + timedelta(days=1)).isoformat()
    assert Program(alice()).post(AT, body(received_at=later)).status_code == 422


def test_alice_reads_her_own_areas_and_charlie_none() -> None:
    lead = alice()
    now = timezone.now()
    hers = came_in(area="region:华东/上海", at=now)
    other = came_in(area="region:华北", at=now)
    program = Program(lead)
    assert [one["id"] for one in program.get(AT).json()["results"]] == [hers.pk]
    assert program.get(f"{AT}{other.pk}/").status_code == 404
    assert program.get(AT, state="solved").json()["results"] == []
    assert len(Program(bob()).get(AT, severity="normal").json()["results"]) == 2
    assert Program(charlie()).get(AT).status_code == 403
    assert Program(charlie()).post(AT, body()).status_code == 403


def test_a_solved_one_says_its_whys() -> None:
    lead, now = alice(), timezone.now()
    made = came_in(at=now)
    handling.solve(complaint=made, person=lead, now=now, cause=["Late", "Nobody saw it"], solution="Sent.")
    told = Program(lead).get(f"{AT}{made.pk}/").json()
    assert (told["state"], told["cause"], told["solution"]) == ("solved", ["Late", "Nobody saw it"], "Sent.")
