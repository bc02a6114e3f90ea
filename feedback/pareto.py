"""Few causes make most of the trouble: parts in falling order with what they add up to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST = 10
VITAL = 0.8  # the share that "most of it" means (Juran)


@dataclass(frozen=True)
class Bar:
    """`key` is None for all that are not shown one by one. Shares are fractions of the whole."""

    key: int | None
    count: int
    share: float
    cumulative: float


def pareto(counts: Mapping[int, int], most: int = MOST) -> tuple[Bar, ...]:
    """The greatest `most` and the others as one, which stands last whatever it adds up to."""
    whole = sum(counts.values())
    if whole <= 0:
        return ()
    falling = sorted(
        ((count, key) for key, count in counts.items() if count > 0), key=lambda one: (-one[0], one[1])
    )
    parts: list[tuple[int | None, int]] = [(key, count) for count, key in falling[:most]]
    rest = sum(count for count, _key in falling[most:])
    if rest:
        parts.append((None, rest))
    bars, so_far = [], 0
    for key, count in parts:
        so_far += count
        bars.append(Bar(key, count, count / whole, so_far / whole))
    return tuple(bars)


def vital(bars: tuple[Bar, ...]) -> int:
    """How many of the greatest make up four fifths; 0 where the others are needed for it."""
    for number, bar in enumerate(bars, start=1):
        if bar.key is None:
            return 0
        if bar.cumulative >= VITAL - 1e-9:
            return number
    return 0
