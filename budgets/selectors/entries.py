"""What was entered on lines, as pages and programs show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from budgets.models import Entry, EntryKind, Line, Origin, Receipt
from budgets.selectors.numbers import ZERO, Standing, Worth, correctable, nets, roots, standing_of
from budgets.selectors.rights import may_spend, visible_lines
from organization.gate import Someone

A_PAGE = 50
LATEST = 6
MOST_OPEN = 20
SHOWN = (EntryKind.SPEND, EntryKind.COMMITMENT)


class Money:
    """Stands in for a metric where amounts are written."""

    unit = "money"


MONEY = Money()
_KINDS: dict[str, str | Promise] = {
    EntryKind.PLAN: _("Plan"),
    EntryKind.TRANSFER: _("Transfer"),
    EntryKind.COMMITMENT: _("Commitment"),
    EntryKind.SPEND: _("Spend"),
    EntryKind.FREEZE: _("Frozen"),
    EntryKind.RELEASE: _("Released"),
}


@dataclass(frozen=True)
class EntryRow:
    entry: Entry
    what: str | Promise
    receipts: int

    @property
    def opens(self) -> int:
        """The entry whose page tells of this one: of a correction or what was drawn, the invoice's or contract's own."""
        entry = self.entry
        if entry.kind == EntryKind.COMMITMENT and entry.commitment_id:
            return entry.commitment_id
        return entry.corrects_id or entry.pk

    @property
    def who(self) -> str:
        return who_of(self.entry)


@dataclass(frozen=True)
class OpenCommitment:
    entry: Entry
    total: Decimal
    left: Decimal


@dataclass(frozen=True)
class OneEntry:
    """An invoice or a contract with all that followed. `standing` for contracts alone."""

    entry: Entry
    net: Worth
    standing: Standing | None
    followed: Sequence[EntryRow]
    receipts: Sequence[Receipt]
    may: bool
    correctable: bool

    @property
    def what(self) -> str | Promise:
        return what_of(self.entry)

    @property
    def who(self) -> str:
        return who_of(self.entry)

    @property
    def in_own_money(self) -> Decimal:
        """What it stands for in its own currency."""
        return self.net.amount if self.net.original is None else self.net.original


def what_of(entry: Entry) -> str | Promise:
    if entry.corrects_id:
        return _("Correction") if entry.kind == EntryKind.SPEND else _("Correction of a commitment")
    if entry.kind == EntryKind.COMMITMENT and entry.commitment_id:
        return _("Drawn on a commitment")
    if entry.kind == EntryKind.SPEND and entry.origin == Origin.COST:
        return _("Cost of its channel")
    return _KINDS[entry.kind]


def who_of(entry: Entry) -> str:
    """A person, or what wrote it by itself."""
    return entry.person.label if entry.person else str(Origin(entry.origin).label)


def rows_of(entries: Iterable[Entry]) -> list[EntryRow]:
    """One query for the receipts of all."""
    entries = list(entries)
    receipts = dict(
        Receipt.objects.filter(entry__in=entries).values_list("entry").annotate(n=Count("pk")).order_by()
    )
    return [EntryRow(entry, what_of(entry), receipts.get(entry.pk, 0)) for entry in entries]


def entries_of(line: Line) -> QuerySet[Entry]:
    return Entry.objects.filter(line=line).select_related("person").order_by("-pk")


def latest(line: Line, most: int = LATEST) -> list[EntryRow]:
    """What was spent and committed last; what was only drawn on a contract stands with its spend. Two queries."""
    found = (
        entries_of(line).filter(kind__in=SHOWN).exclude(kind=EntryKind.COMMITMENT, commitment__isnull=False)
    )
    return rows_of(found[:most])


def entries_page(line: Line, number: str | int | None) -> tuple[Page[Entry], list[EntryRow]]:
    """All entries of the line, the newest first."""
    page = Paginator(entries_of(line), A_PAGE).get_page(number)
    return page, rows_of(page.object_list)


def open_commitments(line: Line) -> list[OpenCommitment]:
    """Contracts of which something is still to come, the oldest first. One query."""

    def sum_of(field: str) -> Coalesce:
        of = Entry.objects.filter(**{field: OuterRef("pk")}, kind=EntryKind.COMMITMENT).order_by()
        total = of.values(field).annotate(total=Sum("amount")).values("total")
        return Coalesce(Subquery(total), ZERO)

    found = (
        roots()
        .filter(line=line, kind=EntryKind.COMMITMENT)
        .annotate(in_all=F("amount") + sum_of("corrects"))
        .annotate(left=F("in_all") + sum_of("commitment"))
        .filter(left__gt=0)
        .order_by("day", "pk")
    )
    return [OpenCommitment(entry, entry.in_all, entry.left) for entry in found[:MOST_OPEN]]


def get_entry_or_404(person: Someone, pk: int) -> Entry:
    """With its line as the gate gives it. Raises Http404 where she may not look at its line."""
    entry = (
        Entry.objects.filter(pk=pk, line__in=visible_lines(person).order_by().values("pk"))
        .select_related("person", "corrects", "commitment", "batch")
        .first()
    )
    if entry is None:
        raise Http404
    entry.line = visible_lines(person).get(pk=entry.line_id)
    return entry


def one_entry(person: Someone, entry: Entry) -> OneEntry:
    followed = (
        Entry.objects.filter(line=entry.line_id)
        .filter(corrects=entry)
        .union(Entry.objects.filter(line=entry.line_id, commitment=entry))
        .values_list("pk", flat=True)
    )
    later = Entry.objects.filter(pk__in=list(followed)).select_related("person").order_by("pk")
    contract = entry.kind == EntryKind.COMMITMENT and not entry.commitment_id and not entry.corrects_id
    may = may_spend(person, entry.line)
    return OneEntry(
        entry=entry,
        net=nets([entry])[entry.pk],
        standing=standing_of([entry])[entry.pk] if contract else None,
        followed=rows_of(later),
        receipts=list(Receipt.objects.filter(entry=entry).select_related("person").order_by("pk"))
        if may
        else [],
        may=may,
        correctable=correctable(entry),
    )
