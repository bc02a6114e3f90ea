"""Alice spends on her line, and commits, fulfils and corrects; what cannot be is said at its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from budgets.models import Balance, Entry, Line
from budgets.services.ledger import LineClosed, NotFree
from budgets.services.saying import EntryRefused
from budgets.services.spending import Outcome, Recorded, commit, correct, fulfil, record
from organization.models import AuditEntry, Rate
from tests.budgets.books import a_budget, a_line
from tests.people import alice

NOW = datetime(2026, 8, 20, 3, tzinfo=UTC)
DAY = date(2026, 8, 10)


def line(planned: int = 1000, **more: Any) -> Line:
    return a_line(a_budget(), planned=planned, **more)


def spend(on: Line, amount: str, number: str = "", **more: Any) -> Recorded:
    return record(
        line=on, amount=Decimal(amount), reference=number,
        **{"day": DAY, "person": alice(), "now": NOW, **more},
    )  # fmt: skip


def bind(on: Line, amount: str, number: str = "", **more: Any) -> Recorded:
    return commit(
        line=on, amount=Decimal(amount), reference=number,
        **{"day": DAY, "person": alice(), "now": NOW, **more},
    )  # fmt: skip


def sums(of: Line) -> tuple[Decimal, Decimal, Decimal]:
    """Committed, spent, free."""
    balance = Balance.objects.get(line=of)
    return balance.committed, balance.spent, balance.free


def test_alice_records_what_an_invoice_asks_and_it_stands_on_record(db: None) -> None:
    books = line()
    done = spend(books, "120.50", " INV  7 ", note="Stand")
    assert done.outcome == Outcome.NEW
    assert (done.entry.reference, done.entry.note, done.entry.origin) == ("INV 7", "Stand", "form")
    assert sums(books) == (0, Decimal("120.50"), Decimal("879.50"))
    kept = AuditEntry.objects.get(action="budget.spend")
    assert (kept.subject, kept.person) == ("Plan 2026 · Search", alice())


def test_money_that_was_paid_counts_even_where_the_line_has_none_left(db: None) -> None:
    books = line(100)
    spend(books, "150")
    assert sums(books) == (0, 150, -50)


def test_a_commitment_takes_only_what_is_free_and_says_what_that_is(db: None) -> None:
    books = line(100)
    bind(books, "80", "PO 1")
    with pytest.raises(NotFree, match="20"):
        bind(books, "30", "PO 2")
    assert sums(books) == (80, 0, 20)


def test_the_same_number_and_amount_again_changes_nothing(db: None) -> None:
    books = line()
    first = spend(books, "100", "INV 7")
    again = spend(books, "100.00", "INV 7", day=date(2026, 8, 12))
    assert (again.outcome, again.entry.pk) == (Outcome.UNCHANGED, first.entry.pk)
    assert Entry.objects.filter(line=books, kind="spend").count() == 1


def test_the_same_number_with_another_amount_corrects_it_and_is_flagged(db: None) -> None:
    books = line()
    first = spend(books, "100", "INV 7")
    again = spend(books, "130", "INV 7")
    assert (again.outcome, again.entry.pk) == (Outcome.CORRECTED, first.entry.pk)
    written = again.wrote[0]
    assert (written.amount, written.corrects_id, written.flagged) == (30, first.entry.pk, True)
    assert spend(books, "130", "INV 7").outcome == Outcome.UNCHANGED
    assert sums(books)[1] == 130


def test_a_number_means_something_else_on_another_line(db: None) -> None:
    budget = a_budget()
    one, two = a_line(budget, "One", planned=100), a_line(budget, "Two", planned=100)
    assert spend(one, "10", "7").outcome == spend(two, "20", "7").outcome == Outcome.NEW


def test_a_form_sent_twice_counts_once(db: None) -> None:
    books = line()
    first = spend(books, "100", key="form:1")
    again = spend(books, "100", key="form:1")
    assert (again.outcome, again.entry.pk) == (Outcome.UNCHANGED, first.entry.pk)
    assert sums(books)[1] == 100


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"day": date(2026, 7, 31)}, "day", "runs from"),
        ({"day": date(2026, 9, 1)}, "day", "runs from"),
        ({"day": date(2026, 8, 21)}, "day", "still to come"),
        ({"currency": "USD"}, "currency", "no rate from USD"),
        ({"currency": "shells"}, "currency", "not a currency"),
        ({"reference": "9" * 101}, "reference", "at most"),
    ],
)
def test_what_cannot_be_is_said_at_its_place(
    db: None, change: dict[str, Any], field: str, words: str
) -> None:
    books = line()
    more = {"number": change.pop("reference")} if "reference" in change else change
    with pytest.raises(EntryRefused, match=words) as refused:
        spend(books, "10", **more)
    assert refused.value.field == field
    assert not Entry.objects.filter(line=books, kind="spend").exists()


@pytest.mark.parametrize("amount", ["0", "-5", "1000000000000", "0.00001"])
def test_an_amount_is_one(db: None, amount: str) -> None:
    with pytest.raises(EntryRefused) as refused:
        spend(line(), amount)
    assert refused.value.field == "amount"


def test_nothing_is_entered_on_a_closed_line_a_pool_or_beside_cost_that_arrives_by_itself(db: None) -> None:
    from tests.people import node

    budget = a_budget()
    fed = a_line(budget, "Fed", planned=100, fed_by="cost", channel=node("channel:抖音直播"))
    for books, words in (
        (a_line(budget, "Closed", planned=100, state="closed"), "closed"),
        (a_line(budget, "Pool", planned=100, pool="reserve"), "pool"),
        (fed, "count twice"),
    ):
        with pytest.raises(EntryRefused, match=words):
            spend(books, "10")
    assert bind(fed, "10").outcome == Outcome.NEW


def test_a_paused_line_pays_what_it_owes_and_commits_nothing(db: None) -> None:
    books = line(state="paused")
    spend(books, "10")
    with pytest.raises(LineClosed):
        bind(books, "10")


def test_a_budget_that_is_not_open_takes_nothing(db: None) -> None:
    books = a_line(a_budget(state="closed"), planned=100)
    with pytest.raises(EntryRefused, match="not open"):
        spend(books, "10")


def test_dollars_count_at_the_rate_of_their_day_and_stay_on_record(db: None) -> None:
    Rate.objects.create(currency="USD", against="CNY", first_day=date(2026, 8, 1), rate=Decimal("7.1"))
    books = line()
    entry = spend(books, "100", "INV 7", currency="usd").entry
    assert (entry.amount, entry.currency, entry.original, entry.rate) == (710, "USD", 100, Decimal("7.1"))
    assert spend(books, "100", "INV 7", currency="USD").outcome == Outcome.UNCHANGED
    again = spend(books, "110", "INV 7", currency="USD").wrote[0]
    assert (again.amount, again.original, again.flagged) == (71, 10, True)
    put_right = correct(entry=entry, amount=Decimal(100), why="as printed", person=alice(), now=NOW).wrote[0]
    assert (put_right.amount, put_right.original, put_right.currency) == (-71, -10, "USD")


def fulfilled(of: Recorded, amount: str, **more: Any) -> Recorded:
    return fulfil(
        commitment=of.entry, amount=Decimal(amount),
        **{"day": DAY, "person": alice(), "now": NOW, **more},
    )  # fmt: skip


def test_invoices_draw_on_their_contract_in_parts(db: None) -> None:
    books = line()
    contract = bind(books, "500", "PO 1")
    fulfilled(contract, "200", reference="INV 1")
    assert sums(books) == (300, 200, 500)
    fulfilled(contract, "350", reference="INV 2")  # 50 beyond the contract: they were asked for all the same
    assert sums(books) == (0, 550, 450)


def test_what_the_last_invoice_leaves_of_a_contract_is_free_again(db: None) -> None:
    books = line()
    contract = bind(books, "500")
    fulfilled(contract, "400", last=True)
    assert sums(books) == (0, 400, 600)


def test_an_invoice_that_was_wrong_gives_back_to_its_contract(db: None) -> None:
    books = line()
    contract = bind(books, "500", "PO 1")
    invoice = fulfilled(contract, "500", reference="INV 1")
    correct(entry=invoice.entry, amount=Decimal(50), why="a slip", person=alice(), now=NOW)
    assert sums(books) == (450, 50, 500)
    assert fulfilled(contract, "60", reference="INV 1").outcome == Outcome.CORRECTED
    assert sums(books) == (440, 60, 500)


def test_what_a_wrong_invoice_gives_back_is_bound_again_only_as_far_as_it_is_free(db: None) -> None:
    books = line(100)
    contract = bind(books, "100")
    invoice = fulfilled(contract, "100")
    spend(books, "70")
    correct(entry=invoice.entry, amount=Decimal(0), why="never came", person=alice(), now=NOW)
    assert sums(books) == (30, 70, 0)


def test_a_contract_said_again_is_never_less_than_what_was_spent_on_it(db: None) -> None:
    books = line()
    contract = bind(books, "400", "PO 7").entry
    bind(books, "100", "PO 8")
    fulfil(commitment=contract, amount=Decimal(300), day=DAY, person=alice(), now=NOW)
    with pytest.raises(EntryRefused, match="has been spent"):
        bind(books, "200", "PO 7")
    assert sums(books) == (200, 300, 500)


def test_a_correction_is_an_entry_of_its_own_with_its_reason(db: None) -> None:
    books = line()
    entry = spend(books, "100").entry
    done = correct(entry=entry, amount=Decimal(40), why="half was for May", person=alice(), now=NOW)
    assert (done.wrote[0].amount, done.wrote[0].corrects, done.wrote[0].note) == (
        -60,
        entry,
        "half was for May",
    )
    assert not done.wrote[0].flagged
    same = correct(entry=done.wrote[0], amount=Decimal(40), why="again", person=alice(), now=NOW)
    assert same.outcome == Outcome.UNCHANGED
    with pytest.raises(EntryRefused) as refused:
        correct(entry=entry, amount=Decimal(50), why=" ", person=alice(), now=NOW)
    assert refused.value.field == "why"


def test_a_contract_cannot_be_corrected_below_what_was_spent_on_it(db: None) -> None:
    books = line()
    contract = bind(books, "500")
    fulfilled(contract, "200")
    with pytest.raises(EntryRefused, match="200"):
        correct(entry=contract.entry, amount=Decimal(100), why="smaller", person=alice(), now=NOW)
    correct(entry=contract.entry, amount=Decimal(200), why="nothing more comes", person=alice(), now=NOW)
    assert sums(books) == (0, 200, 800)


def test_a_plan_is_not_corrected_like_an_invoice(db: None) -> None:
    books = line()
    planned = Entry.objects.get(line=books, kind="plan")
    with pytest.raises(EntryRefused, match="where it came from"):
        correct(entry=planned, amount=Decimal(0), why="gone", person=alice(), now=NOW)


def test_a_number_of_one_contract_is_not_drawn_on_another(db: None) -> None:
    books = line()
    one, two = bind(books, "100", "PO 1"), bind(books, "100", "PO 2")
    fulfilled(one, "50", reference="INV 1")
    with pytest.raises(EntryRefused) as refused:
        fulfilled(two, "50", reference="INV 1")
    assert refused.value.field == "reference"


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_the_same_invoice_in_one_instant_enter_it_once() -> None:
    books, person = line(), alice()
    outcomes: list[str] = []

    def enter() -> None:
        try:
            outcomes.append(spend(books, "100", "INV 7", person=person).outcome)
        finally:
            connection.close()

    threads = [Thread(target=enter) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["new", *["unchanged"] * 7]
    assert sums(books)[1] == 100
