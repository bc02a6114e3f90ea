"""Writing to the ledger: all or nothing, once, and with words for what the database refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from budgets.models import Balance, DirtyLine, Entry, Hold, Line
from budgets.services.ledger import LineClosed, New, NotFree, write
from organization.services import Refused
from tests.budgets.books import a_budget, a_line
from tests.people import bob

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 10, 4, tzinfo=UTC)
DAY = date(2026, 8, 10)


def new(line: Line, kind: str, amount: int | str, **more: Any) -> New:
    return New(line, kind, Decimal(amount), DAY, "form", **more)


def test_alice_commits_and_then_pays_part_of_it() -> None:
    line = a_line(a_budget(), planned=1000)
    (order,) = write(entries=[new(line, "commitment", 400, reference="PO 7")], person=None, now=NOW)
    paid = write(
        entries=[new(line, "commitment", -150, commitment=order), new(line, "spend", 150, commitment=order)],
        person=None,
        now=NOW,
    )
    assert [entry.commitment for entry in paid] == [order, order]
    assert paid[0].at == NOW
    kept = Balance.objects.get(line=line)
    assert (kept.committed, kept.spent, kept.free) == (250, 150, 600)
    assert DirtyLine.objects.filter(line=line).exists()


def test_what_is_too_much_writes_nothing_and_says_what_is_free() -> None:
    line = a_line(a_budget(), "Search", planned=1000)
    other = a_line(line.budget, "Fair", planned=1000)
    with pytest.raises(NotFree) as refused:
        write(
            entries=[
                new(other, "commitment", 10),
                new(line, "commitment", 300),
                new(line, "commitment", 800),
            ],
            person=None,
            now=NOW,
        )
    assert str(refused.value) == "“Search” has ¥700.00 free, and this needs ¥800.00."
    assert refused.value.free == 700
    assert Entry.objects.filter(kind="commitment").count() == 0


def test_who_meets_frozen_money_reads_why_and_who_can_free_it() -> None:
    bob()
    line = a_line(a_budget(), "Search", planned=1000)
    hold = Hold.objects.create(
        line=line, kind="freeze", amount=100, why="%(used)s%% used", values={"used": 80}, made_at=NOW
    )
    write(entries=[new(line, "freeze", 100, hold=hold)], person=None, now=NOW)
    with pytest.raises(NotFree) as refused:
        write(entries=[new(line, "commitment", 950)], person=None, now=NOW)
    assert str(refused.value) == (
        "“Search” has ¥900.00 free, and this needs ¥950.00."
        " ¥100.00 are frozen since 10 Aug 2026: 80% used. Ask Bob, who can free it."
    )


def test_who_commits_on_a_paused_line_reads_why() -> None:
    line = a_line(a_budget(), "Search", planned=1000, state="paused")
    Hold.objects.create(line=line, kind="pause", amount=0, why="Too little comes back", made_at=NOW)
    with pytest.raises(LineClosed) as refused:
        write(entries=[new(line, "commitment", 10)], person=None, now=NOW)
    assert str(refused.value) == (
        "“Search” is paused, so nothing can be committed on it."
        " Paused since 10 Aug 2026: Too little comes back. A manager or finance can free it."
    )


def test_a_closed_line_takes_no_spend() -> None:
    line = a_line(a_budget(), "Search", planned=1000)
    Line.objects.update(state="closed")
    with pytest.raises(LineClosed, match="is closed and takes nothing more"):
        write(entries=[new(line, "spend", 10)], person=None, now=NOW)


def test_the_same_click_twice_writes_once() -> None:
    line = a_line(a_budget(), planned=1000)
    twice = [new(line, "spend", 10, key="form:1"), new(line, "commitment", 5)]
    first = write(entries=twice, person=None, now=NOW)
    again = write(entries=twice, person=None, now=NOW)
    assert again == first[:1]
    assert Balance.objects.get(line=line).entries == 3


@pytest.mark.parametrize(
    ("kind", "amount", "says"),
    [
        ("spend", "NaN", "no number"),
        ("spend", "1e15", "no number"),
        ("spend", "0.00001", "moves nothing"),
        ("commitment", "-1", "still committed"),
        ("release", "-1", "frozen"),
        ("plan", "-1001", "less than nothing"),
    ],
)
def test_amounts_that_no_line_can_have_are_refused_in_words(kind: str, amount: str, says: str) -> None:
    line = a_line(a_budget(), planned=1000)
    with pytest.raises(Refused, match=says):
        write(entries=[new(line, kind, amount)], person=None, now=NOW)
    assert Balance.objects.get(line=line).entries == 1
