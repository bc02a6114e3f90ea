"""Clocks of complaints: working hours of a calendar, pauses, nights in which clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decisions.clocks import Clock
from feedback.sla import Stretch, by_calendar, deadline, elapsed, first_answer, solution

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HOLIDAYS = {date(2026, 10, day): False for day in range(1, 8)} | {
    date(2026, 10, 10): True
}  # a make-up Saturday
HOUR = timedelta(hours=1)


def clock(
    opens: int = 9, closes: int = 17, zone: ZoneInfo = SHANGHAI, holidays: dict[date, bool] | None = None
) -> Clock:
    days = HOLIDAYS if holidays is None else holidays
    return Clock(zone, days, day_and_night=False, opens=time(opens), closes=time(closes))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("received", "hours", "due", "why"),
    [
        ("2026-11-20T16:30", 1, "2026-11-23T09:30", "Friday afternoon goes on on Monday"),
        ("2026-11-18T10:00", 1, "2026-11-18T11:00", "within a morning"),
        ("2026-11-18T03:00", 1, "2026-11-18T10:00", "what comes at night begins in the morning"),
        ("2026-11-18T22:00", 1, "2026-11-19T10:00", "what comes in the evening, the next morning"),
        ("2026-11-21T12:00", 1, "2026-11-23T10:00", "what comes on a Saturday, on Monday"),
        ("2026-11-18T09:00", 1, "2026-11-18T10:00", "exactly when it opens"),
        ("2026-11-18T17:00", 1, "2026-11-19T10:00", "exactly when it closes"),
        ("2026-11-18T16:00", 1, "2026-11-18T17:00", "the last hour of the day ends when it closes"),
        ("2026-09-30T16:30", 1, "2026-10-08T09:30", "a week of holidays lies between"),
        ("2026-10-03T12:00", 1, "2026-10-08T10:00", "what comes on a holiday, after it"),
        ("2026-10-09T16:30", 1, "2026-10-10T09:30", "a make-up Saturday works"),
        ("2026-11-18T10:00", 24, "2026-11-23T10:00", "three working days over a weekend"),
    ],
)  # fmt: skip
def test_a_complaint_is_due(received: str, hours: int, due: str, why: str) -> None:
    assert deadline(at(received), timedelta(hours=hours), (), clock()) == at(due), why


@pytest.mark.parametrize(
    ("pauses", "due", "why"),
    [
        ([], "2026-11-18T14:00", "no pause"),
        ([("2026-11-18T11:00", "2026-11-18T12:00")], "2026-11-18T15:00", "an hour"),
        ([("2026-11-18T11:00", "2026-11-19T10:00")], "2026-11-19T13:00", "over a night"),
        ([("2026-11-18T17:30", "2026-11-19T08:00")], "2026-11-18T14:00", "a pause after it was due changes nothing"),
        ([("2026-11-18T12:00", "2026-11-21T12:00")], "2026-11-23T11:00", "into a weekend"),
        (
            [("2026-11-18T10:30", "2026-11-18T11:00"), ("2026-11-18T11:30", "2026-11-18T12:30")],
            "2026-11-18T15:30",
            "two of them",
        ),
        ([("2026-11-18T11:00", None)], None, "one that still runs"),
        ([("2026-11-18T10:30", "2026-11-18T11:00"), ("2026-11-18T11:30", None)], None, "the second still runs"),
        ([("2026-11-18T15:00", None)], "2026-11-18T14:00", "one that runs, but began too late"),
        ([("2026-11-17T15:00", "2026-11-18T08:00")], "2026-11-18T14:00", "over before it came in"),
    ],
)  # fmt: skip
def test_a_pause_moves_when_a_complaint_is_due(
    pauses: list[tuple[str, str | None]], due: str | None, why: str
) -> None:
    stretches = [Stretch(at(began), at(ended) if ended else None) for began, ended in pauses]
    found = deadline(at("2026-11-18T10:00"), 4 * HOUR, stretches, clock())
    assert found == (at(due) if due else None), why


def test_another_severity_counts_from_when_it_came_in() -> None:
    received = at("2026-11-20T16:30")
    assert deadline(received, 24 * HOUR, (), clock()) == at("2026-11-25T16:30")
    assert deadline(received, 8 * HOUR, (), clock()) == at("2026-11-23T16:30")


def test_another_calendar_moves_what_was_not_over() -> None:
    received, before = at("2026-11-20T16:30"), clock(holidays={})
    after = clock(holidays={date(2026, 11, 23): False, date(2026, 11, 22): True})
    assert deadline(received, HOUR, (), before) == at("2026-11-23T09:30")
    assert deadline(received, HOUR, (), after) == at("2026-11-22T09:30")
    assert deadline(received, 10 * HOUR, (), after) == at("2026-11-24T10:30")


@pytest.mark.parametrize(
    ("received", "span", "due", "why"),
    [
        # 29 March 2026: 02:00 becomes 03:00; 25 October: 03:00 becomes 02:00 again. Both are Sundays.
        ("2026-03-28T23:00", 4, "2026-03-29T04:00", "an hour is missing in spring"),
        ("2026-10-24T23:00", 4, "2026-10-25T02:00", "an hour comes twice in autumn"),
        ("2026-03-29T01:30", 1, "2026-03-29T03:30", "across the gap itself"),
    ],
)  # fmt: skip
def test_an_hour_passes_in_a_night_in_which_clocks_are_changed(
    received: str, span: int, due: str, why: str
) -> None:
    hours = clock(0, 20, BERLIN, {date(2026, 3, day): True for day in (28, 29)} | {
        date(2026, 10, day): True for day in (24, 25)})  # fmt: skip
    start = at(received, BERLIN)
    # By the calendar every hour counts.
    assert by_calendar(start, timedelta(hours=span)) == start.astimezone(UTC) + timedelta(hours=span)
    found = by_calendar(start, timedelta(hours=span)).astimezone(BERLIN)
    assert f"{found:%Y-%m-%dT%H:%M}" == due, why
    # In working hours from midnight to 20:00 the day that lost an hour has nineteen.
    midnight = start.astimezone(BERLIN).replace(hour=0, minute=0)
    evening = midnight.replace(hour=20)
    assert elapsed(midnight, evening, (), hours) == evening.astimezone(UTC) - midnight.astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "length", "due"), [("2026-03-29", 19, "06:00"), ("2026-10-25", 21, "04:00"), ("2026-11-22", 20, "05:00")]
)  # fmt: skip
def test_a_working_night_in_which_clocks_are_changed_is_as_long_as_it_is(
    day: str, length: int, due: str
) -> None:
    works = date.fromisoformat(day)
    hours = clock(0, 20, BERLIN, {works: True, works - timedelta(days=1): False})
    evening_before = at(f"{day}T00:00", BERLIN) - timedelta(hours=1)
    assert elapsed(evening_before, at(f"{day}T23:00", BERLIN), (), hours) == length * HOUR
    found = deadline(evening_before, 5 * HOUR, (), hours)
    assert found is not None
    assert f"{found.astimezone(BERLIN):%Y-%m-%d %H:%M}" == f"{day} {due}"


def test_the_first_answer_is_due_by_the_calendar_at_the_very_most() -> None:
    eve = at("2026-09-30T16:30")
    due = first_answer(eve, HOUR, 48 * HOUR, 0.75, clock())
    assert due.due_at == at("2026-10-02T16:30"), "the working hour lies after a week of holidays"
    assert due.warn_at == at("2026-10-02T04:30")
    friday = first_answer(at("2026-11-20T16:30"), HOUR, 72 * HOUR, 0.75, clock())
    assert friday.due_at == at("2026-11-23T09:30")
    assert friday.warn_at == at("2026-11-23T09:15")


def test_a_calendar_without_a_working_day_leaves_the_calendars_hours() -> None:
    never = clock(holidays={date(2026, 1, 1) + timedelta(days=day): False for day in range(800)})
    due = first_answer(at("2026-03-02T10:00"), HOUR, 48 * HOUR, 0.75, never)
    assert due.due_at == at("2026-03-04T10:00")
    assert solution(at("2026-03-02T10:00"), HOUR, (), 0.75, never).due_at is None


def test_a_solution_is_warned_of_at_three_quarters() -> None:
    due = solution(at("2026-11-18T09:00"), 8 * HOUR, (), 0.75, clock())
    assert (due.warn_at, due.due_at) == (at("2026-11-18T15:00"), at("2026-11-18T17:00"))
    waited = [Stretch(at("2026-11-18T16:00"), None)]
    due = solution(at("2026-11-18T09:00"), 8 * HOUR, waited, 0.75, clock())
    assert (due.warn_at, due.due_at) == (at("2026-11-18T15:00"), None)


CASES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MOMENTS = st.integers(0, 90 * 24 * 60).map(
    lambda minutes: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
SPANS = st.integers(60, 60 * 3600).map(lambda seconds: timedelta(seconds=seconds))
ZONES = st.sampled_from([clock(), clock(zone=BERLIN), clock(0, 23, BERLIN)])


@st.composite
def pauses(draw: st.DrawFn) -> list[Stretch]:
    """One after the other, none running, not overlapping."""
    at_ = draw(MOMENTS)
    found = []
    for wait, length in draw(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 9000)), max_size=4)):
        began = at_ + timedelta(minutes=wait)
        at_ = began + timedelta(minutes=length)
        found.append(Stretch(began, at_))
    return found


@CASES
@given(MOMENTS, SPANS, pauses(), ZONES)
def test_so_much_time_has_passed_when_it_is_due(
    received: datetime, span: timedelta, waited: list[Stretch], hours: Clock
) -> None:
    due = deadline(received, span, waited, hours)
    assert due is not None
    assert elapsed(received, due, waited, hours) == span


@CASES
@given(MOMENTS, SPANS, pauses(), st.integers(0, 3), st.integers(0, 5000), ZONES)
def test_more_pause_is_never_due_earlier(
    received: datetime, span: timedelta, waited: list[Stretch], which: int, more: int, hours: Clock
) -> None:
    before = deadline(received, span, waited, hours)
    longer = [
        Stretch(one.began, one.ended + timedelta(minutes=more)) if index == which and one.ended else one
        for index, one in enumerate(waited)
    ]
    after = deadline(received, span, longer, hours)
    assert before is not None
    assert after is not None
    assert after >= before


@CASES
@given(MOMENTS, st.integers(0, 5000), SPANS, pauses(), ZONES)
def test_what_came_in_later_is_never_due_earlier(
    received: datetime, later: int, span: timedelta, waited: list[Stretch], hours: Clock
) -> None:
    first = deadline(received, span, waited, hours)
    second = deadline(received + timedelta(minutes=later), span, waited, hours)
    assert first is not None
    assert second is not None
    assert second >= first
