"""How an amount falls on the months of a budget, how large its pools are, and what may not be fed twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import accumulate, combinations, pairwise

from common.periods import add_months

CENT = Decimal("0.01")
NONE = Decimal(0)


@dataclass(frozen=True)
class MonthPart:
    """The days that a month has within a budget; `month` is its first day, whether that lies within or not."""

    month: date
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def whole(self) -> bool:
        return self.first == self.month and self.last == add_months(self.month, 1) - timedelta(days=1)


def months_of(first: date, last: date) -> list[MonthPart]:
    """The months that the days touch, in order; the first may begin and the last end in the middle."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        after = add_months(month, 1)
        found.append(MonthPart(month, max(first, month), min(last, after - timedelta(days=1))))
        month = after
    return found


def share_out(amount: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Parts of the amount by weights, in whole cents, that add up to it exactly; by weights of nothing, equally.

    The amount has whole cents itself. No part is more than a cent off its exact share, and none is negative.
    """
    known = [Decimal(weight) for weight in weights]
    if not any(known):
        known = [Decimal(1)] * len(known)
    with localcontext() as context:
        context.prec = 80
        total = sum(known, NONE)
        steps = [
            (amount * done / total).quantize(CENT, rounding=ROUND_HALF_EVEN)
            for done in accumulate(known, initial=NONE)
        ]
        return [after - before for before, after in pairwise(steps)]


def by_days(amount: Decimal, first: date, last: date) -> list[Decimal]:
    """A part for each month, as equal days would have it."""
    return share_out(amount, [part.days for part in months_of(first, last)])


def pool_amounts(lines: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """What each pool must have to be its share of the whole budget, where the other lines have `lines` together.

    Raises ValueError where the shares leave nothing for the lines.
    """
    rest = 1 - sum(shares, NONE)
    if rest <= 0:
        raise ValueError("The pools' shares leave nothing for the lines.")
    with localcontext() as context:
        context.prec = 80
        return [(lines * share / rest).quantize(CENT, rounding=ROUND_HALF_EVEN) for share in shares]


@dataclass(frozen=True)
class Fed:
    """A line fed by the cost of a channel, there in a region or everywhere, within days.

    `channel` and `region` are a node with all above it, the node first; no region is everywhere.
    """

    name: str
    first: date
    last: date
    channel: tuple[int, ...]
    region: tuple[int, ...] = ()


def same_cost(one: Fed, other: Fed) -> bool:
    """Whether some cost would count in both: days in common, and in each dimension one at or above the other."""
    return (
        one.first <= other.last
        and other.first <= one.last
        and _on_one_path(one.channel, other.channel)
        and _on_one_path(one.region, other.region)
    )


def _on_one_path(one: Sequence[int], other: Sequence[int]) -> bool:
    return not one or not other or one[0] in other or other[0] in one


def fed_twice(lines: Iterable[Fed], others: Iterable[Fed] = ()) -> list[tuple[Fed, Fed]]:
    """Pairs of lines that would count the same cost: among `lines`, and of these with `others`."""
    lines, others = list(lines), list(others)
    pairs = [*combinations(lines, 2), *((one, other) for one in lines for other in others)]
    return [pair for pair in pairs if same_cost(*pair)]
