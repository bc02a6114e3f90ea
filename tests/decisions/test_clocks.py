"""Working hours: Friday afternoons, nights, holidays, make-up days; and that arithmetic adds up."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decisions.clocks import Clock, add_working_time, working_time_between

HOLIDAYS = {date(2026, 10, day): False for day in range(1, 8)} | {
    date(2026, 10, 10): True
}  # a make-up Saturday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "hours", "due", "why"),
    [
        ("2026-11-18T10:00", 9, "2026-11-19T10:00", "a day from Wednesday morning"),
        ("2026-11-20T15:00", 9, "2026-11-23T15:00", "a day from Friday afternoon"),
        ("2026-11-20T15:00", 2, "2026-11-20T17:00", "two hours on Friday afternoon"),
        ("2026-11-20T17:00", 2, "2026-11-23T10:00", "two hours across a weekend"),
        ("2026-11-20T22:30", 9, "2026-11-23T18:00", "what comes on Friday night has all of Monday"),
        ("2026-11-21T12:00", 9, "2026-11-23T18:00", "what comes on Saturday, too"),
        ("2026-11-18T06:00", 1, "2026-11-18T10:00", "what comes at dawn begins in the morning"),
        ("2026-11-18T09:00", 9, "2026-11-18T18:00", "a whole day from its first minute"),
        ("2026-09-30T15:00", 9, "2026-10-08T15:00", "a day before the golden week"),
        ("2026-10-09T15:00", 9, "2026-10-10T15:00", "a make-up Saturday works"),
        ("2026-10-10T15:00", 9, "2026-10-12T15:00", "and the Sunday after it does not"),
        ("2026-11-20T15:00", 27, "2026-11-25T15:00", "three days from Friday"),
        ("2026-11-21T12:00", 0, "2026-11-21T12:00", "no time at all"),
    ],
)  # fmt: skip
def test_it_is_due(start: str, hours: int, due: str, why: str) -> None:
    assert add_working_time(at(start), timedelta(hours=hours), HOLIDAYS) == at(due), why


def test_a_calendar_without_a_working_day_is_said_so() -> None:
    never = {date(2026, 1, 1) + timedelta(days=day): False for day in range(800)}
    with pytest.raises(ValueError, match="no working day"):
        add_working_time(at("2026-01-01T10:00"), timedelta(hours=1), never)


CASES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOMENTS = st.integers(0, 90 * 24 * 60).map(lambda minutes: datetime(2026, 9, 1) + timedelta(minutes=minutes))
SPANS = st.integers(0, 100 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@CASES
@given(MOMENTS, SPANS)
def test_the_time_until_it_is_due_is_the_time_that_was_given(start: datetime, span: timedelta) -> None:
    due = add_working_time(start, span, HOLIDAYS)
    assert working_time_between(start, due, HOLIDAYS) == span
    if span:
        assert time(9) <= due.time() <= time(18)


@CASES
@given(MOMENTS, SPANS, SPANS)
def test_two_spans_one_after_the_other_are_their_sum(
    start: datetime, one: timedelta, other: timedelta
) -> None:
    halfway = add_working_time(start, one, HOLIDAYS)
    assert working_time_between(start, add_working_time(halfway, other, HOLIDAYS), HOLIDAYS) == one + other


@CASES
@given(MOMENTS, SPANS, SPANS)
def test_more_time_is_never_due_earlier(start: datetime, one: timedelta, other: timedelta) -> None:
    less, more = sorted((one, other))
    assert add_working_time(start, less, HOLIDAYS) <= add_working_time(start, more, HOLIDAYS)


def test_the_companys_hours_count_wherever_the_server_stands() -> None:
    clock = Clock(ZoneInfo("Asia/Shanghai"), {}, day_and_night=False)
    friday_afternoon = datetime(2026, 11, 20, 7, tzinfo=ZoneInfo("UTC"))  # 15:00 in Shanghai
    due = clock.after(friday_afternoon, timedelta(hours=9))
    assert due == datetime(2026, 11, 23, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert clock.between(friday_afternoon, due) == timedelta(hours=9)


def test_an_emergency_runs_through_the_night() -> None:
    clock = Clock(ZoneInfo("Asia/Shanghai"), {}, day_and_night=True)
    night = datetime(2026, 11, 21, 23, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert clock.after(night, timedelta(hours=2)) - night == timedelta(hours=2)
