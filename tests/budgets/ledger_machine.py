"""The ledger against a plain model of the same rules, written independently: sums in dictionaries, and easy to believe.

Operations go through the services that pages, programs and files use; after each, what is kept of every line must be
what the model says, and at the end what `verify_ledger` adds up anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from budgets.models import Balance, Entry, Hold, HoldKind, Line, Transfer
from budgets.selectors.verifying import verify_ledger
from budgets.services import holds, spending, transfers
from budgets.services.ledger import LineClosed, New, NotFree, write
from budgets.services.saying import EntryRefused
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal
from organization.services import Refused
from tests.budgets.books import a_budget, a_line

NOW = datetime(2026, 8, 20, 4, tzinfo=UTC)
LINES = st.integers(0, 2)
AMOUNTS = st.one_of(
    st.integers(1, 600).map(D),
    st.decimals("0.0001", "900", places=4),
    st.sampled_from([D("0.0001"), D(1000)]),
)
DAYS = st.integers(1, 20).map(lambda day: date(2026, 8, day))
PICK = st.integers(0, 10**6)
ZERO = D(0)


@dataclass
class PlainLine:
    total: D = ZERO
    committed: D = ZERO
    spent: D = ZERO
    frozen: D = ZERO
    paused: bool = False

    @property
    def free(self) -> D:
        return self.total - self.committed - self.spent - self.frozen


@dataclass
class PlainContract:
    entry: int
    line: int
    total: D
    number: str
    spent: D = ZERO
    drawn: D = ZERO


@dataclass
class PlainInvoice:
    entry: int
    line: int
    amount: D
    number: str = ""
    contract: PlainContract | None = None


@dataclass
class Plain:
    lines: list[PlainLine] = field(default_factory=lambda: [PlainLine(), PlainLine(), PlainLine()])
    contracts: list[PlainContract] = field(default_factory=list)
    invoices: list[PlainInvoice] = field(default_factory=list)

    def settle(self, contract: PlainContract) -> None:
        """As much is drawn as was spent on it, up to all of it; what comes back is bound as far as it is free."""
        line = self.lines[contract.line]
        more = min(contract.total, max(contract.spent, ZERO)) - contract.drawn
        if more < 0:
            more = -min(-more, ZERO if line.paused else max(line.free, ZERO))
        line.committed -= more
        contract.drawn += more

    def refusal(self, place: int, amount: D) -> type[Refused] | None:
        """Of a commitment of so much."""
        line = self.lines[place]
        if amount <= 0:
            return None
        # The database looks at the money before it looks at the line.
        return NotFree if amount > line.free else LineClosed if line.paused else None


class LedgerMachine(RuleBasedStateMachine):
    operations = 0

    @initialize(planned=st.tuples(*[st.integers(0, 2000)] * 3))
    def begin(self, planned: tuple[int, ...]) -> None:
        self.atom = transaction.atomic()
        self.atom.__enter__()
        budget = a_budget()
        self.model = Plain()
        self.rows = [a_line(budget, name) for name in ("Search", "Fair", "Gifts")]
        self.number = 0
        self.last: Callable[[], object] | None = None
        for place, amount in enumerate(planned):
            if amount:
                self.plan(place, D(amount))

    def teardown(self) -> None:
        if not hasattr(self, "atom"):
            return
        try:
            assert verify_ledger().agrees
        finally:
            transaction.set_rollback(True)
            self.atom.__exit__(None, None, None)

    # -- Helpers ------------------------------------------------------------------------------------------

    def key(self) -> str:
        self.number += 1
        return f"key {self.number}"

    def line(self, place: int) -> Line:
        return Line.objects.select_related("budget__node", "node").get(pk=self.rows[place].pk)

    def entry(self, pk: int) -> Entry:
        return Entry.objects.select_related("line", "corrects", "commitment").get(pk=pk)

    def attempt(self, refusal: type[Refused] | None, call: Callable[[], object]) -> bool:
        """Whether it was to be done, and was; `call` once more must do nothing, so it is kept."""
        type(self).operations += 1
        if refusal is not None:
            with pytest.raises(refusal):
                call()
            return False
        self.made = call()
        self.last = call
        return True

    # -- Operations ---------------------------------------------------------------------------------------

    @rule(place=LINES, amount=AMOUNTS, less=st.booleans())
    def plan_anew(self, place: int, amount: D, less: bool) -> None:
        self.plan(place, -amount if less else amount)

    def plan(self, place: int, amount: D) -> None:
        line = self.model.lines[place]
        new = New(self.line(place), "plan", amount, date(2026, 8, 1), "plan", key=self.key())
        if self.attempt(
            Refused if line.total + amount < 0 else None, lambda: write(entries=[new], person=None, now=NOW)
        ):
            line.total += amount

    @rule(place=LINES, amount=AMOUNTS, day=DAYS, numbered=st.booleans())
    def commit(self, place: int, amount: D, day: date, numbered: bool) -> None:
        key, row = self.key(), self.line(place)
        number = f"PO {key}" if numbered else ""

        def call() -> object:
            return spending.commit(
                line=row, amount=amount, day=day, reference=number, person=None, now=NOW, key=key
            )

        if self.attempt(self.model.refusal(place, amount), call):
            assert isinstance(self.made, spending.Recorded)
            self.model.lines[place].committed += amount
            self.model.contracts.append(PlainContract(self.made.entry.pk, place, amount, number))

    @rule(place=LINES, amount=AMOUNTS, day=DAYS, numbered=st.booleans())
    def spend(self, place: int, amount: D, day: date, numbered: bool) -> None:
        key, row = self.key(), self.line(place)
        number = f"INV {key}" if numbered else ""

        def call() -> object:
            return spending.record(
                line=row, amount=amount, day=day, reference=number, person=None, now=NOW, key=key
            )

        assert self.attempt(None, call)
        assert isinstance(self.made, spending.Recorded)
        self.model.lines[place].spent += amount
        self.model.invoices.append(PlainInvoice(self.made.entry.pk, place, amount, number))

    @precondition(lambda self: self.model.contracts)
    @rule(pick=PICK, amount=AMOUNTS, day=DAYS, last=st.booleans())
    def fulfil(self, pick: int, amount: D, day: date, last: bool) -> None:
        contract = self.model.contracts[pick % len(self.model.contracts)]
        line, key, row = self.model.lines[contract.line], self.key(), self.entry(contract.entry)

        def call() -> object:
            return spending.fulfil(
                commitment=row, amount=amount, day=day, person=None, now=NOW, last=last, key=key
            )

        assert self.attempt(None, call)
        assert isinstance(self.made, spending.Recorded)
        line.spent += amount
        contract.spent += amount
        self.model.invoices.append(PlainInvoice(self.made.entry.pk, contract.line, amount, contract=contract))
        self.model.settle(contract)
        if last and contract.total > contract.drawn:
            line.committed -= contract.total - contract.drawn
            contract.total = contract.drawn

    @precondition(lambda self: self.model.invoices)
    @rule(pick=PICK, amount=st.one_of(st.just(ZERO), AMOUNTS), by_number=st.booleans(), day=DAYS)
    def correct_an_invoice(self, pick: int, amount: D, by_number: bool, day: date) -> None:
        invoice = self.model.invoices[pick % len(self.model.invoices)]
        key, row = self.key(), self.entry(invoice.entry)
        again = by_number and invoice.number and amount

        def call() -> object:
            if again:
                return spending.record(
                    line=self.line(invoice.line), amount=amount, day=day, reference=invoice.number, person=None,
                    now=NOW, key=key,
                )  # fmt: skip
            return spending.correct(entry=row, amount=amount, why="Wrong", person=None, now=NOW, key=key)

        assert self.attempt(None, call)
        difference = amount - invoice.amount
        invoice.amount = amount
        self.model.lines[invoice.line].spent += difference
        if invoice.contract is not None and difference:
            invoice.contract.spent += difference
            self.model.settle(invoice.contract)

    @precondition(lambda self: self.model.contracts)
    @rule(pick=PICK, amount=st.one_of(st.just(ZERO), AMOUNTS), by_number=st.booleans(), day=DAYS)
    def correct_a_contract(self, pick: int, amount: D, by_number: bool, day: date) -> None:
        contract = self.model.contracts[pick % len(self.model.contracts)]
        key, row = self.key(), self.entry(contract.entry)
        again = by_number and contract.number and amount
        difference = amount - contract.total
        refusal = EntryRefused if amount < contract.drawn else self.model.refusal(contract.line, difference)

        def call() -> object:
            if again:
                return spending.commit(
                    line=self.line(contract.line), amount=amount, day=day, reference=contract.number, person=None,
                    now=NOW, key=key,
                )  # fmt: skip
            return spending.correct(entry=row, amount=amount, why="Wrong", person=None, now=NOW, key=key)

        if self.attempt(refusal, call) and difference:
            self.model.lines[contract.line].committed += difference
            contract.total = amount
            self.model.settle(contract)

    @rule(here=LINES, there=LINES, amount=AMOUNTS)
    def transfer(self, here: int, there: int, amount: D) -> None:
        if here == there:
            return
        asked = Transfer.objects.create(
            from_line=self.rows[here], to_line=self.rows[there], amount=amount, day=NOW.date(), why="Needed"
        )
        approved = Decision(Outcome.APPROVED, person=None, on_behalf_of=None, note="", at=NOW)

        def call() -> object:
            with transaction.atomic():
                transfers.carry_out(Proposal(subject_id=asked.pk), approved)
            return asked

        source, aim = self.model.lines[here], self.model.lines[there]
        if self.attempt(NotFree if amount > source.free else None, call):
            self.last = None  # a second approval is refused, not passed over
            with pytest.raises(Refused):
                call()
            source.total -= amount
            aim.total += amount

    @rule(place=LINES, amount=AMOUNTS)
    def freeze(self, place: int, amount: D) -> None:
        line, row = self.model.lines[place], self.line(place)
        assert self.attempt(
            None, lambda: holds.freeze(line=row, amount=amount, why="Too fast", person=None, now=NOW)
        )
        if not line.frozen:
            line.frozen = max(min(amount, line.free).quantize(D("0.01"), rounding=ROUND_DOWN), ZERO)

    @rule(place=LINES)
    def pause(self, place: int) -> None:
        row = self.line(place)
        assert self.attempt(
            None, lambda: holds.pause(line=row, why="Too little comes back", person=None, now=NOW)
        )
        self.model.lines[place].paused = True

    @rule(place=LINES, kind=st.sampled_from(HoldKind))
    def lift(self, place: int, kind: HoldKind) -> None:
        hold = Hold.objects.filter(line=self.rows[place], kind=kind, lifted_at__isnull=True).first()
        if hold is None:
            return
        assert self.attempt(None, lambda: holds.lift(hold=hold, why="Planned", person=None, now=NOW))
        call, self.last = self.last, None
        assert call is not None
        with pytest.raises(Refused):
            call()
        if kind == HoldKind.FREEZE:
            self.model.lines[place].frozen = ZERO
        else:
            self.model.lines[place].paused = False

    @precondition(lambda self: self.last is not None)
    @rule()
    def click_once_more(self) -> None:
        """Whatever was done last is done again: nothing comes of it."""
        type(self).operations += 1
        assert self.last is not None
        before = Entry.objects.count()
        self.last()
        assert Entry.objects.count() == before

    # -- What holds ---------------------------------------------------------------------------------------

    @invariant()
    def every_sum_is_what_the_model_says(self) -> None:
        if not hasattr(self, "rows"):
            return
        kept = {one.line_id: one for one in Balance.objects.all()}
        for row, line in zip(self.rows, self.model.lines, strict=True):
            one = kept.get(
                row.pk, Balance(planned=ZERO, transferred=ZERO, committed=ZERO, spent=ZERO, frozen=ZERO)
            )
            found = (one.total, one.committed, one.spent, one.frozen)
            assert found == (line.total, line.committed, line.spent, line.frozen)
            assert (
                sum(c.total - c.drawn for c in self.model.contracts if c.line == self.rows.index(row))
                == line.committed
            )
