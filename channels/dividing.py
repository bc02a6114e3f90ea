"""From kept curves and what somebody wishes to a proposal for a coming period: pure, amounts in the company's currency.

Everything is held against today's spend (the last four weeks) over as many weeks as the period has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np

from channels.allocation import LIKELY, Limit, Option, Outlook, Plan, as_today, compare, propose, share_limit
from channels.response import Curve, Floats

CENT = Decimal("0.01")
POINTS = 5  # percentage points to either side of a tier's share


class Mix(StrEnum):
    """What the shares of tiers mean."""

    TOWARDS = "towards"  # no tier moves away from its share
    EXACT = "exact"  # every tier has its share, give or take some points
    OFF = "off"


@dataclass(frozen=True, eq=False)
class Channel:
    """`week`: what it spends today. Without a curve, or not running, it stays as it is."""

    pk: int
    week: Decimal
    tier: str
    curve: Curve | None


@dataclass(frozen=True)
class Wish:
    first_day: date
    last_day: date
    total: Decimal | None = None  # none said: as much as today
    room: int = 30  # percent up and down, for each channel
    mix: Mix = Mix.TOWARDS
    shares: Mapping[str, int] = field(default_factory=lambda: {"core": 70, "secondary": 20, "potential": 10})

    @property
    def weeks(self) -> float:
        return ((self.last_day - self.first_day).days + 1) / 7


@dataclass(frozen=True)
class Spread:
    """A mean, and where it lies four times in five."""

    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Return:
    """Of a channel at some spend: all that it brings in the period, for each unit of it, and for each of the next 1%."""

    brings: Spread
    average: Spread
    onward: Spread


def options_of(channels: Sequence[Channel], wish: Wish) -> list[Option]:
    told = []
    for each in channels:
        today = cents(each.week * Decimal(str(wish.weeks)))
        low, high = (today * (100 + sign * wish.room) // 100 for sign in (-1, 1))
        curve = each.curve if today else None  # what spends nothing today has no box around it
        told.append(Option(str(each.pk), today, low, high, curve, each.tier))
    return told


def plan_of(channels: Sequence[Channel], wish: Wish) -> Plan:
    """Raises AllocationRefused where total, bounds and shares do not go together."""
    options = options_of(channels, wish)
    total = cents(wish.total) if wish.total is not None else sum(each.today for each in options)
    limits: dict[str, Limit] = {}
    if wish.mix is not Mix.OFF:
        in_order = sorted(options, key=lambda each: each.code)
        before = as_today(in_order, total)
        having: dict[str, int] = {}
        for option, amount in zip(in_order, before, strict=True):
            having[option.group] = having.get(option.group, 0) + amount
        for tier, share in wish.shares.items():
            if tier in having:
                low, high = (share - POINTS) / 100, (share + POINTS) / 100
                limits[tier] = share_limit(
                    total, having[tier], max(low, 0.0), min(high, 1.0), strict=wish.mix is Mix.EXACT
                )
    return propose(options, total, weeks=wish.weeks, limits=limits)


def what_if(channels: Sequence[Channel], wish: Wish, amounts: Mapping[int, Decimal]) -> Outlook:
    """What a split of one's own brings beside today's spend; a channel of which nothing is said spends as today."""
    options = options_of(channels, wish)
    today = {each.code: each.today for each in options}
    said = {str(pk): cents(amount) for pk, amount in amounts.items()}
    return compare(options, {**today, **said}, today, weeks=wish.weeks)


def return_of(curve: Curve, amount: Decimal, weeks: float) -> Return | None:
    """None for no spend."""
    if amount <= 0:
        return None
    week = np.array([float(amount) / weeks])
    brings = curve.brings(week)[:, 0]
    return Return(
        spread(brings * weeks),
        spread(brings / week[0]),
        spread(curve.next(week)[:, 0], places=Decimal("0.0001")),
    )


def spread(draws: Floats, *, places: Decimal = CENT) -> Spread:
    low, high = np.percentile(draws, LIKELY)
    mean, low, high = (Decimal(str(float(each))).quantize(places) for each in (draws.mean(), low, high))
    return Spread(mean, low, high)


def cents(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value())


def money(amount: int) -> Decimal:
    """Of whole cents."""
    return Decimal(amount) / 100
