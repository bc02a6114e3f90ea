"""Orders for tests of pure modules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from hypothesis import strategies as st

from customers.customer_value.orders import Orders, day_number
from tests.customers.slow_customers import Order

PEOPLE = 6
START = day_number(date(2024, 1, 1))


def orders_of(rows: Sequence[Order], people: int = PEOPLE) -> Orders:
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), 4).T
    return Orders(people, *columns)


def everyone(people: int = PEOPLE) -> list[np.typing.NDArray[np.int64]]:
    """One layer of areas, the company."""
    return [np.zeros(people, dtype=np.int64)]


some_order = st.builds(
    Order,
    st.integers(0, PEOPLE - 1),
    st.integers(START, START + 800),
    st.integers(-50, 200),
    st.sampled_from([0, 1, 1, 1, 2]),
)
some_orders = st.lists(some_order, max_size=40)
