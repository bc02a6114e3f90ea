"""Values with their intervals on one scale, as points of small drawings. Pure; templates draw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from feedback.scores import Score

WIDE = Decimal(100)


@dataclass(frozen=True)
class Scale:
    low: Decimal
    high: Decimal

    def at(self, value: Decimal) -> Decimal:
        """0 to 100; what lies outside stands at the edge."""
        part = (value - self.low) / (self.high - self.low)
        return (min(max(part, Decimal(0)), Decimal(1)) * WIDE).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Dot:
    low: Decimal
    high: Decimal
    at: Decimal
    whole: Decimal | None

    @property
    def length(self) -> Decimal:
        return self.high - self.low


def scale_of(scores: Iterable[Score], ends: tuple[Decimal, Decimal]) -> Scale:
    """As wide as the intervals that can be judged; of all of them, where none can."""
    every = [one for one in scores if one.low is not None and one.high is not None]
    known = [one for one in every if not one.small] or every
    first, last = ends
    if not known:
        return Scale(first, last)
    low = min(one.low for one in known if one.low is not None)
    high = max(one.high for one in known if one.high is not None)
    step = (last - first) / 20
    low = max(first, ((low - first) // step) * step + first)
    high = min(last, -(-(high - first) // step) * step + first)
    return Scale(low, high) if low < high else Scale(first, last)


def dot(score: Score, scale: Scale, whole: Decimal | None = None) -> Dot | None:
    """`whole`: the score of all, for a line to compare by."""
    if score.value is None:
        return None
    at = scale.at(score.value)
    low = at if score.low is None else scale.at(score.low)
    high = at if score.high is None else scale.at(score.high)
    return Dot(low, high, at, None if whole is None else scale.at(whole))
