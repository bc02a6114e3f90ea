"""What lines spend and commit: recorded, fulfilled and corrected. Nothing is edited: what was wrong is put right by another entry.

The same number a second time is the same invoice: the same amount changes nothing, another one corrects it and is
flagged, so that somebody looks. A `key` says once: a form that was sent twice, a program that never saw its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import Balance, Entry, EntryKind, Line, LineState, Origin
from budgets.money_text import money_text
from budgets.selectors.numbers import Known, Worth, correctable, known_numbers, nets, standing_of
from budgets.services.ledger import New, hold_lines, write
from budgets.services.saying import (
    LIMIT,
    EntryRefused,
    Said,
    check,
    correction_of,
    in_currency_of,
    new_of,
    plain,
    worth_of,
)
from organization.models import Person
from organization.services import record as note_down


class Outcome(StrEnum):
    NEW = "new"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Recorded:
    """What became of it. `entry` is the invoice's or contract's own entry, the first of its number; `wrote` what was added."""

    entry: Entry
    outcome: Outcome
    wrote: tuple[Entry, ...] = ()


# -- One at a time ------------------------------------------------------------------------------------


def record(
    *,
    line: Line,
    amount: Decimal,
    day: date,
    person: Person | None,
    now: datetime,
    origin: Origin = Origin.FORM,
    reference: str = "",
    note: str = "",
    currency: str = "",
    key: str | None = None,
) -> Recorded:
    """Spend of a line. Raises EntryRefused, and LineClosed as the ledger does."""
    worth = worth_of(amount, currency, day)
    said = Said(line, EntryKind.SPEND, worth, day, origin, plain(reference), note.strip(), key)
    return _record(said, person=person, now=now)


def commit(
    *,
    line: Line,
    amount: Decimal,
    day: date,
    person: Person | None,
    now: datetime,
    origin: Origin = Origin.FORM,
    reference: str = "",
    note: str = "",
    currency: str = "",
    key: str | None = None,
) -> Recorded:
    """A contract or an order: money that is bound. Raises EntryRefused, and NotFree and LineClosed as the ledger does."""
    worth = worth_of(amount, currency, day)
    said = Said(line, EntryKind.COMMITMENT, worth, day, origin, plain(reference), note.strip(), key)
    return _record(said, person=person, now=now)


@transaction.atomic
def _record(said: Said, *, person: Person | None, now: datetime) -> Recorded:
    said = replace(said, line=_held(said.line))
    again = _once(said.key)
    if again is not None:
        return again
    check(said, today=timezone.localdate(now))
    numbers = known_numbers([said.number]) if said.reference else {}
    known = numbers.get(said.number)
    if known is not None:
        return _again(said, known, person=person, now=now)
    contract = numbers.get((said.line.pk, EntryKind.COMMITMENT.value, said.reference))
    if contract is not None:  # an invoice that goes by its contract's number
        new = replace(new_of(said), commitment=contract.entry)
        wrote = write(entries=[new], person=person, now=now)
        wrote += settle(contract.entry, day=said.day, origin=said.origin, person=person, now=now)
    else:
        wrote = write(entries=[new_of(said)], person=person, now=now)
    _note("budget." + said.kind, wrote[0], person)
    return Recorded(wrote[0], Outcome.NEW, tuple(wrote))


@transaction.atomic
def fulfil(
    *,
    commitment: Entry,
    amount: Decimal,
    day: date,
    person: Person | None,
    now: datetime,
    origin: Origin = Origin.FORM,
    reference: str = "",
    note: str = "",
    currency: str = "",
    last: bool = False,
    key: str | None = None,
) -> Recorded:
    """Spend that a commitment was made for, in whole or in part: as much less is committed. What an invoice asks beyond
    its contract is spent all the same. `last`: nothing more comes, and what is still open is free again.

    Raises EntryRefused and LineClosed.
    """
    line = _held(commitment.line)
    again = _once(key)
    if again is not None:
        return again
    if commitment.kind != EntryKind.COMMITMENT or commitment.corrects_id or commitment.commitment_id:
        raise EntryRefused(_("Only a commitment can be fulfilled."))
    worth = worth_of(amount, currency, day)
    said = Said(line, EntryKind.SPEND, worth, day, origin, plain(reference), note.strip(), key)
    check(said, today=timezone.localdate(now))
    known = _known(said)
    if known is not None:
        if known.entry.commitment_id != commitment.pk:
            raise EntryRefused(
                _(
                    "The number %(number)s is known on this line, and was not drawn on this commitment. Correct it there."
                )
                % {"number": said.reference},
                "reference",
            )
        return _again(said, known, person=person, now=now)
    wrote = write(entries=[replace(new_of(said), commitment=commitment)], person=person, now=now)
    wrote += settle(commitment, day=day, origin=origin, person=person, now=now)
    if last:
        left = standing_of([commitment])[commitment.pk].open
        if left > 0:
            wrote += write(
                entries=[
                    New(
                        line=line, kind=EntryKind.COMMITMENT, amount=-left, day=day, origin=origin, corrects=commitment,
                        note=_("Nothing more comes."),
                    )
                ],
                person=person,
                now=now,
            )  # fmt: skip
    _note("budget.fulfil", wrote[0], person, commitment=commitment.pk)
    return Recorded(wrote[0], Outcome.NEW, tuple(wrote))


@transaction.atomic
def correct(
    *,
    entry: Entry,
    amount: Decimal,
    why: str,
    person: Person | None,
    now: datetime,
    origin: Origin = Origin.FORM,
    key: str | None = None,
) -> Recorded:
    """What an entry should have said in all, in its own currency; zero takes it back. The difference is an entry of its own.

    Raises EntryRefused, NotFree (a commitment made larger) and LineClosed.
    """
    line = _held(entry.line)
    again = _once(key)
    if again is not None:
        return again
    root = entry.corrects or entry
    if not correctable(root):
        raise EntryRefused(_("This entry is corrected where it came from."))
    if not why.strip():
        raise EntryRefused(_("Say why, so that it can be understood later."), "why")
    if amount < 0 or amount >= LIMIT:
        raise EntryRefused(_("An amount lies between 0 and a trillion."), "amount")
    net = nets([root])[root.pk]
    wanted = in_currency_of(root, amount)
    if root.kind == EntryKind.COMMITMENT:
        _must_cover(root, wanted.amount)
    wrote = _difference(
        root, net, wanted, line=line, origin=origin, note=why.strip(), key=key, person=person, now=now
    )
    if not wrote:
        return Recorded(root, Outcome.UNCHANGED)
    _note("budget.correct", wrote[0], person, before=net.amount, after=wanted.amount, why=why.strip())
    return Recorded(root, Outcome.CORRECTED, tuple(wrote))


# -- Inside ---------------------------------------------------------------------------------------------


def _known(said: Said) -> Known | None:
    return known_numbers([said.number]).get(said.number) if said.reference else None


def _held(line: Line) -> Line:
    """The line as it stands, held to the end of the transaction."""
    hold_lines([line])
    return Line.objects.select_related("budget__node", "node").get(pk=line.pk)


def _once(key: str | None) -> Recorded | None:
    """What the same key has written before."""
    if key is None:
        return None
    before = Entry.objects.filter(key=key).select_related("corrects").first()
    return None if before is None else Recorded(before.corrects or before, Outcome.UNCHANGED)


def _again(said: Said, known: Known, *, person: Person | None, now: datetime) -> Recorded:
    new = correction_of(said, known)
    if new is None:
        return Recorded(known.entry, Outcome.UNCHANGED)
    root = known.entry
    if root.kind == EntryKind.COMMITMENT:
        _must_cover(root, known.net.amount + new.amount)
    wrote = write(entries=[new], person=person, now=now)
    commitment = root if root.kind == EntryKind.COMMITMENT else root.commitment
    if commitment is not None:
        wrote += settle(commitment, day=said.day, origin=said.origin, person=person, now=now)
    _note(
        "budget.correct", wrote[0], person, before=known.net.amount, after=known.net.amount + new.amount,
        number=said.reference,
    )  # fmt: skip
    return Recorded(known.entry, Outcome.CORRECTED, tuple(wrote))


def _must_cover(commitment: Entry, amount: Decimal) -> None:
    """Raises EntryRefused where more of the commitment has been spent than it is to be."""
    drawn = standing_of([commitment])[commitment.pk].drawn
    if amount < drawn:
        raise EntryRefused(
            _("%(drawn)s of this commitment has been spent: it cannot be less.")
            % {"drawn": money_text(drawn)},
            "amount",
        )


def _difference(
    root: Entry,
    net: Worth,
    wanted: Worth,
    *,
    line: Line,
    origin: Origin,
    note: str,
    key: str | None,
    person: Person | None,
    now: datetime,
) -> list[Entry]:
    delta = wanted.amount - net.amount
    if not delta:
        return []
    original = None if wanted.original is None else wanted.original - (net.original or Decimal(0))
    if not original:
        original = None
    new = New(
        line=line, kind=EntryKind(root.kind), amount=delta, day=root.day, origin=origin, reference=root.reference,
        note=note, currency=root.currency if original else "", original=original,
        rate=root.rate if original else None, corrects=root, key=key,
        commitment=root.commitment if root.kind == EntryKind.SPEND else None,
    )  # fmt: skip
    wrote = write(entries=[new], person=person, now=now)
    commitment = root.commitment if root.kind == EntryKind.SPEND else root
    if commitment is not None:
        wrote += settle(commitment, day=root.day, origin=origin, person=person, now=now)
    return wrote


def settle(
    commitment: Entry, *, day: date, origin: Origin, person: Person | None, now: datetime
) -> list[Entry]:
    """Holds what is drawn to what was spent on the commitment, up to all of it.

    What comes back after a correction is bound again as far as it is free: money that went elsewhere stays there.
    """
    standing = standing_of([commitment])[commitment.pk]
    more = min(standing.total, max(standing.spent, Decimal(0))) - standing.drawn
    if more < 0:
        line = commitment.line
        free = Balance.objects.get(pk=commitment.line_id).free if line.state == LineState.OPEN else Decimal(0)
        more = -min(-more, max(free, Decimal(0)))
    if not more:
        return []
    return write(
        entries=[
            New(
                line=commitment.line, kind=EntryKind.COMMITMENT, amount=-more, day=day, origin=origin,
                reference=commitment.reference, commitment=commitment,
            )
        ],
        person=person,
        now=now,
    )  # fmt: skip


def _note(action: str, entry: Entry, person: Person | None, **more: object) -> None:
    line = entry.line
    note_down(
        action=action, subject=f"{line.budget.node.name} · {line.name}", person=person, line=line.pk, entry=entry.pk,
        amount=entry.amount, day=entry.day, reference=entry.reference, **more,
    )  # fmt: skip
