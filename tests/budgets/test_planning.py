"""Amounts over months, pools, and what may not be fed twice: what holds for any budget."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.planning import CENT, Fed, by_days, fed_twice, months_of, pool_amounts, same_cost, share_out

AMOUNTS = st.decimals(0, 10**12, places=2)
WEIGHTS = st.lists(st.decimals(0, 1000, places=6), min_size=1, max_size=60)
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
PATHS = st.sampled_from([(), (1,), (2, 1), (3, 2, 1), (4, 1), (5,)])


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_exactly_and_are_no_more_than_a_cent_off(
    amount: Decimal, weights: list[Decimal]
) -> None:
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        assert part == part.quantize(CENT)
        if total:
            assert abs(part - amount * weight / total) <= CENT


@given(DAYS, st.integers(0, 1500))
def test_months_cover_each_day_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    parts = months_of(first, last)
    assert (parts[0].first, parts[-1].last) == (first, last)
    assert sum(part.days for part in parts) == length + 1
    assert all(one.last + timedelta(days=1) == other.first for one, other in itertools.pairwise(parts))


def test_equal_days_give_a_longer_month_more() -> None:
    assert by_days(Decimal(59), date(2026, 1, 1), date(2026, 2, 28)) == [31, 28]
    assert by_days(Decimal(310_000), date(2026, 8, 1), date(2026, 8, 31)) == [310_000]


@given(st.decimals(1, 10**9, places=2))
def test_pools_are_their_shares_of_the_whole_budget(lines: Decimal) -> None:
    reserve, emergency = pool_amounts(lines, [Decimal("0.15"), Decimal("0.05")])
    whole = lines + reserve + emergency
    assert abs(reserve - whole * Decimal("0.15")) <= CENT
    assert abs(emergency - whole * Decimal("0.05")) <= CENT


def test_pools_leave_something_for_the_lines() -> None:
    with pytest.raises(ValueError, match="nothing"):
        pool_amounts(Decimal(1), [Decimal("0.5"), Decimal("0.5")])


@given(PATHS.filter(bool), PATHS, PATHS.filter(bool), PATHS)
def test_it_does_not_matter_which_of_two_lines_is_asked(
    channel: tuple[int, ...], region: tuple[int, ...], other: tuple[int, ...], where: tuple[int, ...]
) -> None:
    days = (date(2026, 1, 1), date(2026, 3, 31))
    one, two = Fed("one", *days, channel, region), Fed("two", *days, other, where)
    assert same_cost(one, two) == same_cost(two, one)
    assert same_cost(one, one)


@pytest.mark.parametrize(
    ("channel", "region", "days", "twice"),
    [
        ((1,), (), 0, True),
        ((2, 1), (), 0, True),  # a campaign below the channel
        ((9,), (), 0, False),
        ((1,), (7,), 0, True),  # one region of everywhere
        ((1,), (), 90, False),  # the days after
    ],
)
def test_cost_counts_twice_on_one_path_on_the_same_days(
    channel: tuple[int, ...], region: tuple[int, ...], days: int, twice: bool
) -> None:
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    moved = timedelta(days=days)
    pairs = fed_twice(
        [Fed("one", first, last, (1,))], [Fed("two", first + moved, last + moved, channel, region)]
    )
    assert bool(pairs) == twice


def test_two_regions_of_one_channel_count_apart() -> None:
    days = (date(2026, 1, 1), date(2026, 3, 31))
    assert not fed_twice([Fed("east", *days, (1,), (7,)), Fed("south", *days, (1,), (8,))])
