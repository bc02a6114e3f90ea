"""Files of spend: what pages do, by file; lines that cannot be are kept with their reasons, and a file is taken back exactly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from budgets.models import Balance, Budget, Entry, Line
from budgets.services.spending import fulfil
from ingest.models import Import, Reject, State
from ingest.rejecting import word
from organization.models import Rate
from tests.budgets.books import a_budget, a_line
from tests.budgets.test_spending import DAY, NOW, bind, spend
from tests.customers.files import take_back
from tests.ingest.files import counts, send, text_of, write
from tests.people import node

pytestmark = pytest.mark.django_db(transaction=True)
HEADINGS = ("date", "budget", "line", "kind", "amount", "reference")


def sent(
    folder: Path,
    *rows: Sequence[object],
    headings: Sequence[str] = HEADINGS,
    name: str = "spend.csv",
    preset: str = "spend",
) -> Import:
    cells = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    batch = send(write(folder, text_of(cells, headings), name=name), preset=preset)
    assert batch.state == State.DONE, batch.error
    return batch


def line(planned: int = 1000) -> Line:
    return a_line(a_budget(), planned=planned)


def sums(of: Line) -> tuple[Decimal, Decimal, Decimal]:
    """Committed, spent, free."""
    balance = Balance.objects.get(line=of)
    return balance.committed, balance.spent, balance.free


def reasons(batch: Import) -> dict[int, list[str]]:
    return {one.line: [word(reason) for reason in one.reasons] for one in Reject.objects.filter(batch=batch)}


def row(amount: object, number: str = "", kind: str = "spend", day: str = "2026-08-10") -> tuple[object, ...]:
    return day, "Plan 2026", "Search", kind, amount, number


def test_a_file_does_what_the_pages_do(tmp_path: Path) -> None:
    books = line()
    batch = sent(
        tmp_path,
        row("120.50", "INV 1"),
        row(300, "PO 1", "commitment"),
        row("1,000 元"[:5], "INV 2"),
        row(80),
    )
    assert counts(batch) == (4, 4, 0, 0, 0)
    assert sums(books) == (300, Decimal("1200.50"), Decimal("-500.50"))
    entry = Entry.objects.get(reference="INV 1")
    assert (entry.origin, entry.batch, entry.day) == ("file", batch, date(2026, 8, 10))


def test_chinese_headings_and_words_are_known_without_being_told(tmp_path: Path) -> None:
    books = line()
    headings = ("日期", "预算", "预算项", "类型", "金额", "编号", "备注")
    batch = sent(
        tmp_path, ("2026年8月10日", "plan 2026", "search", "支出", "1.2万", "发票 7", "八月展会"),
        ("2026/8/11", "budget:plan-2026", "Search", "合同", "100", "合同 7"), headings=headings, preset="",
    )  # fmt: skip
    assert counts(batch)[1:3] == (1, 1)  # no money is left for the contract
    assert Entry.objects.get(line=books, kind="spend").note == "八月展会"


def test_lines_that_cannot_be_stay_out_with_their_reasons_and_the_others_go_in(tmp_path: Path) -> None:
    books = line()
    budget = Budget.objects.get()
    a_line(budget, "Pool", planned=10, pool="reserve")
    a_line(budget, "Fed", planned=10, fed_by="cost", channel=node("channel:抖音直播"))
    a_line(budget, "Closed", planned=10, state="closed")
    a_line(budget, "Paused", planned=10, state="paused")
    a_line(a_budget("Draft", state="draft"), planned=10)
    day = "2026-08-10"
    batch = sent(
        tmp_path,
        (day, "Plan 2027", "Search", "spend", 1),
        (day, "Draft", "Search", "spend", 1),
        (day, "Plan 2026", "Searching", "spend", 1),
        (day, "Plan 2026", "Search", "gift", 1),
        (day, "Plan 2026", "Search", "spend", ""),
        (day, "Plan 2026", "Search", "spend", -5),
        ("2026-07-31", "Plan 2026", "Search", "spend", 1),
        (day, "Plan 2026", "Pool", "spend", 1),
        (day, "Plan 2026", "Fed", "spend", 1),
        (day, "Plan 2026", "Closed", "spend", 1),
        (day, "Plan 2026", "Paused", "commitment", 1),
        (day, "Plan 2026", "Search", "commitment", 5000),
        (day, "Plan 2026", "Search", "spend", 1, "9" * 101),
        (day, "Plan 2026", "Paused", "spend", 1),
        (day, "Plan 2026", "Fed", "commitment", 1),
    )
    said = {place: " ".join(words) for place, words in reasons(batch).items()}
    wanted = [
        "no approved budget", "no approved budget", "no line", "neither spend nor commitment", "no amount", "negative",
        "runs from 2026-08-01 to 2026-08-31", "pool", "count twice", "closed", "paused", "needs ¥5,000.00, and ¥1,000.00",
        "at most 101"[:7],
    ]  # fmt: skip
    assert sorted(said) == list(range(2, 2 + len(wanted)))
    for place, words in enumerate(wanted, start=2):
        assert words in said[place]
    assert counts(batch)[:3] == (15, 2, 13)
    assert sums(books) == (0, 0, 1000)


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    books = line()
    rows = [row(100, "INV 1"), row(50), row(50), row(200, "PO 1", "commitment")]
    sent(tmp_path, *rows)
    again = sent(tmp_path, *rows, row(7, "INV 9"), name="again.csv")
    assert counts(again) == (5, 5, 0, 4, 0)
    assert sums(books) == (200, 207, 593)


def test_a_number_with_another_amount_corrects_and_is_flagged(tmp_path: Path) -> None:
    books = line()
    sent(tmp_path, row(100, "INV 1"), row(200, "PO 1", "commitment"))
    batch = sent(tmp_path, row(130, "INV 1"), row(150, "PO 1", "commitment"), name="b.csv")
    assert counts(batch) == (2, 2, 0, 0, 2)
    assert sums(books) == (150, 130, 720)
    assert [one.flagged for one in Entry.objects.filter(batch=batch)] == [True, True]


def test_a_number_twice_in_one_file_is_one_invoice(tmp_path: Path) -> None:
    books = line()
    batch = sent(tmp_path, row(100, "INV 1"), row(100, "INV 1"), row(120, "INV 1"))
    assert counts(batch) == (3, 3, 0, 1, 1)
    assert sums(books)[1] == 120


def test_an_invoice_by_its_contracts_number_draws_on_it(tmp_path: Path) -> None:
    books = line()
    sent(tmp_path, row(500, "PO 1", "commitment"), row(200, "PO 1"))
    assert sums(books) == (300, 200, 500)


def test_commitments_are_taken_in_order_until_nothing_is_free(tmp_path: Path) -> None:
    books = line(100)
    batch = sent(tmp_path, *(row(30, f"PO {place}", "commitment") for place in range(5)))
    assert sums(books) == (90, 0, 10)
    assert sorted(reasons(batch)) == [5, 6]


def test_dollars_go_in_at_the_rate_of_their_day_or_stay_out(tmp_path: Path) -> None:
    Rate.objects.create(currency="USD", against="CNY", first_day=date(2026, 8, 5), rate=Decimal("7.1"))
    books = line()
    batch = sent(
        tmp_path, (*row(100, "INV 1"), "USD"), (*row(100, "INV 2", day="2026-08-04"), "USD"), (*row(5, "INV 3"), "CNY"),
        headings=(*HEADINGS, "currency"),
    )  # fmt: skip
    assert "no rate from USD" in " ".join(reasons(batch)[3])
    assert sums(books)[1] == 715
    entry = Entry.objects.get(reference="INV 1")
    assert (entry.original, entry.currency) == (100, "USD")


def test_a_file_taken_back_counts_no_more_and_can_come_again(tmp_path: Path) -> None:
    books = line()
    rows = [row(100, "INV 1"), row(50), row(200, "PO 1", "commitment")]
    batch = sent(tmp_path, *rows)
    before = Entry.objects.count()
    take_back(batch)
    batch.refresh_from_db()
    assert batch.state == State.UNDONE
    assert sums(books) == (0, 0, 1000)
    assert Entry.objects.count() == before + 3  # contradicted, and still on record
    again = sent(tmp_path, *rows, name="again.csv")
    assert counts(again) == (3, 3, 0, 0, 0)
    assert sums(books) == (200, 150, 650)
    assert not Entry.objects.filter(flagged=True).exists()


def test_taking_a_file_back_leaves_what_others_have_said_since(tmp_path: Path) -> None:
    books = line()
    first = sent(tmp_path, row(100, "INV 1"), row(70, "INV 2"))
    second = sent(tmp_path, row(130, "INV 1"), name="b.csv")
    spend(books, "75", "INV 2")
    take_back(first)
    assert sums(books)[1] == 205
    take_back(second)
    assert sums(books)[1] == 75


def test_a_correction_taken_back_lets_what_was_before_hold_again(tmp_path: Path) -> None:
    books = line()
    spend(books, "100", "INV 1")
    batch = sent(tmp_path, row(130, "INV 1"))
    take_back(batch)
    assert sums(books)[1] == 100


def test_a_contract_that_was_drawn_on_is_taken_back_as_far_as_it_is_open(tmp_path: Path) -> None:
    books = line()
    batch = sent(tmp_path, row(500, "PO 1", "commitment"))
    contract = Entry.objects.get(reference="PO 1")
    fulfil(commitment=contract, amount=Decimal(200), day=DAY, person=None, now=NOW)
    bind(books, "10")
    take_back(batch)
    assert sums(books) == (10, 200, 790)
