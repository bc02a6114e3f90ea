"""Alice's program reads what her line has left and enters what it spends; sent again, it is done once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from budgets.models import Entry, Line
from organization.models import NodeReader
from tests.api.callers import Program, pointers
from tests.budgets.books import a_budget, a_line, put
from tests.people import alice, bob, charlie, scope

pytestmark = pytest.mark.django_db


def line(**more: Any) -> Line:
    today = timezone.localdate()
    budget = a_budget(days=(today - timedelta(days=10), today + timedelta(days=10)))
    return a_line(budget, planned=10_000, **{"owner": alice("company"), **more})


def body(**more: Any) -> dict[str, Any]:
    return {
        "kind": "spend",
        "amount": "1200.50",
        "day": f"{timezone.localdate()}",
        "reference": "INV 7",
        **more,
    }


def at(books: Line) -> str:
    return f"budgets/lines/{books.pk}/entries/"


def test_a_program_reads_lines_and_what_they_have_left() -> None:
    books = line()
    put(books, "spend", 1000, on=timezone.localdate())
    put(books, "commitment", 500, on=timezone.localdate())
    program = Program(charlie())
    found = program.get("budgets/lines/", budget="budget:Plan 2026".replace(" ", "-").lower()).json()[
        "results"
    ]
    assert [one["id"] for one in found] == [books.pk]
    one = program.get(f"budgets/lines/{books.pk}/").json()
    assert (one["planned"], one["spent"], one["committed"], one["free"]) == ("10000", "1000", "500", "8500")
    entries = program.get(at(books), kind="spend").json()["results"]
    assert [entry["amount"] for entry in entries] == ["1000"]


def test_alices_program_records_spend_once_whatever_it_sends_again() -> None:
    books = line()
    program, once = Program(alice()), {"Idempotency-Key": "abc"}
    first = program.post(at(books), body(reference=""), once)
    assert (first.status_code, first.json()["outcome"]) == (201, "new")
    assert first.json()["line"]["free"] == "8799.5"
    again = program.post(at(books), body(reference=""), once)
    assert (again.status_code, again.json()["entry"]["id"]) == (200, first.json()["entry"]["id"])
    assert Entry.objects.filter(line=books, kind="spend").count() == 1
    other = program.post(at(books), body(amount="5"), once)
    assert (other.status_code, pointers(other)) == (422, ["Idempotency-Key:"])
    assert Program(bob()).post(at(books), body(reference=""), once).status_code == 201


def test_the_same_number_is_the_same_invoice() -> None:
    books, program = line(), Program(alice())
    program.post(at(books), body())
    assert program.post(at(books), body()).json()["outcome"] == "unchanged"
    again = program.post(at(books), body(amount="1300")).json()
    assert (again["outcome"], again["wrote"][0]["amount"], again["wrote"][0]["flagged"]) == (
        "corrected",
        "99.5",
        True,
    )


def test_a_commitment_is_made_and_fulfilled() -> None:
    books, program = line(), Program(alice())
    made = program.post(at(books), body(kind="commitment", amount=5000, reference="PO 1")).json()
    program.post(at(books), body(amount=2000, fulfils=made["entry"]["id"]))
    done = program.post(
        at(books), body(amount=1000, reference="INV 8", fulfils=made["entry"]["id"], last=True)
    ).json()
    assert (done["line"]["committed"], done["line"]["spent"]) == ("0", "3000")


@pytest.mark.parametrize(
    ("more", "status", "places"),
    [
        ({"amount": "a lot"}, 400, ["#/amount"]),
        ({"amount": "-5"}, 422, ["#/amount"]),
        ({"day": "2020-01-01"}, 422, ["#/day"]),
        ({"day": "10/08/2026"}, 400, ["#/day"]),
        ({"currency": "USD"}, 422, ["#/currency"]),
        ({"kind": "plan"}, 400, ["#/kind"]),
        ({"fulfils": 1}, 422, ["#/fulfils"]),
        ({"kind": "commitment", "fulfils": 1}, 400, ["#/fulfils"]),
        ({"last": True}, 400, ["#/last"]),
        ({"kind": "commitment", "amount": "20000"}, 409, ["#/amount"]),
        ({"sum": 5}, 400, ["#/sum"]),
    ],
)
def test_what_cannot_be_is_said_at_its_place(more: dict[str, Any], status: int, places: list[str]) -> None:
    books = line()
    answer = Program(alice()).post(at(books), body(**more))
    assert (answer.status_code, pointers(answer)) == (status, places)
    assert not Entry.objects.filter(line=books).exclude(kind="plan").exists()


def test_who_only_looks_enters_nothing_and_a_token_for_less_does_not_do() -> None:
    books = line()
    assert Program(charlie()).post(at(books), body()).status_code == 403
    lacking = Program(alice(), ["read", "write:facts"]).post(at(books), body())
    assert (lacking.status_code, "write:budgets" in lacking.json()["detail"]) == (403, True)


def test_what_is_closed_to_others_is_not_there_for_them() -> None:
    books = line(owner=None)
    NodeReader.objects.create(node=books.budget.node, scope=scope("region:华北"))
    books.budget.node.refresh_from_db()
    program = Program(charlie("region:华东"))
    assert program.get(f"budgets/lines/{books.pk}/").status_code == 404
    assert program.get("budgets/lines/").json()["results"] == []
    assert program.get(at(books)).status_code == 404
