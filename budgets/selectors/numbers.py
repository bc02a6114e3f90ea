"""What entries stand for by now: an invoice with its corrections, a contract with what was spent on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from budgets.models import Entry, EntryKind, Origin

Number = tuple[int, str, str]  # line, kind, reference
ZERO = Decimal(0)


@dataclass(frozen=True)
class Worth:
    """An amount in the company's currency, and as it stood where that was another."""

    amount: Decimal
    currency: str = ""
    original: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True)
class Known:
    """The first entry of a number, and what it stands for by now: with all its corrections."""

    entry: Entry
    net: Worth


def known_numbers(numbers: Collection[Number]) -> dict[Number, Known]:
    """The entries that these numbers stand for already. Two queries."""
    if not numbers:
        return {}
    found = roots().filter(
        line__in={line for line, _kind, _text in numbers},
        reference__in={text for _line, _kind, text in numbers},
    )
    first: dict[Number, Entry] = {}
    for root in found.order_by("pk"):
        first.setdefault((root.line_id, root.kind, root.reference), root)
    net = nets(first.values())
    return {number: Known(root, net[root.pk]) for number, root in first.items()}


def nets(entries: Iterable[Entry]) -> dict[int, Worth]:
    """What entries stand for with their corrections. One query."""
    entries = list(entries)
    more: dict[int | None, tuple[Decimal, Decimal | None]] = {
        pk: (amount, original)
        for pk, amount, original in Entry.objects.filter(corrects__in=entries)
        .values_list("corrects")
        .annotate(of_amount=Sum("amount"), of_original=Sum("original"))
        .values_list("corrects", "of_amount", "of_original")
    }
    net = {}
    for root in entries:
        amount, original = more.get(root.pk, (ZERO, None))
        if root.original is not None:
            original = root.original + (original or ZERO)
        net[root.pk] = Worth(
            root.amount + amount, root.currency, original if root.currency else None, root.rate
        )
    return net


@dataclass(frozen=True)
class Standing:
    """A commitment: what it is for in all, what was spent on it, and how much of it that has drawn."""

    total: Decimal
    spent: Decimal
    drawn: Decimal

    @property
    def open(self) -> Decimal:
        return self.total - self.drawn


def standing_of(commitments: Iterable[Entry]) -> dict[int, Standing]:
    """Two queries."""
    commitments = list(commitments)
    net = nets(commitments)
    sums = {
        pk: (spent, -minus)
        for pk, spent, minus in Entry.objects.filter(commitment__in=commitments)
        .values("commitment")
        .annotate(
            of_spend=Sum("amount", filter=Q(kind=EntryKind.SPEND), default=ZERO),
            of_drawing=Sum("amount", filter=Q(kind=EntryKind.COMMITMENT), default=ZERO),
        )
        .values_list("commitment", "of_spend", "of_drawing")
    }
    return {one.pk: Standing(net[one.pk].amount, *sums.get(one.pk, (ZERO, ZERO))) for one in commitments}


def correctable(root: Entry) -> bool:
    """Whether people correct it by itself: what they, files and programs have said of spend and commitments."""
    return (
        root.corrects_id is None
        and root.origin in (Origin.FORM, Origin.API, Origin.FILE)
        and (
            root.kind == EntryKind.SPEND or (root.kind == EntryKind.COMMITMENT and root.commitment_id is None)
        )
    )


def roots() -> QuerySet[Entry]:
    """Invoices and contracts: what is neither a correction nor drawn on a contract."""
    return Entry.objects.filter(
        Q(kind=EntryKind.SPEND) | Q(kind=EntryKind.COMMITMENT, commitment__isnull=True), corrects__isnull=True
    )
