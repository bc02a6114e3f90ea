"""How far a line may move without a special reason, and out of which months money leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.moving import leaves, reach

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
MOST = D("0.15")


@pytest.mark.parametrize(
    ("planned", "moved", "waiting", "amount", "share", "needs"),
    [
        (1000, 0, 0, 150, "0.15", False),
        (1000, 0, 0, D("150.01"), "0.15001", True),
        (1000, 0, 0, -150, "-0.15", False),
        (1000, 100, 0, 60, "0.16", True),  # already moved counts
        (1000, 0, -100, -60, "-0.16", True),  # and what waits
        (1000, 100, 0, -200, "-0.1", False),
        (1000, 400, 0, -100, "0.3", False),  # on its way back
        (0, 0, 0, 1, None, True),
    ],
)
def test_up_to_the_share_of_its_plan_needs_no_reason(
    planned: int, moved: int, waiting: int, amount: D, share: str | None, needs: bool
) -> None:
    found = reach(planned=D(planned), moved=D(moved), waiting=D(waiting), amount=D(amount), most=MOST)
    assert (found.share, found.needs_reason) == (None if share is None else D(share), needs)


def test_money_leaves_this_month_first_then_the_later_ones_then_the_earlier() -> None:
    months = {JULY: D(100), AUGUST: D(50), SEPTEMBER: D(30)}
    assert leaves(months, D(40), AUGUST) == {AUGUST: D(40)}
    assert leaves(months, D(100), AUGUST) == {AUGUST: D(50), SEPTEMBER: D(30), JULY: D(20)}
    assert leaves(months, D(200), AUGUST) == {AUGUST: D(70), SEPTEMBER: D(30), JULY: D(100)}
    assert leaves({}, D(5), AUGUST) == {AUGUST: D(5)}


def to_four_places(least: int) -> st.SearchStrategy[D]:
    return st.integers(least, 10**13).map(lambda number: D(number).scaleb(-4))


@given(
    months=st.dictionaries(
        st.sampled_from([date(2026, n, 1) for n in range(1, 13)]), to_four_places(-(10**7))
    ),
    amount=to_four_places(1),
    month=st.sampled_from([date(2026, n, 1) for n in range(1, 13)]),
)
def test_what_leaves_adds_up_and_takes_from_no_other_month_more_than_it_has(
    months: dict[date, D], amount: D, month: date
) -> None:
    taken = leaves(months, amount, month)
    assert sum(taken.values()) == amount
    assert all(part > 0 for part in taken.values())
    assert all(part <= months[one] for one, part in taken.items() if one != month)
