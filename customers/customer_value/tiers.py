"""Tiers of customers by recency, frequency and money, and who moved from which to which. Pure.

Scores are quintiles among those who ordered within the window: 1 + whole fifths of them that are worse. Equal customers
get equal scores, so that no score depends on the order of rows; where most ordered once, most get 1 for frequency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from customers.customer_value.orders import NONE, Flags, Ints, Orders, tally


class Tier(StrEnum):
    NEW = "new"
    POTENTIAL = "potential"
    HIGH = "high"
    DORMANT = "dormant"


TIERS = list(Tier)
_NEW, _POTENTIAL, _HIGH, _DORMANT = range(4)


@dataclass(frozen=True)
class Limits:
    """What makes a tier. `window`, `new` and `dormant` are days; `high` is frequency and money scores together, 2 to 10."""

    window: int = 365
    new: int = 90
    dormant: int = 180
    high: int = 8

    def __post_init__(self) -> None:
        """Raises ValueError for limits under which a tier has no meaning."""
        if not 0 < self.dormant <= self.window:
            raise ValueError("who is dormant must be told within the window")
        if not 0 < self.new <= self.window:
            raise ValueError("who is new must be told within the window")
        if not 2 <= self.high <= 10:
            raise ValueError("two scores of 1 to 5 add up to 2 to 10")


@dataclass(frozen=True, eq=False)
class Standing:
    """Where each customer stands on a day. `tier` is a place in TIERS, NONE before her first order.

    Scores are 1 (worst) to 5, and 0 where she ordered nothing in the window; `orders` and `amounts` are the window's,
    amounts net of refunds, in ten-thousandths.
    """

    tier: Ints
    recency: Ints
    frequency: Ints
    money: Ints
    orders: Ints
    amounts: Ints


def standing(orders: Orders, limits: Limits, day: int) -> Standing:
    """Where everyone stands at the end of a day; later orders are not seen.

    Dormant: no order for `dormant` days. High value: frequency and money scores of at least `high` together, and two
    orders or more. New: first order within the last `new` days. Potential: everyone else who still orders.
    """
    seen = orders.until(day)
    window = orders.until(day, since=day - limits.window + 1)
    last = orders.last_days(seen)
    counts = tally(orders.customers[window], orders.people, orders.counts[window])
    amounts = tally(orders.customers[window], orders.people, orders.amounts[window])
    active = (last != NONE) & (last > day - limits.window)
    recency, frequency, money = (quintiles(values, active) for values in (last, counts, amounts))
    tier = np.full(orders.people, _POTENTIAL, dtype=np.int64)
    tier[orders.first_days > day - limits.new] = _NEW
    tier[(frequency + money >= limits.high) & (counts >= 2)] = _HIGH
    tier[last <= day - limits.dormant] = _DORMANT
    tier[last == NONE] = NONE
    return Standing(tier, recency, frequency, money, counts, amounts)


def quintiles(values: Ints, among: Flags) -> Ints:
    """1 + whole fifths of those `among` that have less, 1 to 5; 0 for everybody else."""
    found = np.zeros(len(values), dtype=np.int64)
    chosen = values[among]
    if len(chosen):
        ranked = np.argsort(chosen)
        begins = np.ones(len(chosen), dtype=np.bool_)
        begins[1:] = chosen[ranked[1:]] != chosen[ranked[:-1]]
        worse = np.empty(len(chosen), dtype=np.int64)
        worse[ranked] = np.maximum.accumulate(np.where(begins, np.arange(len(chosen)), 0))
        found[among] = 1 + 5 * worse // len(chosen)
    return found


def top_tenth(now: Standing, last: Ints, area: Ints) -> dict[int, Ints]:
    """Of each area the tenth of those who ordered within the window that is best, the best first; at least one.

    By the three scores together, then money, orders, and the day of the last one; `last` and `area` are of customers,
    NONE of none. Equal ones stand by their numbers.
    """
    found: dict[int, Ints] = {}
    active = np.flatnonzero((now.recency > 0) & (area != NONE))
    scores = now.recency + now.frequency + now.money
    keys = (last, now.orders, now.amounts, scores, -area)
    ranked = active[np.lexsort((active, *(-key[active] for key in keys)))]
    places, starts, counts = np.unique(area[ranked], return_index=True, return_counts=True)
    for place, start, count in zip(places.tolist(), starts.tolist(), counts.tolist(), strict=True):
        found[place] = ranked[start : start + -(-count // 10)]
    return found


@dataclass(frozen=True)
class Move:
    """Customers of an area who stood in a tier at the end of a month, and where they stood a month earlier.

    `came_from` None: they were no customers then. `amount` is what they spent in the window, in ten-thousandths.
    """

    area: int
    month: int
    came_from: Tier | None
    tier: Tier
    customers: int
    amount: int


def moves(before: Standing | None, now: Standing, areas: Sequence[Ints], *, month: int) -> list[Move]:
    """Who stands where, by where they stood before; those who stayed are moves, too, so that a tier's moves add up to it.

    `areas` are layers: in each, the area of every customer, NONE for none. Without `before` everybody came from nowhere.
    """
    count = len(TIERS)
    came = np.full(len(now.tier), NONE, dtype=np.int64) if before is None else before.tier
    way = (came + 1) * count + now.tier
    found: list[Move] = []
    for layer in areas:
        here = (layer != NONE) & (now.tier != NONE)
        places = layer[here] * (count + 1) * count + way[here]
        size = (int(layer.max(initial=0)) + 1) * (count + 1) * count
        people = tally(places, size)
        amounts = tally(places, size, now.amounts[here])
        for place in np.flatnonzero(people):
            area, rest = divmod(int(place), (count + 1) * count)
            from_, to = divmod(rest, count)
            found.append(
                Move(
                    area,
                    month,
                    TIERS[from_ - 1] if from_ else None,
                    TIERS[to],
                    int(people[place]),
                    int(amounts[place]),
                )
            )
    return found
