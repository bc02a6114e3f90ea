"""Sending a split of a total on for a decision, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import Allocation, AllocationState
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal
from decisions.services import propose
from organization.models import Person
from organization.services import Refused, ensure_scope, record

STATES = {
    Outcome.APPROVED: AllocationState.ACCEPTED,
    Outcome.REJECTED: AllocationState.REJECTED,
    Outcome.WITHDRAWN: AllocationState.WITHDRAWN,
}


@dataclass(frozen=True)
class SplitDraft:
    """`parts`: by node what it spends in the period at today's rate, and what it is to have."""

    first_day: date
    last_day: date
    parts: Mapping[int, tuple[Decimal, Decimal]]
    gain: Decimal
    gain_low: Decimal
    gain_high: Decimal


@transaction.atomic
def send_on(*, draft: SplitDraft, summary: str, why: str, person: Person, now: datetime) -> Proposal:
    """Asks for a decision about the split, by its total. Nothing changes before that.

    Raises Refused where it moves nothing, without a reason, or where nobody else could approve it.
    """
    total = sum((amount for _today, amount in draft.parts.values()), Decimal(0))
    if total <= 0 or any(amount < 0 for _today, amount in draft.parts.values()):
        raise Refused(_("A split needs amounts of zero or more, and a total above zero."))
    if all(today == amount for today, amount in draft.parts.values()):
        raise Refused(_("This is today's split: there is nothing to decide."))
    parts = [
        {"node": node, "today": str(today), "amount": str(amount)}
        for node, (today, amount) in sorted(draft.parts.items())
    ]
    made = Allocation.objects.create(
        first_day=draft.first_day, last_day=draft.last_day, total=total, parts=parts, gain=draft.gain,
        gain_low=draft.gain_low, gain_high=draft.gain_high, made_at=now, made_by=person,
    )  # fmt: skip
    record(action="allocation.send", subject=str(made), person=person, total=str(total))
    return propose(
        kind=Allocation.KIND, subject_id=made.pk, scope=ensure_scope(nodes=[]), summary=summary, body=why,
        payload={
            "parts": parts, "total": str(total), "first_day": draft.first_day, "last_day": draft.last_day,
        },
        amount=total, person=person, as_of=now,
    )  # fmt: skip


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Inside the transaction of the decision: the split is kept as accepted or not; budgets go by it later."""
    Allocation.objects.filter(pk=proposal.subject_id).update(
        state=STATES[decision.outcome], decided_at=decision.at
    )
