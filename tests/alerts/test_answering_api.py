"""What programs do with an alert, for whom they may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Episode
from tests.alerts.builders import story
from tests.alerts.test_answering import alert
from tests.api.callers import Program, pointers
from tests.people import alice, bob, charlie, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
ANSWERS = [("acknowledge", {}), ("hand-over", {"to": "bob"}), ("close", {"cause": "The page was down."})]


def test_alice_acknowledges_until_tomorrow_by_a_program_and_once_is_enough() -> None:
    one, program = alert(alice()), Program(alice(), ["write:alerts"])
    until = timezone.now() + timedelta(days=1)
    for _twice in range(2):
        said = program.post(f"episodes/{one.pk}/acknowledge/", {"until": until.isoformat(), "note": "Asked."})
        assert said.status_code == 200
        assert said.json()["seen_to_by"] == alice().label
        assert said.json()["acknowledged_until"] == until.isoformat().replace("+00:00", "Z")
    one.refresh_from_db()
    assert (one.holder, one.acknowledged_by, one.acknowledged_until) == (alice(), alice(), until)
    assert [event["kind"] for event in said.json()["events"]] == ["first", "acknowledged"]


def test_alice_hands_it_over_to_bob_who_then_closes_it_with_its_cause() -> None:
    one = alert(alice())
    bob()
    said = Program(alice()).post(f"episodes/{one.pk}/hand-over/", {"to": "bob"})
    assert (said.status_code, said.json()["seen_to_by"]) == (200, bob().label)
    said = Program(bob()).post(f"episodes/{one.pk}/close/", {"cause": "The page was down."})
    assert (said.json()["close_cause"], said.json()["close_reason"]) == ("The page was down.", "by-hand")
    assert Episode.objects.get().closed_at is not None
    for what, body in ANSWERS:
        assert Program(bob()).post(f"episodes/{one.pk}/{what}/", body).status_code == 409


@pytest.mark.parametrize(("what", "body"), ANSWERS)
def test_who_may_not_answer_on_its_page_may_not_by_a_program(what: str, body: dict[str, str]) -> None:
    one = alert(bob())
    at = f"episodes/{one.pk}/{what}/"
    assert Program(person("Erik", "lead", "region:华北")).post(at, body).status_code == 404
    assert Program(charlie()).post(at, body).status_code == 403
    lacking = Program(bob(), ["read", "write:decisions", "write:rules"]).post(at, body)
    assert (lacking.status_code, lacking.json()["type"].rpartition(":")[2]) == (403, "insufficient-scope")
    assert Program().post(at, body).status_code == 401
    assert story() == ["first 3"]


@pytest.mark.parametrize(
    ("what", "body", "status", "where"),
    [
        ("acknowledge", {"until": "soon"}, 400, ["#/until"]),
        ("acknowledge", {"until": "2020-01-01T00:00:00Z"}, 422, []),
        ("acknowledge", {"note": "x" * 501}, 400, ["#/note"]),
        ("acknowledge", {"untill": None}, 400, ["#/untill"]),
        ("hand-over", {}, 400, ["#/to"]),
        ("hand-over", {"to": "nobody"}, 422, ["#/to"]),
        ("hand-over", {"to": "erik"}, 422, ["#/to"]),  # does not see the area
        ("close", {"cause": "  "}, 400, ["#/cause"]),
        ("close", {"cause": "x\u0000"}, 400, ["#/cause"]),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_happens(
    what: str, body: dict[str, object], status: int, where: list[str]
) -> None:
    one = alert(alice())
    person("Erik", "lead", "region:华北")
    said = Program(alice()).post(f"episodes/{one.pk}/{what}/", body)
    assert said.status_code == status
    assert (pointers(said) if where else []) == where
    assert story() == ["first 3"]
