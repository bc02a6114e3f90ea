"""Transfers between the lines of a budget and from its pools: asked for, approved by bands, then two sides of entries.

Nothing moves before the approval. Whoever approves after the money went is refused, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from budgets.models import (
    Balance,
    Budget,
    BudgetState,
    EntryKind,
    Line,
    LineMonth,
    LineState,
    Origin,
    Pool,
    Transfer,
    TransferState,
)
from budgets.money_text import money_text
from budgets.moving import Reach, leaves, reach
from budgets.selectors.moves import moved_in_month, waiting_of
from budgets.services.ledger import LIMIT, PLACES, New, NotFree, hold_lines, what_holds, write
from budgets.services.settings import settings
from common import formats
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal
from decisions.services import Settled, propose
from organization.models import Person
from organization.services import Refused, record

SUMMARY = gettext_noop("Move money between two lines of a budget")
FROM_RESERVE = gettext_noop("Give a line money from the reserve")
EMERGENCY = gettext_noop("Release money from the emergency pool")


class TransferRefused(Refused):
    """It cannot be; `field` names what of it: from_line, to_line, amount, why, special or, empty, the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def ask_transfer(
    *,
    from_line: Line,
    to_line: Line,
    amount: Decimal,
    why: str,
    special: str = "",
    urgent: bool = False,
    person: Person | None,
    now: datetime,
    key: str | None = None,
    asked_for: str = "",
) -> Transfer:
    """Proposes to move money; whether she may, the caller has asked. `why` and `special` go through gettext where they are
    shown, so machines (`person` None) write them in English.

    Money from the emergency pool is always urgent and has its own approval. A `key` says once: the transfer that stands
    under it is returned. Raises TransferRefused for what cannot be, NotFree where the money is not there, and Refused
    where nobody else could approve it.
    """
    amount = _checked(from_line, to_line, amount, why)
    balances = hold_lines([from_line, to_line])
    if key is not None:
        standing = Transfer.objects.filter(key=key).first()
        if standing is not None:
            return standing
    from_line, to_line = _fresh(from_line, to_line)
    day = _day(from_line.budget, timezone.localdate(now))
    for line in (from_line, to_line):
        if line.state == LineState.CLOSED:
            raise TransferRefused(
                _("“%(line)s” is closed: no money leaves or enters it.") % {"line": line.name},
                "from_line" if line == from_line else "to_line",
            )
    _must_be_free(from_line, balances[from_line.pk], amount)
    emergency = from_line.pool == Pool.EMERGENCY
    moves: dict[str, str] = {}
    for line, signed in () if emergency else ((from_line, -amount), (to_line, amount)):
        found = reach_of(line, balances[line.pk], signed, day)
        if found is not None and found.needs_reason and not special.strip():
            raise TransferRefused(_too_far(line, found, day), "special")
        if found is not None and found.share is not None:
            moves[str(line.pk)] = f"{found.share:.4f}"
    made = Transfer.objects.create(
        from_line=from_line, to_line=to_line, amount=amount, day=day, why=why.strip(), special=special.strip(),
        urgent=urgent or emergency, asked_at=now, asked_by=person, asked_for=asked_for, key=key,
    )  # fmt: skip
    made.proposal = propose(
        kind=Transfer.EMERGENCY_KIND if emergency else Transfer.KIND,
        subject_id=made.pk,
        scope=from_line.budget.node.scope,
        summary=EMERGENCY if emergency else FROM_RESERVE if from_line.pool else SUMMARY,
        body=made.why,
        payload={"from": from_line.pk, "to": to_line.pk, "special": made.special, "moves": moves},
        amount=amount,
        urgent=made.urgent,
        person=person,
        as_of=now,
    )
    made.save(update_fields=["proposal"])
    _record("transfer.make", made, person)
    return made


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Part of the decision's transaction: moves the money, or notes that it stays.

    Raises NotFree where it went meanwhile, and Refused where the budget or a line is closed; then nothing has moved.
    """
    ends = Transfer.objects.select_related("from_line", "to_line").get(pk=proposal.subject_id)
    balances = hold_lines([ends.from_line, ends.to_line])
    transfer = Transfer.objects.select_for_update().get(pk=ends.pk)
    if transfer.state != TransferState.WAITING:
        raise Settled(_("This transfer is over already."))
    transfer.from_line, transfer.to_line = _fresh(ends.from_line, ends.to_line)
    if not decision.approved:
        withdrawn = decision.outcome == Outcome.WITHDRAWN
        transfer.state = TransferState.WITHDRAWN if withdrawn else TransferState.REJECTED
        transfer.save(update_fields=["state"])
        _record("transfer.withdraw" if withdrawn else "transfer.reject", transfer, decision.person)
        return
    budget = transfer.from_line.budget
    transfer.day = max(transfer.day, _day(budget, timezone.localdate(decision.at)))
    _must_be_free(transfer.from_line, balances[transfer.from_line_id], transfer.amount)
    transfer.state, transfer.done_at = TransferState.DONE, decision.at
    transfer.save(update_fields=["state", "done_at", "day"])
    write(entries=_entries(transfer), person=decision.person, now=decision.at)
    _record("transfer.done", transfer, decision.person)


def reach_of(line: Line, balance: Balance, signed: Decimal, day: date) -> Reach | None:
    """How far the line would have moved within the month of `day`; None for pools, which are there to give."""
    if line.pool:
        return None
    return reach(
        planned=balance.planned,
        moved=moved_in_month(line, day),
        waiting=waiting_of(line, into=signed > 0),
        amount=signed,
        most=settings().transfer_share,
    )


def _checked(from_line: Line, to_line: Line, amount: Decimal, why: str) -> Decimal:
    if from_line.pk == to_line.pk:
        raise TransferRefused(_("A transfer goes to another line than it comes from."), "to_line")
    if from_line.budget_id != to_line.budget_id:
        raise TransferRefused(
            _(
                "Both lines must belong to one budget: what a budget has in all, only a new version of its plan changes."
            ),
            "to_line",
        )
    if not amount.is_finite() or amount.quantize(PLACES) <= 0:
        raise TransferRefused(_("The amount must be above zero."), "amount")
    if amount >= LIMIT:
        raise TransferRefused(_("This amount is no number that a budget can have."), "amount")
    if not why.strip():
        raise TransferRefused(_("Say why; whoever approves reads it."), "why")
    return amount.quantize(PLACES)


def _fresh(from_line: Line, to_line: Line) -> tuple[Line, Line]:
    """As they stand now that they are held."""
    found: Mapping[int, Line] = {
        line.pk: line
        for line in Line.objects.filter(pk__in=(from_line.pk, to_line.pk)).select_related(
            "budget__node__scope"
        )
    }
    return found[from_line.pk], found[to_line.pk]


def _day(budget: Budget, today: date) -> date:
    """When it counts. Raises TransferRefused where the budget is over or not approved."""
    if budget.state != BudgetState.OPEN:
        raise TransferRefused(_("This budget is not open, so no money moves in it."))
    if today > budget.last_day:
        raise TransferRefused(
            _("This budget ended on %(day)s, so no money moves in it any more.")
            % {"day": formats.day(budget.last_day, get_language() or "en")}
        )
    return max(today, budget.first_day)


def _must_be_free(line: Line, balance: Balance, amount: Decimal) -> None:
    if balance.free >= amount:
        return
    said = _("“%(line)s” has %(free)s free, and this needs %(asked)s.") % {
        "line": line.name,
        "free": money_text(max(balance.free, Decimal(0))),
        "asked": money_text(amount),
    }
    raise NotFree(" ".join([said, *what_holds(line)]), line=line, free=balance.free)


def _too_far(line: Line, found: Reach, day: date) -> str:
    values = {
        "line": line.name,
        "most": formats.share(found.most),
        "month": formats.period(f"{day:%Y-%m}", get_language() or "en"),
    }
    if found.share is None:
        return _("Nothing is planned on “%(line)s”, so this needs a special reason.") % values
    return _(
        "With this, “%(line)s” would change by %(share)s of its plan within %(month)s."
        " More than %(most)s needs a special reason."
    ) % {**values, "share": formats.share(abs(found.share))}


def _entries(transfer: Transfer) -> list[New]:
    """Out of months that have it, into the month in which it counts."""
    rows = LineMonth.objects.filter(line=transfer.from_line).values_list("month", "planned", "transferred")
    months = {month: planned + moved for month, planned, moved in rows}
    first = transfer.day.replace(day=1)
    out = leaves(months, transfer.amount, first)
    budget = transfer.from_line.budget
    common: dict[str, Any] = {
        "kind": EntryKind.TRANSFER,
        "origin": Origin.TRANSFER,
        "transfer": transfer,
        "note": transfer.why,
    }
    leaving = [
        New(
            line=transfer.from_line,
            amount=-part,
            day=transfer.day if month == first else max(month, budget.first_day),
            **common,
        )
        for month, part in out.items()
    ]
    return [*leaving, New(line=transfer.to_line, amount=transfer.amount, day=transfer.day, **common)]


def _record(action: str, transfer: Transfer, person: Person | None) -> None:
    record(
        action=action,
        subject=transfer.from_line.budget.node.scope.key,
        person=person,
        transfer=transfer.pk,
        from_line=transfer.from_line_id,
        to_line=transfer.to_line_id,
        amount=f"{transfer.amount:f}",
        why=transfer.why,
    )
