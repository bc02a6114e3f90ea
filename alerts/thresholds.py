"""Where the line lay that an alert's figure crossed, from a condition as it was seen (`Condition.as_seen`). Pure.

A condition on the share of plan gives a line among shares, one on the value, on a change or on what is usual a line in
the figure's own unit. Missing data give none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Seen = Mapping[str, Any]


@dataclass(frozen=True)
class Limits:
    """It is an alert under `below` and over `above`."""

    below: Decimal | None = None
    above: Decimal | None = None

    def __bool__(self) -> bool:
        return self.below is not None or self.above is not None

    @property
    def ends(self) -> list[Decimal]:
        return [end for end in (self.below, self.above) if end is not None]


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Lines:
    """`share` of plan as a ratio, `amount` in the figure's unit."""

    share: Limits = NO_LIMITS
    amount: Limits = NO_LIMITS


NO_LINES = Lines()


def lines_of(seen: Seen | None) -> Lines:
    """Of conditions that must all hold, the line is crossed last of all; of any, first of all."""
    if not seen:
        return NO_LINES
    every = seen.get("kind") == "all"
    parts = seen.get("of", ()) if seen.get("kind") in ("all", "any") else (seen,)
    shares = [_between(part) for part in parts if part.get("kind") == "attainment"]
    amounts = [_amount(part) for part in parts if part.get("kind") in ("level", "change", "dynamic")]
    return Lines(_joined(shares, every=every), _joined(amounts, every=every))


def _joined(parts: Iterable[Limits], *, every: bool) -> Limits:
    parts = list(parts)
    lower, upper = (min, max) if every else (max, min)
    return Limits(
        lower((one.below for one in parts if one.below is not None), default=None),
        upper((one.above for one in parts if one.above is not None), default=None),
    )


def _between(part: Seen) -> Limits:
    return Limits(_number(part, "below"), _number(part, "above"))


def _amount(part: Seen) -> Limits:
    match part.get("kind"):
        case "level":
            return _between(part)
        case "change":
            base = _number(part, "base")
            if base is None:
                return NO_LIMITS
            step = Decimal(1) if part.get("points") else abs(base)
            asked = _between(part)
            return Limits(
                None if asked.below is None else base + asked.below * step,
                None if asked.above is None else base + asked.above * step,
            )
        case _:
            low, middle, high = (_number(part, name) for name in ("low", "expected", "high"))
            least = _number(part, "least") or Decimal(0)
            if middle is not None:
                low = None if low is None else min(low, middle - least)
                high = None if high is None else max(high, middle + least)
            return Limits(low, high)


def _number(part: Seen, name: str) -> Decimal | None:
    try:
        return None if part.get(name) is None else Decimal(str(part[name]))
    except InvalidOperation:
        return None
