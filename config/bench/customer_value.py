"""How long a million orders take to become tiers, movements and cohorts, forecasts and counts; and the job as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np

from common.periods import Grain
from config.bench.imports import manage
from config.bench.running import head, row
from customers.customer_value import counting
from customers.customer_value.cohorts import cohorts
from customers.customer_value.figures import bounds_of, periods_of, tier_moves, worth_of
from customers.customer_value.orders import Ints, Orders, day_number
from customers.customer_value.tiers import Limits
from customers.customer_value.worth import YEAR, Outcome

ORDERS, CUSTOMERS, CHANNELS = 1_000_000, 250_000, 12
FIRST, LAST = date(2024, 11, 1), date(2026, 10, 31)
AT_MOST = 15.0


def measure() -> None:
    head(f"Customers' value of {ORDERS:,} orders: {CUSTOMERS:,} customers, {CHANNELS} channels, two years")
    orders, channels = made()
    layers = [np.zeros(orders.people, dtype=np.int64), channels]
    taken: list[float] = []
    with timed("RFM tiers of 13 months and who moved, by channel", taken):
        tier_moves(orders, Limits(), layers)
    with timed("cohorts of 24 months, by channel", taken):
        months = (LAST.year - 1970) * 12 + LAST.month - 1
        for layer in layers:
            cohorts(orders, [layer], since=months - 23)
    row("both", sum(taken), "", None, f"{AT_MOST:.0f} s")
    profits, known = orders.amounts * 3 // 10, np.ones(len(orders), dtype=np.bool_)
    with timed("BG/NBD and Gamma-Gamma of 12 channels, with checks"):
        worth = worth_of(orders, profits, known, channels, day=day_number(LAST), weeks=2 * YEAR)
    assert any(one.outcome == Outcome.PREDICTED for one in worth.groups)
    of_order = channels[orders.customers]
    with timed("distinct customers by channel, 53 weeks, months, quarters, years"):
        for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            bounds = bounds_of(periods_of(grain, FIRST, LAST, fiscal_start=1, most=53), LAST)
            counting.count(orders, of_order, CHANNELS, bounds)


def measure_job(url: str) -> None:
    """Where the orders stand in the database already: reads, works out, writes and publishes."""
    began = time.monotonic()
    manage(url, "shell", "--verbosity", "0", "-c", JOB)
    row("the whole job, from orders in the database to figures", time.monotonic() - began)


JOB = """
from datetime import timedelta
from django.utils import timezone
from organization.services.jobs import work_next_job
from customers.models import ValueRun
while work_next_job(now=timezone.now() + timedelta(minutes=5)): pass
assert ValueRun.objects.exists()
"""


def made() -> tuple[Orders, Ints]:
    """Customers with a rate, a chance to leave and a mean spend of their own, by channel; drawn until there are enough."""
    draw = np.random.default_rng(6)
    days = (LAST - FIRST).days
    channels = draw.integers(0, CHANNELS, CUSTOMERS)
    rate = draw.gamma(0.9, 1 / (25.0 + 5 * channels))  # a day
    leave = draw.beta(0.8, 4.0, CUSTOMERS)
    mean = draw.gamma(4.0, 1 / 60.0, CUSTOMERS)
    now = draw.integers(0, days, CUSTOMERS).astype(np.float64)
    here = np.arange(CUSTOMERS)
    customers, at = [here], [now.copy()]
    while len(here):
        here = here[draw.random(len(here)) >= leave[here]]
        now[here] += draw.exponential(1 / rate[here])
        here = here[now[here] < days]
        customers.append(here)
        at.append(now[here])
    who, when = np.concatenate(customers), np.concatenate(at)
    chosen = draw.permutation(len(who))[:ORDERS]
    if len(chosen) < ORDERS:
        chosen = np.concatenate((chosen, draw.integers(0, len(who), ORDERS - len(chosen))))
    who, when = who[chosen].astype(np.int64), when[chosen]
    amounts = draw.gamma(5.0, 1 / mean[who])
    orders = Orders(
        CUSTOMERS,
        who,
        day_number(FIRST) + np.floor(when).astype(np.int64),
        np.rint(amounts * 10_000).astype(np.int64),
        np.ones(len(who), dtype=np.int64),
    )
    return orders, channels.astype(np.int64)


@contextmanager
def timed(what: str, taken: list[float] | None = None) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if taken is not None:
        taken.append(seconds)
    row(what, seconds)


if __name__ == "__main__":
    measure()
