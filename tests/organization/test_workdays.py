from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organization.workdays import add_working_days, is_working_day, working_days_between

MONDAY = date(2025, 9, 29)
# Golden week 2025: 1-8 October off, Saturday 11 October worked instead, Sunday 28 September too.
GOLDEN_WEEK = {MONDAY + timedelta(days=2 + n): False for n in range(8)} | {
    date(2025, 9, 28): True,
    date(2025, 10, 11): True,
}

days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
exceptions = st.dictionaries(days, st.booleans(), max_size=40)


def test_a_holiday_rests_and_a_make_up_day_works() -> None:
    assert is_working_day(date(2025, 9, 26), GOLDEN_WEEK)
    assert not is_working_day(date(2025, 9, 27), GOLDEN_WEEK)
    assert is_working_day(date(2025, 9, 28), GOLDEN_WEEK)
    assert not is_working_day(date(2025, 10, 2), GOLDEN_WEEK)
    assert is_working_day(date(2025, 10, 11), GOLDEN_WEEK)


@pytest.mark.parametrize(
    ("start", "step", "end"),
    [
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
        (date(2025, 10, 9), -1, date(2025, 9, 30)),
        (date(2025, 10, 4), 0, date(2025, 10, 4)),
        (date(2025, 10, 4), 1, date(2025, 10, 9)),
    ],
)
def test_working_days_are_counted_over_the_golden_week(start: date, step: int, end: date) -> None:
    assert add_working_days(start, step, GOLDEN_WEEK) == end


def test_the_golden_weeks_fortnight_has_six_working_days() -> None:
    assert working_days_between(MONDAY, date(2025, 10, 12), GOLDEN_WEEK) == 5
    assert working_days_between(date(2025, 9, 28), date(2025, 10, 12), GOLDEN_WEEK) == 6
    assert working_days_between(date(2025, 10, 12), MONDAY, GOLDEN_WEEK) == 0


def test_a_calendar_without_any_working_day_is_an_error_not_an_endless_search() -> None:
    rest = {MONDAY + timedelta(days=n): False for n in range(800)}
    with pytest.raises(ValueError, match="no working day"):
        add_working_days(MONDAY, 1, rest)


@given(days, st.integers(0, 400), exceptions)
def test_counting_by_weeks_is_counting_day_by_day(first: date, span: int, odd: dict[date, bool]) -> None:
    last = first + timedelta(days=span)
    one_by_one = sum(is_working_day(first + timedelta(days=n), odd) for n in range(span + 1))
    assert working_days_between(first, last, odd) == one_by_one


@given(days, st.integers(1, 60), exceptions)
def test_going_n_working_days_on_passes_n_working_days(day: date, n: int, odd: dict[date, bool]) -> None:
    there = add_working_days(day, n, odd)
    assert is_working_day(there, odd)
    assert working_days_between(day + timedelta(days=1), there, odd) == n
    back = add_working_days(there, -n, odd)
    assert working_days_between(back, there - timedelta(days=1), odd) == n
    if is_working_day(day, odd):
        assert back == day
