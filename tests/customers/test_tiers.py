"""Tiers: worked by hand, and against their definitions for any orders."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.customer_value.orders import NONE, day_number, month_start, months_of
from customers.customer_value.tiers import TIERS, Limits, Tier, moves, quintiles, standing
from tests.customers import slow_customers as slow
from tests.customers.made import START, everyone, orders_of, some_orders
from tests.customers.slow_customers import Order

DAY = day_number(date(2025, 6, 30))
LIMITS = Limits(window=365, new=90, dormant=180, high=8)


def tier_of(orders: list[Order], day: int = DAY, limits: Limits = LIMITS) -> dict[int, str]:
    found = standing(orders_of(orders), limits, day).tier
    return {who: TIERS[tier] for who, tier in enumerate(found) if tier != NONE}


def test_five_customers_by_hand() -> None:
    """Scores for frequency and money, 1 + whole fifths below: of 4 who ordered in the year,
    0 has 5 orders (3 below: 1 + 15/4 = 4) and 900 (3 below: 4): 8, high value. 1 has 1 order (0 below: 1): new.
    2 has 2 orders (2 below: 1 + 10/4 = 3) and 300 (2 below: 3): 6, potential. 3 has 1 order, 200 days ago: dormant.
    4's only order is two years ago: dormant, and out of the window. 5 never ordered."""
    orders = [
        *(Order(0, DAY - 40 * n, 180, 1) for n in range(5)),
        Order(1, DAY - 89, 100, 1),
        Order(2, DAY - 150, 100, 1),
        Order(2, DAY - 100, 200, 1),
        Order(3, DAY - 200, 50, 1),
        Order(4, DAY - 730, 5000, 1),
    ]
    assert tier_of(orders) == {0: "high", 1: "new", 2: "potential", 3: "dormant", 4: "dormant"}
    assert tier_of(orders, limits=Limits(high=6))[2] == "high"


@pytest.mark.parametrize(
    ("ago", "tier"), [(0, "new"), (89, "new"), (90, "potential"), (179, "potential"), (180, "dormant")]
)
def test_limits_are_days_that_end_with_the_day_asked_for(ago: int, tier: str) -> None:
    assert tier_of([Order(0, DAY - ago, 10, 1)]) == {0: tier}


def test_a_refund_neither_wakes_a_customer_nor_counts_as_an_order_but_is_taken_off() -> None:
    orders = [Order(0, DAY - 300, 100, 1), Order(0, DAY - 2, -40, 0), Order(1, DAY - 3, -10, 0)]
    found = standing(orders_of(orders), LIMITS, DAY)
    assert tier_of(orders) == {0: "dormant"}
    assert (found.orders[0], found.amounts[0]) == (1, 60)


def test_later_orders_are_not_seen() -> None:
    orders = [Order(0, DAY - 300, 100, 1), Order(0, DAY + 1, 100, 1), Order(1, DAY + 1, 5, 1)]
    assert tier_of(orders) == {0: "dormant"}


def test_equal_customers_get_equal_scores() -> None:
    values = np.array([1, 1, 1, 1, 1, 1, 1, 2, 2, 9])
    assert list(quintiles(values, values > 0)) == [1] * 7 + [4, 4, 5]
    assert list(quintiles(values, values > 1)) == [0] * 7 + [1, 1, 4]


@pytest.mark.parametrize("limits", [{"dormant": 400}, {"new": 0}, {"high": 11}, {"dormant": 0}])
def test_limits_without_a_meaning_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Limits(**limits)


some_limits: Any = st.builds(
    lambda window, new, dormant, high: Limits(window, min(new, window), min(dormant, window), high),
    st.integers(30, 400),
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(2, 10),
)


@settings(deadline=None, max_examples=200)
@given(rows=some_orders, day=st.integers(START, START + 800), limits=some_limits)
def test_tiers_are_those_of_the_definitions(rows: list[Order], day: int, limits: Limits) -> None:
    expected = slow.tiers(
        rows, day, window=limits.window, new=limits.new, dormant=limits.dormant, high=limits.high
    )
    assert tier_of(rows, day, limits) == expected


@settings(deadline=None, max_examples=50)
@given(rows=some_orders, seed=st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Order], seed: Any) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)
    assert tier_of(rows, START + 700) == tier_of(shuffled, START + 700)


@settings(deadline=None, max_examples=50)
@given(rows=some_orders, day=st.integers(START, START + 700))
def test_moves_add_up_to_where_people_stand_and_stood(rows: list[Order], day: int) -> None:
    orders = orders_of(rows)
    before, now = standing(orders, LIMITS, day), standing(orders, LIMITS, day + 30)
    areas = [*everyone(), np.array([NONE, 0, 0, 1, 1, 1])]
    found = moves(before, now, areas[:1], month=7)
    for place, tier in enumerate(TIERS):
        assert sum(move.customers for move in found if move.tier == tier) == (now.tier == place).sum()
        assert sum(move.customers for move in found if move.came_from == tier) == (before.tier == place).sum()
        assert sum(move.amount for move in found if move.tier == tier) == now.amounts[now.tier == place].sum()
    some = moves(before, now, areas[1:], month=7)
    assert sum(move.customers for move in some) == (now.tier[1:] != NONE).sum()


def test_a_customer_moves_from_nowhere_to_new_and_on_to_dormant() -> None:
    orders = orders_of([Order(0, DAY, 70, 1)], people=1)
    days = [DAY - 1, DAY, DAY + 100, DAY + 200]
    standings = [standing(orders, LIMITS, day) for day in days]
    layer = [np.zeros(1, dtype=np.int64)]
    found = [moves(a, b, layer, month=0) for a, b in zip([None, *standings], standings, strict=False)]
    assert found[0] == []
    assert [(move.came_from, move.tier, move.customers, move.amount) for (move,) in found[1:]] == [
        (None, Tier.NEW, 1, 70),
        (Tier.NEW, Tier.POTENTIAL, 1, 70),
        (Tier.POTENTIAL, Tier.DORMANT, 1, 70),
    ]


def test_months_are_those_of_the_calendar() -> None:
    days = [date(1970, 1, 1), date(2024, 2, 29), date(2024, 12, 31)]
    found = months_of(np.array([day_number(day) for day in days]))
    assert [month_start(int(month)) for month in found] == [day.replace(day=1) for day in days]
