"""Cohorts: customers by the month of their first order, and how many of them ordered again in later months. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from customers.customer_value.orders import NONE, Ints, Orders, months_of, tally


@dataclass(frozen=True)
class Cohort:
    """Of an area's customers who first ordered in `month` (since January 1970), those who ordered `later` months on.

    `later` 0 is the month itself, so its `customers` are all of the cohort. `amount` is what the cohort spent in that
    month, net of refunds, in ten-thousandths; a month of refunds alone has an amount and no customers.
    """

    area: int
    month: int
    later: int
    customers: int
    amount: int


def cohorts(orders: Orders, areas: Sequence[Ints], *, since: int) -> list[Cohort]:
    """Cohorts that began in month `since` or later; months in which nobody of a cohort ordered are left out.

    `areas` are layers: in each, the area of every customer, NONE for none.
    """
    if not orders.known.any():
        return []
    began = np.where(orders.known, months_of(orders.first_days), NONE)
    month = months_of(orders.days)
    width = int(month.max()) - since + 1
    if width < 1:
        return []
    cohort = began[orders.customers]
    # A refund that came before the first order that we know of belongs to no month of the cohort.
    counted = orders.known[orders.customers] & (cohort >= since) & (month >= cohort)
    owners, cohort, later = orders.customers[counted], cohort[counted] - since, (month - cohort)[counted]
    # One row per customer and month in which she ordered; purchases are by customer and day already.
    places = orders.purchases
    who, when = orders.customers[places], month[places]
    once = np.ones(len(places), dtype=np.bool_)
    once[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    once &= began[who] >= since
    people, people_later = who[once], when[once] - began[who[once]]
    found: list[Cohort] = []
    for layer in areas:
        size = (int(layer.max(initial=0)) + 1) * width * width
        here = layer[people] != NONE
        places = (layer[people] * width + began[people] - since) * width + people_later
        counts = tally(places[here], size)
        here = layer[owners] != NONE
        places = (layer[owners] * width + cohort) * width + later
        amounts = tally(places[here], size, orders.amounts[counted][here])
        for place in np.flatnonzero((counts != 0) | (amounts != 0)):
            rest, later_ = divmod(int(place), width)
            area, began_ = divmod(rest, width)
            found.append(Cohort(area, began_ + since, later_, int(counts[place]), int(amounts[place])))
    return found
