"""Amounts made finer than they were said: a month's over its days, so that the parts add up exactly. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import pairwise

PLACES = Decimal("0.0001")


def spread(amount: Decimal, parts: int) -> list[Decimal]:
    """`parts` shares of the amount, as equal as four decimals allow, whose sum is the amount to the last digit.

    The amount has at most four decimals itself. Raises ValueError for fewer than one part.
    """
    if parts < 1:
        raise ValueError("An amount is spread over at least one part.")
    with localcontext() as context:
        context.prec = 60
        steps = [
            (amount * step / parts).quantize(PLACES, rounding=ROUND_HALF_EVEN) for step in range(parts + 1)
        ]
        return [after - before for before, after in pairwise(steps)]
