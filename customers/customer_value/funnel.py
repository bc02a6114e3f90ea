"""The life of customers as steps: first order, a second one soon, still ordering, high value. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from customers.customer_value.orders import NONE, Ints, Orders, tally
from customers.customer_value.tiers import TIERS, Standing, Tier


@dataclass(frozen=True)
class Steps:
    """Customers of an area at each step; each step's are among those of the step before.

    Acquired: first order in the year that ended `soon` days ago, so that each has had time for a second one. Activated:
    ordered again within `soon` days of the first. Retained: of these, not dormant now. Valued: of these, high value now.
    Amounts are all that these customers ever spent, net of refunds, in ten-thousandths.
    """

    area: int
    customers: tuple[int, int, int, int]
    amounts: tuple[int, int, int, int]


def funnel(
    orders: Orders, now: Standing, areas: Sequence[Ints], *, day: int, soon: int, window: int = 365
) -> list[Steps]:
    """The steps of every area that acquired somebody, as of a day. `soon` and `window` are days."""
    last = day - soon
    acquired = orders.known & (orders.first_days <= last) & (orders.first_days > last - window)
    again = np.zeros(orders.people, dtype=np.bool_)
    places = orders.purchases
    owners, days = orders.customers[places], orders.days[places]
    second = np.zeros(len(places), dtype=np.bool_)
    second[1:] = owners[1:] == owners[:-1]
    # A row that stands for several orders is a second order in itself.
    second |= orders.counts[places] > 1
    within = second & (days <= orders.first_days[owners] + soon) & (days <= day)
    again[owners[within]] = True
    steps = [acquired]
    steps.append(steps[-1] & again)
    steps.append(steps[-1] & (now.tier != TIERS.index(Tier.DORMANT)))
    steps.append(steps[-1] & (now.tier == TIERS.index(Tier.HIGH)))
    seen = orders.until(day)
    spent = tally(orders.customers[seen], orders.people, orders.amounts[seen])
    found: list[Steps] = []
    for layer in areas:
        size = int(layer.max(initial=0)) + 1
        here = [step & (layer != NONE) for step in steps]
        people = [tally(layer[step], size) for step in here]
        amounts = [tally(layer[step], size, spent[step]) for step in here]
        for area in np.flatnonzero(people[0]):
            a, b, c, d = (int(column[area]) for column in people)
            e, f, g, h = (int(column[area]) for column in amounts)
            found.append(Steps(int(area), (a, b, c, d), (e, f, g, h)))
    return found
