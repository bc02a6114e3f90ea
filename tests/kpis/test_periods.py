from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.periods import Grain, Period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-08-10", date(2025, 8, 10), date(2025, 8, 10)),
        ("2025-W33", date(2025, 8, 11), date(2025, 8, 17)),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2025-08", date(2025, 8, 1), date(2025, 8, 31)),
        ("2025-Q3", date(2025, 7, 1), date(2025, 9, 30)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_people_write_periods_and_get_their_days(text: str, first: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, str(period)) == (first, last, text)


@pytest.mark.parametrize("text", ["", "2025-13", "2025-02-30", "2025-Q5", "2025-W54", "August", "25-08"])
def test_what_is_no_period_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        Period.parse(text)


def test_a_fiscal_year_from_april_is_named_by_the_year_in_which_it_starts() -> None:
    year = Period.parse("2025", fiscal_start=4)
    assert (year.start, year.end) == (date(2025, 4, 1), date(2026, 3, 31))
    fourth = Period.parse("2025-Q4", fiscal_start=4)
    assert (fourth.start, fourth.end) == (date(2026, 1, 1), date(2026, 3, 31))
    assert str(Period.containing(date(2026, 2, 5), Grain.YEAR, fiscal_start=4)) == "2025"


@given(
    day=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    grain=st.sampled_from(list(Grain)),
    fiscal_start=st.integers(1, 12),
)
def test_periods_cover_every_day_once_and_are_read_as_they_are_written(
    day: date, grain: Grain, fiscal_start: int
) -> None:
    period = Period.containing(day, grain, fiscal_start=fiscal_start)
    assert day in period
    assert period.next().start == period.end + timedelta(days=1)
    assert period.next().next(-1) == period
    assert Period.parse(str(period), fiscal_start=fiscal_start) == period
