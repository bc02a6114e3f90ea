"""The days that are held against each other, and what can be proposed in which state: plain values and properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.before_after import LENGTHS, known_from, windows
from channels.changes import BECOMES, Change, makes_sense, money_for, overtakes

DECIDED = date(2026, 9, 15)  # a Tuesday
STATES = ("running", "expanding", "paused", "stopped", "dropped")


@pytest.mark.parametrize(
    ("through", "most", "days"),
    [
        (DECIDED + timedelta(6), 28, None),  # six whole days since
        (DECIDED + timedelta(7), 28, 7),
        (DECIDED + timedelta(13), 28, 7),
        (DECIDED + timedelta(14), 28, 14),
        (DECIDED + timedelta(90), 28, 28),
        (DECIDED + timedelta(90), 7, 7),
        (DECIDED - timedelta(3), 28, None),  # its sources have not reported since
    ],
)
def test_whole_weeks_are_held_against_as_many_before(through: date, most: int, days: int | None) -> None:
    found = windows(DECIDED, through=through, most=most)
    assert (found.days if found else None) == days


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-10, 400), st.sampled_from(LENGTHS))
def test_both_sides_are_alike_touch_the_decision_and_end_by_the_last_day(
    decided: date, since: int, most: int
) -> None:
    through = decided + timedelta(since)
    found = windows(decided, through=through, most=most)
    if found is None:
        assert through < decided + timedelta(7)
        return
    assert found.before.days == found.after.days == found.days <= most
    assert found.days % 7 == 0
    assert found.before.last == decided - timedelta(1)
    assert found.after.first == decided + timedelta(1)
    assert found.after.last <= through


def test_it_can_be_told_on_the_morning_after_a_week() -> None:
    morning = known_from(DECIDED)
    assert windows(DECIDED, through=morning - timedelta(1), most=28) is not None
    assert windows(DECIDED, through=morning - timedelta(2), most=28) is None


@pytest.mark.parametrize(
    ("change", "states"),
    [
        (Change.PAUSE, {"running", "expanding"}),
        (Change.MOVE, {"running", "expanding"}),
        (Change.STOP, {"running", "expanding", "paused"}),
        (Change.DROP, {"running", "expanding", "paused", "stopped"}),
        (Change.EXPAND, {"running"}),
    ],
)
def test_what_is_stopped_is_not_paused_and_what_is_paused_not_expanded(
    change: Change, states: set[str]
) -> None:
    assert {state for state in STATES if makes_sense(change, state)} == states
    assert BECOMES.get(change) not in states


def test_the_heavier_takes_the_place_of_the_lighter_and_what_goes_the_other_way_of_both() -> None:
    assert overtakes(Change.STOP, Change.PAUSE)
    assert not overtakes(Change.PAUSE, Change.STOP)
    assert overtakes(Change.EXPAND, Change.PAUSE)
    assert overtakes(Change.PAUSE, Change.EXPAND)
    assert not any(overtakes(one, one) for one in Change)


@pytest.mark.parametrize(
    ("change", "spent", "money"),
    [
        (Change.MOVE, D("1000.01"), D("500.01")),  # half up, to the cent
        (Change.EXPAND, D("1000"), D("200.00")),
        (Change.PAUSE, D("1000"), None),
        (Change.MOVE, None, None),
        (Change.MOVE, D(0), None),
        (Change.MOVE, D(-5), None),
    ],
)
def test_money_is_a_share_of_what_was_spent_and_none_where_nothing_was(
    change: Change, spent: D | None, money: D | None
) -> None:
    assert money_for(change, spent) == money
