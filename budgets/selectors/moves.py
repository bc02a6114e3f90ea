"""What a line has moved, and what waits to move."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from budgets.models import Line, Transfer, TransferState

ZERO = Decimal(0)


def moved_in_month(line: Line, day: date) -> Decimal:
    """Net, in more than out, by transfers between lines that count in the month of `day`. One query.

    Money from the emergency pool is left out: it had its own signature.
    """
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    sums = (
        Transfer.objects.filter(state=TransferState.DONE, day__range=(first, last))
        .exclude(from_line__pool="emergency")
        .aggregate(
            into=Sum("amount", filter=Q(to_line=line), default=ZERO),
            out=Sum("amount", filter=Q(from_line=line), default=ZERO),
        )
    )
    net: Decimal = sums["into"] - sums["out"]
    return net


def waiting_of(line: Line, *, into: bool) -> Decimal:
    """What waits for approval in that direction, signed. One query."""
    end = Q(to_line=line) if into else Q(from_line=line)
    rows = Transfer.objects.filter(end, state=TransferState.WAITING).exclude(from_line__pool="emergency")
    found: Decimal = rows.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    return found if into else -found
