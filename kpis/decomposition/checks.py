"""Whether parts and whole agree, where they were set by different people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Disagreement:
    """`parts` is what the parts that have an amount come to; `missing` are those that have none."""

    whole: Decimal | None
    parts: Decimal | None
    missing: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """Parts less whole: above zero they promise more than is asked. None where one side says nothing."""
        if self.whole is None or self.parts is None:
            return None
        return self.parts - self.whole

    @property
    def share(self) -> Decimal | None:
        """The difference as a fraction of the whole."""
        return self.difference / abs(self.whole) if self.whole and self.difference is not None else None

    @property
    def comparable(self) -> bool:
        """Whether both sides are known to the full."""
        return self.difference is not None and not self.missing

    @property
    def agrees(self) -> bool:
        """Nothing contradicts: the same to the last digit or, while parts are missing, room left for them."""
        difference = self.difference
        if not difference:
            return True
        return bool(self.missing) and self.whole is not None and (difference < 0) == (self.whole > 0)


def disagreement(whole: Decimal | None, parts: Mapping[str, Decimal | None]) -> Disagreement:
    """What the parts of an amount come to beside the whole's own; parts without an amount are named, never zero."""
    known = [amount for amount in parts.values() if amount is not None]
    return Disagreement(
        whole=whole,
        parts=sum(known, Decimal(0)) if known else None,
        missing=tuple(key for key, amount in parts.items() if amount is None),
    )


def weighted(parts: Mapping[str, tuple[Decimal, Decimal]]) -> Decimal | None:
    """The mean of ratios by volume, Σ ratio × volume ÷ Σ volume: what the parts' targets of a ratio promise together.

    A part is (ratio, volume), its volume being what the ratio divides by (cost for ROAS, new customers for CAC).
    None where the volumes add up to nothing. Raises ValueError for a volume below zero.
    """
    if any(volume < 0 for _ratio, volume in parts.values()):
        raise ValueError("A volume is zero or more.")
    volume = sum((volume for _ratio, volume in parts.values()), Decimal(0))
    if not volume:
        return None
    return sum((ratio * size for ratio, size in parts.values()), Decimal(0)) / volume
