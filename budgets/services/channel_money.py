"""What a decision about a channel means for the lines that are tied to it: money from the reserve, or back to it."""

from __future__ import annotations

from datetime import date

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from budgets.models import Balance, BudgetState, Line, LineState, Pool
from budgets.services.transfers import ask_transfer
from decisions.money import MoneyWanted
from organization.models import Node
from organization.services import Refused

MORE = gettext_noop("It was decided to give this channel more money.")
LESS = gettext_noop("It was decided to move money out of this channel.")


def move(wanted: MoneyWanted) -> bool:
    """Asks for a transfer between the channel's line and the reserve of its budget; the bands approve it like any other.

    False where no line of an open budget is tied to the channel, there is no reserve, the money is not there, or nobody
    could approve it. Whoever proposed the change has asked for the money, so she does not approve it.
    """
    for line in _lines_of(wanted.node, timezone.localdate(wanted.decision.at)):
        reserve = Line.objects.filter(budget=line.budget_id, pool=Pool.RESERVE).first()
        if reserve is None:
            continue
        why = MORE if wanted.more else LESS
        try:
            ask_transfer(
                from_line=reserve if wanted.more else line,
                to_line=line if wanted.more else reserve,
                amount=wanted.amount,
                why=why,
                special=why,
                urgent=wanted.proposal.urgent,
                person=wanted.proposal.proposed_by,
                now=wanted.decision.at,
                key=f"decided:{wanted.proposal.pk}",
                asked_for=f"proposal:{wanted.proposal.pk}",
            )
        except Refused:
            continue
        return True
    return False


def _lines_of(node: Node, today: date) -> list[Line]:
    """Those of the whole channel before those of a region, and the ones with most money first."""
    lines = Line.objects.filter(
        channel=node,
        pool="",
        budget__state=BudgetState.OPEN,
        budget__first_day__lte=today,
        budget__last_day__gte=today,
    ).exclude(state=LineState.CLOSED)
    rows = list(lines.select_related("budget").order_by(F("region").asc(nulls_first=True), "pk"))
    balances = Balance.objects.in_bulk([line.pk for line in rows])

    def most(line: Line) -> tuple[bool, float]:
        return line.region_id is not None, -float(balances[line.pk].free) if line.pk in balances else 0.0

    return sorted(rows, key=most)
