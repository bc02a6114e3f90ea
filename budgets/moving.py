"""How much a line may move within a month without a special reason, and out of which months money leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Reach:
    """What a line's plan would have moved by within the month: `share` of the plan, signed; None where nothing is planned.

    `needs_reason`: more than `most` of it, in or out.
    """

    share: Decimal | None
    most: Decimal
    needs_reason: bool


def reach(*, planned: Decimal, moved: Decimal, waiting: Decimal, amount: Decimal, most: Decimal) -> Reach:
    """`amount` is signed: in is more. `moved`: net this month. `waiting`: what waits for approval in the same direction;
    it counts, since all of it may be approved. What goes the other way does not: it may be rejected.
    """
    after = moved + waiting + amount
    if planned <= 0:
        return Reach(None, most, needs_reason=True)
    share = after / planned
    # Coming back towards the plan needs no reason, however far it is still away.
    farther = (after > 0) == (amount > 0)
    return Reach(share, most, needs_reason=farther and abs(share) > most)


def leaves(months: Mapping[date, Decimal], amount: Decimal, month: date) -> dict[date, Decimal]:
    """Out of which months `amount` leaves, so that none is planned below nothing: from `month` first, then from those
    after it in order, then from those before it, the last first. `months`: what each has, moves included.

    What none of them has leaves from `month`: the line then has it from elsewhere.
    """
    later = sorted(one for one in months if one > month)
    earlier = sorted((one for one in months if one < month), reverse=True)
    taken: dict[date, Decimal] = {}
    for one in (month, *later, *earlier):
        part = min(max(months.get(one, ZERO), ZERO), amount)
        if part > 0:
            taken[one] = part
            amount -= part
    if amount > 0:
        taken[month] = taken.get(month, ZERO) + amount
    return taken
