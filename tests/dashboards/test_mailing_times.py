"""When a mail goes out next: by the clock of its owner, also in the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.mailing_times import LATE, is_too_late, next_time

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Asia/Shanghai",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
        )
    ]
)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC))
TIMES = st.one_of(
    st.tuples(st.just("week"), st.integers(1, 7)), st.tuples(st.just("month"), st.integers(1, 28))
)


@pytest.mark.parametrize(
    ("every", "day", "hour", "zone", "after", "expected"),
    [
        ("week", 1, 8, SHANGHAI, "2026-11-28T00:00", "2026-11-30T00:00"),
        (
            "week",
            1,
            8,
            SHANGHAI,
            "2026-11-30T00:00",
            "2026-12-07T00:00",
        ),  # at the moment itself: the next one
        ("week", 7, 0, SHANGHAI, "2026-11-30T00:00", "2026-12-05T16:00"),
        ("month", 1, 8, SHANGHAI, "2026-12-15T00:00", "2027-01-01T00:00"),
        ("month", 28, 8, SHANGHAI, "2027-02-10T00:00", "2027-02-28T00:00"),
        # 02:00 does not come on 29 March 2026 in Berlin, and comes twice on 25 October.
        ("week", 7, 2, BERLIN, "2026-03-28T00:00", "2026-03-29T01:00"),
        ("week", 7, 2, BERLIN, "2026-10-24T00:00", "2026-10-25T00:00"),
        ("week", 7, 2, BERLIN, "2026-10-25T00:30", "2026-11-01T01:00"),
        ("week", 1, 8, BERLIN, "2026-10-20T00:00", "2026-10-26T07:00"),
    ],
)
def test_it_comes_at_its_hour(
    every: str, day: int, hour: int, zone: ZoneInfo, after: str, expected: str
) -> None:
    found = next_time(
        every=every, day=day, hour=hour, zone=zone, after=datetime.fromisoformat(after).replace(tzinfo=UTC)
    )
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(when=TIMES, hour=st.integers(0, 23), zone=ZONES, after=MOMENTS)
def test_it_lies_ahead_on_its_day_and_not_far(
    when: tuple[str, int], hour: int, zone: ZoneInfo, after: datetime
) -> None:
    every, day = when
    found = next_time(every=every, day=day, hour=hour, zone=zone, after=after)
    local = found.astimezone(zone)
    assert after < found <= after + timedelta(days=8 if every == "week" else 32)
    assert day == (local.isoweekday() if every == "week" else local.day)
    assert (
        local.hour == hour or local.utcoffset() != (found - timedelta(hours=2)).astimezone(zone).utcoffset()
    )


@given(when=TIMES, hour=st.integers(0, 23), zone=ZONES, after=MOMENTS, minutes=st.integers(0, 60 * 24 * 6))
def test_none_comes_twice_and_none_is_left_out(
    when: tuple[str, int], hour: int, zone: ZoneInfo, after: datetime, minutes: int
) -> None:
    """Whenever it is asked again before it is due, it is the same; and from it on, the one after."""
    every, day = when

    def ask(moment: datetime) -> datetime:
        return next_time(every=every, day=day, hour=hour, zone=zone, after=moment)

    first = ask(after)
    between = min(after + timedelta(minutes=minutes), first - timedelta(microseconds=1))
    assert ask(max(after, between)) == first
    assert ask(first) > first + timedelta(days=5)


@given(due_at=MOMENTS, late=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_is_a_day_late_is_still_sent(due_at: datetime, late: timedelta) -> None:
    assert is_too_late(due_at=due_at, now=due_at + late) is (late > LATE)
