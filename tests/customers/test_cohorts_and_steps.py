"""Cohorts of repurchase and the steps of a customer's life: by hand, and against their definitions for any orders."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.customer_value.cohorts import Cohort, cohorts
from customers.customer_value.funnel import Steps, funnel
from customers.customer_value.orders import NONE, Orders, day_number
from customers.customer_value.tiers import TIERS, Limits, standing
from tests.customers import slow_customers as slow
from tests.customers.made import START, everyone, orders_of, some_orders
from tests.customers.slow_customers import Order

JANUARY = (2025 - 1970) * 12
LIMITS = Limits()


def at(month: int, day: int, year: int = 2025) -> int:
    return day_number(date(year, month, day))


def test_cohorts_by_hand() -> None:
    """January: 0 and 1 begin, 0 orders twice in it and again in March; 1 gets a refund in February. April: 2 begins."""
    rows = [
        Order(0, at(1, 5), 100, 1),
        Order(0, at(1, 31), 20, 1),
        Order(1, at(1, 9), 50, 1),
        Order(1, at(2, 2), -30, 0),
        Order(0, at(3, 1), 10, 1),
        Order(2, at(4, 1), 5, 1),
    ]
    assert cohorts(orders_of(rows), everyone(), since=JANUARY) == [
        Cohort(0, JANUARY, 0, 2, 170),
        Cohort(0, JANUARY, 1, 0, -30),
        Cohort(0, JANUARY, 2, 1, 10),
        Cohort(0, JANUARY + 3, 0, 1, 5),
    ]
    assert [one.month for one in cohorts(orders_of(rows), everyone(), since=JANUARY + 1)] == [JANUARY + 3]


@settings(deadline=None, max_examples=150)
@given(rows=some_orders)
def test_cohorts_are_those_of_the_definitions(rows: list[Order]) -> None:
    found = cohorts(orders_of(rows), everyone(), since=slow.month(START))
    assert {(one.month, one.later): (one.customers, one.amount) for one in found} == slow.cohorts(rows)


@settings(deadline=None, max_examples=50)
@given(rows=some_orders)
def test_areas_are_parts_of_the_whole(rows: list[Order]) -> None:
    halves = np.array([0, 1, 0, 1, 0, 1], dtype=np.int64)
    found = cohorts(orders_of(rows), [halves], since=slow.month(START))
    whole = cohorts(orders_of(rows), everyone(), since=slow.month(START))
    assert sum(one.customers for one in found) == sum(one.customers for one in whole)
    assert sum(one.amount for one in found) == sum(one.amount for one in whole)


def test_steps_by_hand() -> None:
    """As of 31 December, 90 days to come back: who began between October of last year and 2 October counts.
    0 came back within 90 days and still orders: 4 for frequency and for money among the four of the year. 1 came back after 91; 2 came back soon and fell asleep; 3 began too late."""
    day = at(12, 31)
    rows = [
        *(Order(0, at(month, 1), 100, 1) for month in (3, 4, 8, 9, 10, 11, 12)),
        Order(1, at(1, 1), 10, 1),
        Order(1, at(1, 1) + 91, 10, 1),
        Order(2, at(1, 1), 10, 1),
        Order(2, at(1, 1) + 90, 20, 1),
        Order(3, at(10, 3), 10, 1),
    ]
    orders = orders_of(rows)
    (found,) = funnel(orders, standing(orders, LIMITS, day), everyone(), day=day, soon=90)
    assert found == Steps(0, (3, 2, 1, 1), (750, 730, 700, 700))
    high = Limits(high=9)
    (found,) = funnel(orders, standing(orders, high, day), everyone(), day=day, soon=90)
    assert found.customers == (3, 2, 1, 0)


@settings(deadline=None, max_examples=150)
@given(rows=some_orders, day=st.integers(START + 100, START + 800), soon=st.integers(1, 120))
def test_steps_are_those_of_the_definitions(rows: list[Order], day: int, soon: int) -> None:
    orders = orders_of(rows)
    now = standing(orders, LIMITS, day)
    named = {who: str(TIERS[tier]) for who, tier in enumerate(now.tier) if tier != NONE}
    expected = slow.steps(rows, named, day, soon=soon, window=365)
    found = funnel(orders, now, everyone(), day=day, soon=soon)
    assert [list(one.customers) for one in found] == (
        [[len(step) for step in expected]] if expected[0] else []
    )
    for one in found:
        assert list(one.customers) == sorted(one.customers, reverse=True)


def test_no_orders_give_nothing() -> None:
    nothing = orders_of([])
    assert cohorts(nothing, everyone(), since=0) == []
    assert funnel(nothing, standing(nothing, LIMITS, 0), everyone(), day=0, soon=90) == []
    assert (standing(nothing, LIMITS, 0).tier == NONE).all()
    nobody = orders_of([], people=0)
    assert cohorts(nobody, everyone(0), since=0) == []


@pytest.mark.parametrize(
    ("customers", "counts"), [([0, 1], [1]), ([2], [1]), ([-1], [1]), ([0], [-1])], ids=str
)
def test_arrays_that_do_not_fit_together_are_refused(customers: list[int], counts: list[int]) -> None:
    columns = [np.array(column, dtype=np.int64) for column in (customers, customers, customers, counts)]
    with pytest.raises(ValueError, match=r"order|row"):
        Orders(2, *columns)
