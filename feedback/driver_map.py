"""Importance against performance: what matters and is done poorly comes first. Pure.

The map is divided at the means of both (Martilla and James 1977). What cannot be told apart from nothing does not matter
for sure, however large it looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Place(StrEnum):
    BEGIN = "begin"  # matters, does poorly
    KEEP = "keep"  # matters, does well
    LATER = "later"  # matters little, does poorly
    ENOUGH = "enough"  # matters little, does well


@dataclass(frozen=True)
class Driven:
    """A driver: points of the score a point of its rating, with the interval, and the mean of its ratings."""

    name: str
    effect: Decimal
    low: Decimal
    high: Decimal
    mean: Decimal

    @property
    def clear(self) -> bool:
        """The interval does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Map:
    """`drivers` in their order with the place of each; divided at `effect` and `mean`."""

    drivers: tuple[tuple[Driven, Place], ...]
    effect: Decimal
    mean: Decimal

    def at(self, place: Place) -> tuple[Driven, ...]:
        """Those that go with the score the most first."""
        found = [one for one, where in self.drivers if where == place]
        return tuple(sorted(found, key=lambda one: -one.effect))


def driver_map(drivers: Sequence[Driven]) -> Map | None:
    if not drivers:
        return None
    effect = sum((one.effect for one in drivers), Decimal(0)) / len(drivers)
    mean = sum((one.mean for one in drivers), Decimal(0)) / len(drivers)

    def place(one: Driven) -> Place:
        matters = one.low > 0 and one.effect >= effect
        if one.mean < mean:
            return Place.BEGIN if matters else Place.LATER
        return Place.KEEP if matters else Place.ENOUGH

    return Map(tuple((one, place(one)) for one in drivers), effect, mean)
