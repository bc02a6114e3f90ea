"""What customers will bring: forecasts held against what drawn customers then did."""

from __future__ import annotations

import numpy as np
import pytest

from customers.customer_value.orders import Orders
from customers.customer_value.worth import Outcome, around, check, forecast
from tests.customers.drawn import brought, drawn
from tests.customers.made import START, orders_of
from tests.customers.slow_customers import Order

NOW = START + 600
WEEKS = 52.0


def everybody(orders: Orders) -> np.typing.NDArray[np.bool_]:
    return np.ones(orders.people, dtype=np.bool_)


def test_of_intervals_that_should_hold_four_times_in_five_about_so_many_do() -> None:
    """30 companies of 600 customers: 24 expected; 18 to 29 is what chance leaves of it."""
    held, errors = 0, []
    for seed in range(30):
        orders = drawn(600, 600 + 365, seed)
        found = forecast(orders, everybody(orders), day=NOW, weeks=WEEKS)
        assert found.outcome == Outcome.PREDICTED
        came = brought(orders, NOW, NOW + 364) / len(found.members)
        low, high = found.interval
        held += low <= came <= high
        errors.append(found.mean / came - 1)
    assert 18 <= held <= 29
    assert abs(np.mean(errors)) < 0.05


def test_later_orders_change_no_forecast() -> None:
    orders = drawn(400, 700, 1)
    seen = orders.days <= NOW
    before = Orders(
        orders.people,
        *(part[seen] for part in (orders.customers, orders.days, orders.amounts, orders.counts)),
    )
    found, again = (forecast(one, everybody(one), day=NOW, weeks=WEEKS) for one in (orders, before))
    assert found.mean == pytest.approx(again.mean)
    assert found.interval == pytest.approx(again.interval)


def test_each_member_has_her_own_figure_and_only_members_do() -> None:
    orders = drawn(1200, 600, 2)
    half = np.arange(1200) % 2 == 0
    found = forecast(orders, half, day=NOW, weeks=WEEKS)
    assert (found.members % 2 == 0).all()
    assert len(found.ahead) == len(found.members) == len(found.first_year)
    assert (found.ahead >= 0).all()
    old = orders.first_days[found.members] <= NOW - 366
    assert (found.first_year[old] == 0).all()
    assert (found.first_year[~old] > 0).all()


def test_the_check_compares_what_was_expected_with_what_came() -> None:
    orders = drawn(1500, 600, 4)
    found = check(orders, everybody(orders), day=NOW)
    assert found is not None
    cut = NOW - int(found.weeks * 7)
    known = orders.known & (orders.first_days <= cut)
    later = known[orders.customers] & (orders.days > cut) & (orders.days <= NOW)
    pairs = {
        (int(who), int(day)) for who, day in zip(orders.customers[later], orders.days[later], strict=True)
    }
    assert found.weeks == 26
    assert found.actual == len(pairs)
    assert found.apart is not None
    assert abs(found.apart) < 0.2


def test_a_group_whose_customers_stopped_all_at_once_is_not_forecast() -> None:
    """The shop shut half a year ago: what was learnt before would have promised thousands of orders."""
    orders = drawn(1500, 600 - 182, 5, beginning=300)
    found = forecast(orders, everybody(orders), day=NOW, weeks=WEEKS)
    assert found.outcome == Outcome.MISSED
    assert found.check is not None
    assert found.check.actual == 0
    assert not len(found.ahead)


def test_too_few_customers_are_not_forecast() -> None:
    orders = orders_of([Order(0, START, 10, 1), Order(0, START + 200, 10, 1), Order(1, START, 10, 1)])
    found = forecast(orders, everybody(orders), day=NOW, weeks=WEEKS)
    assert found.outcome == Outcome.TOO_LITTLE
    assert list(found.members) == [0, 1]
    assert (found.mean, found.interval) == (0.0, (0.0, 0.0))


def test_intervals_lie_around_the_mean_and_above_nothing() -> None:
    low, high = around(100.0, 30.0)
    assert 0 < low < 100 < high
    assert around(0.0, 5.0) == (0.0, 0.0)
