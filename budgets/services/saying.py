"""What somebody says of a line, checked and made an entry; the same for forms, programs and files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import BudgetState, Entry, EntryKind, FedBy, Line, LineState, Origin
from budgets.selectors.numbers import Known, Number, Worth
from budgets.services.ledger import New
from common import formats
from ingest.models import Import
from ingest.money import Money
from ingest.rejecting import word
from organization.services import Refused

LIMIT = Decimal(10) ** 12  # an amount of a trillion is a mistake
LONGEST_REFERENCE = 100
CENT = Decimal("0.0001")


class EntryRefused(Refused):
    """It cannot be so; `field` names what of it: day, amount, currency, kind, reference, why or, empty, the whole."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Said:
    """Spend or a commitment, as somebody says it of a line."""

    line: Line
    kind: EntryKind
    worth: Worth
    day: date
    origin: Origin
    reference: str = ""
    note: str = ""
    key: str | None = None
    batch: Import | None = None

    @property
    def number(self) -> Number:
        return (self.line.pk, self.kind.value, self.reference)


def check(said: Said, *, today: date) -> None:
    """Raises EntryRefused with what is wrong, in words for people. What is free, the ledger says."""
    line, budget = said.line, said.line.budget
    if budget.state != BudgetState.OPEN:
        raise EntryRefused(_("This budget is not open: nothing is entered in it."))
    if line.state == LineState.CLOSED:
        raise EntryRefused(_("This line is closed: nothing is entered in it any more."))
    if line.pool:
        raise EntryRefused(
            _("This is a pool: its money leaves by transfers to other lines, and by nothing else.")
        )
    if said.kind == EntryKind.SPEND and line.fed_by == FedBy.COST:
        raise EntryRefused(
            _(
                "What this line spends is the cost that its channel reports; what is entered beside it would count twice."
            )
        )
    if not budget.first_day <= said.day <= budget.last_day:
        language = get_language() or "en"
        raise EntryRefused(
            _("This budget runs from %(first)s to %(last)s.")
            % {
                "first": formats.day(budget.first_day, language),
                "last": formats.day(budget.last_day, language),
            },
            "day",
        )
    if said.kind == EntryKind.SPEND and said.day > today:
        raise EntryRefused(
            _(
                "This day is still to come. Enter what is agreed as a commitment, and the spend when it is there."
            ),
            "day",
        )
    if len(said.reference) > LONGEST_REFERENCE:
        raise EntryRefused(_("A number has at most %(n)s letters.") % {"n": LONGEST_REFERENCE}, "reference")


def worth_of(amount: Decimal, currency: str, day: date) -> Worth:
    """In the company's currency by the rate of that day. Raises EntryRefused where there is none, or no such amount."""
    if amount <= 0:
        raise EntryRefused(
            _("An amount is above zero. What was wrong is corrected at its own entry."), "amount"
        )
    if amount >= LIMIT:
        raise EntryRefused(_("An amount lies between 0 and a trillion."), "amount")
    worth = Worth(amount.quantize(CENT))
    if currency.strip():
        found = Money.now().worth(currency, day)
        if found.problem is not None:
            raise EntryRefused(word(found.problem), "currency")
        if found.currency and found.rate is not None:
            worth = Worth(
                (amount * found.rate).quantize(CENT), found.currency, amount.quantize(CENT), found.rate
            )
    if not worth.amount:
        raise EntryRefused(_("This is less than can be kept."), "amount")
    return worth


def new_of(said: Said) -> New:
    return New(
        line=said.line, kind=said.kind, amount=said.worth.amount, day=said.day, origin=said.origin,
        reference=said.reference, note=said.note, currency=said.worth.currency, original=said.worth.original,
        rate=said.worth.rate, batch=said.batch, key=said.key,
    )  # fmt: skip


def correction_of(said: Said, known: Known) -> New | None:
    """What makes the known number say this amount; None where it says so already.

    Flagged: nobody can tell which of the two is right. What was taken back and comes again is no contradiction.
    """
    root = known.entry
    wanted = said.worth
    same_currency = wanted.currency == root.currency
    if same_currency and root.currency:
        assert wanted.original is not None
        wanted = in_currency_of(root, wanted.original)
    delta = wanted.amount - known.net.amount
    if not delta:
        return None
    original = None
    if same_currency and wanted.original is not None:
        original = wanted.original - (known.net.original or Decimal(0))
    return New(
        line=said.line, kind=said.kind, amount=delta, day=root.day, origin=said.origin, reference=said.reference,
        note=said.note, currency=root.currency if original is not None else "", original=original,
        rate=root.rate if original is not None else None, batch=said.batch, corrects=root,
        commitment=root.commitment if said.kind == EntryKind.SPEND else None,
        flagged=bool(known.net.amount), key=said.key,
    )  # fmt: skip


def in_currency_of(root: Entry, amount: Decimal) -> Worth:
    amount = amount.quantize(CENT)
    if not root.currency or root.rate is None:
        return Worth(amount)
    return Worth((amount * root.rate).quantize(CENT), root.currency, amount, root.rate)


def plain(text: str) -> str:
    return " ".join(text.split())
