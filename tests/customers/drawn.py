"""Customers drawn as the models say: each with a rate, a chance to leave and a mean spend of her own."""

from __future__ import annotations

import numpy as np

from customers.customer_value.orders import Orders
from tests.customers.made import START

R, ALPHA, A, B = 0.9, 8.0, 0.8, 2.5
P, Q, GAMMA = 5.0, 4.0, 60.0  # in units of money: 100 an order on average


def drawn(people: int, days: int, seed: int, *, beginning: int = 365) -> Orders:
    """Orders of so many days from START on; customers begin within the first `beginning` of them."""
    draw = np.random.default_rng(seed)
    rate = draw.gamma(R, 1 / ALPHA, people) / 7  # a day
    leave = draw.beta(A, B, people)
    mean = draw.gamma(Q, 1 / GAMMA, people)
    customers, at, amounts = [], [], []
    now = draw.integers(0, beginning, people).astype(np.float64)
    here = np.arange(people)
    while len(here):
        customers.append(here)
        at.append(now[here])
        amounts.append(draw.gamma(P, 1 / mean[here]))
        if len(customers) > 1:
            here = here[draw.random(len(here)) >= leave[here]]
        now[here] += draw.exponential(1 / rate[here])
        here = here[now[here] < days]
    order = np.concatenate(customers).astype(np.int64)
    return Orders(
        people,
        order,
        START + np.floor(np.concatenate(at)).astype(np.int64),
        np.rint(np.concatenate(amounts) * 10_000).astype(np.int64),
        np.ones(len(order), dtype=np.int64),
    )


def brought(orders: Orders, after: int, until: int) -> float:
    """What all customers known by a day brought after it, in ten-thousandths."""
    known = orders.known & (orders.first_days <= after)
    later = known[orders.customers] & (orders.days > after) & (orders.days <= until)
    return float(orders.amounts[later].sum())
