"""Distinct customers by area and period: against plain sets, for any orders and any periods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.customer_value.counting import Periods, acquired, count
from customers.customer_value.orders import NONE
from tests.customers import slow_customers as slow
from tests.customers.made import START, orders_of, some_orders
from tests.customers.slow_customers import Order

AREAS = 2


@st.composite
def some_periods(draw: st.DrawFn) -> Periods:
    cuts = sorted(draw(st.sets(st.integers(START - 50, START + 900), min_size=2, max_size=9)))
    starts, ends = np.array(cuts[:-1]), np.array(cuts[1:]) - 1
    return Periods(starts, ends, ends - draw(st.integers(30, 400)), np.ones(len(starts), dtype=np.bool_))


@settings(deadline=None, max_examples=200)
@given(rows=some_orders, periods=some_periods(), data=st.data())
def test_counts_are_those_of_plain_sets(rows: list[Order], periods: Periods, data: st.DataObject) -> None:
    area = data.draw(st.lists(st.integers(NONE, AREAS - 1), min_size=len(rows), max_size=len(rows)))
    found = count(orders_of(rows), np.array(area, dtype=np.int64), AREAS, periods)
    for place in range(AREAS):
        here = [order for order, where in zip(rows, area, strict=True) if where == place]
        for at in range(len(periods)):
            first, last, window = (int(part[at]) for part in (periods.starts, periods.ends, periods.windows))
            active = slow.distinct(here, first, last)
            before = slow.distinct(here, int(periods.starts[at - 1]), first - 1) if at else set()
            assert found.in_window[place, at] == len(slow.distinct(here, window, last))
            assert found.repeating[place, at] == len(slow.returning(here, window, last))
            assert found.active[place, at] == len(active)
            assert found.before[place, at] == len(before)
            assert found.retained[place, at] == len(active & before)


@settings(deadline=None, max_examples=100)
@given(rows=some_orders, periods=some_periods())
def test_everyone_is_acquired_once(rows: list[Order], periods: Periods) -> None:
    orders = orders_of(rows)
    first = slow.first_days(rows)
    found = acquired(orders.of_first(np.zeros(len(rows), dtype=np.int64)), orders.first_days, 1, periods)
    assert list(found[0]) == [
        sum(int(start) <= day <= int(end) for day in first.values())
        for start, end in zip(periods.starts, periods.ends, strict=True)
    ]


def test_of_one_day_the_order_that_stands_first_is_the_first() -> None:
    orders = orders_of([Order(0, START + 5, 1, 1), Order(0, START, 1, 1), Order(0, START, 1, 1)])
    assert orders.of_first(np.array([7, 8, 9]))[0] == 8
    worth = acquired(
        np.array([0, NONE, NONE, NONE, NONE, NONE]),
        orders.first_days,
        1,
        Periods(np.array([START]), np.array([START + 3]), np.array([START]), np.array([True])),
        np.array([123, 0, 0, 0, 0, 0]),
    )
    assert worth.tolist() == [[123]]


@pytest.mark.parametrize(
    ("starts", "ends", "windows"),
    [([1, 5], [3, 8], [0, 1]), ([1, 4], [3, 8], [2, 1]), ([1], [0], [0]), ([1], [4], [5]), ([1], [4], [])],
)
def test_periods_with_gaps_are_refused(starts: list[int], ends: list[int], windows: list[int]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Periods(np.array(starts), np.array(ends), np.array(windows), np.array([True] * len(starts)))


def test_windows_and_periods_hold_their_first_and_last_days() -> None:
    """Two weeks, and windows of 20 days that end with them: days 0 to 6 of days −13 to 6, and 7 to 13 of days −6 to 13."""
    weeks = Periods(
        np.array([START, START + 7]),
        np.array([START + 6, START + 13]),
        np.array([START - 13, START - 6]),
        np.array([True, True]),
    )
    days = {0: -13, 1: -14, 2: -6, 3: 6, 4: 7}
    rows = [Order(who, START + day, 1, 1) for who, day in days.items()] + [Order(2, START + 13, 1, 1)]
    found = count(orders_of(rows), np.zeros(len(rows), dtype=np.int64), 1, weeks)
    assert found.in_window.tolist() == [[3, 3]]  # 0, 2 and 3; then 2, 3 and 4
    assert found.repeating.tolist() == [[0, 1]]
    assert found.active.tolist() == [[1, 2]]
    assert found.retained.tolist() == [[0, 0]]
