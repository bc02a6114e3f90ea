"""Geometry of the small drawings that the server makes itself: the bar of a key figure, the line in a table.

Pure: Decimals in, SVG numbers out. The bar starts at zero; what is missing is left out, never drawn as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import cos, pi, sin

WIDTH = 100.0


@dataclass(frozen=True)
class Bullet:
    """Positions along a track of 0 to 100; None where there is no such figure."""

    start: float | None
    length: float
    expected: float | None
    target: float | None


def bullet(actual: Decimal | None, expected: Decimal | None, target: Decimal | None) -> Bullet | None:
    """None where there is nothing to compare with: a bar alone says nothing."""
    if expected is None and target is None:
        return None
    known = [float(value) for value in (actual, expected, target) if value is not None]
    low, high = min(0.0, *known), max(0.0, *known)
    # A twenty-fifth of air, so that a mark at the end does not stick to the edge.
    reach = (high - low) * 1.04 or 1.0

    def place(value: Decimal | None) -> float | None:
        return None if value is None else round((float(value) - low) / reach * WIDTH, 2)

    zero = place(Decimal(0)) or 0.0
    at = place(actual)
    if at is None:
        return Bullet(None, 0.0, place(expected), place(target))
    return Bullet(min(zero, at), round(abs(at - zero), 2), place(expected), place(target))


@dataclass(frozen=True)
class Spark:
    path: str
    last: tuple[float, float]


def spark(values: Sequence[Decimal | float | None], width: float = 96, height: float = 24) -> Spark | None:
    """A line through the values, broken where there is none; None for fewer than two."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    step = width / (len(values) - 1)
    parts: list[str] = []
    last = (0.0, 0.0)
    pen = "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        last = (round(index * step, 1), round(height - 3 - (float(value) - low) / reach * (height - 6), 1))
        parts.append(f"{pen}{last[0]} {last[1]}")
        pen = "L"
    return Spark("".join(parts), last)


TOPS = tuple(map(Decimal, ("0.01", "0.02", "0.05", "0.1", "0.25", "0.5", "1")))
MIDDLE, RADIUS = 100.0, 82.0


@dataclass(frozen=True)
class Gauge:
    """Half a circle, from 0 at the left to `top` (a share) at the right. `target`: a tick from inside to outside."""

    track: str
    arc: str  # "" where there is nothing to fill
    target: tuple[float, float, float, float] | None
    top: Decimal


def gauge(value: Decimal | None, target: Decimal | None) -> Gauge:
    """Of a share, 0 to 1. A small one has a shorter scale; what lies beyond its ends is drawn at them."""
    largest = max((one for one in (value, target) if one is not None), default=Decimal(1))
    top = next((one for one in TOPS if largest <= one * Decimal("0.9")), TOPS[-1])

    def at(share: Decimal, radius: float = RADIUS) -> tuple[float, float]:
        angle = pi * (1 - float(min(max(share / top, Decimal(0)), Decimal(1))))
        return round(MIDDLE + radius * cos(angle), 2), round(MIDDLE - radius * sin(angle), 2)

    def arc(end: Decimal) -> str:
        return f"M{MIDDLE - RADIUS:g} {MIDDLE:g}A{RADIUS:g} {RADIUS:g} 0 0 1 {at(end)[0]:g} {at(end)[1]:g}"

    return Gauge(
        track=arc(top),
        arc=arc(value) if value is not None and value > 0 else "",
        target=(*at(target, RADIUS - 13), *at(target, RADIUS + 13)) if target is not None else None,
        top=top,
    )
