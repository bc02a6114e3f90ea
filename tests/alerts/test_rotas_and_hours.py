"""Who has the watch when, and when people do not want to hear."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.quiet import Hours
from alerts.rotas import Round, Swap

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ALICE, BOB, CHARLIE = 1, 2, 3


def rota(*swaps: Swap, zone: ZoneInfo = SHANGHAI, turn_days: int = 7) -> Round:
    return Round(date(2026, 3, 2), time(9), turn_days, zone, [ALICE, BOB, CHARLIE], swaps)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-03-02 08:59", None),  # not yet begun
        ("2026-03-02 09:00", ALICE),
        ("2026-03-09 08:59", ALICE),
        ("2026-03-09 09:00", BOB),
        ("2026-03-16 09:00", CHARLIE),
        ("2026-03-23 09:00", ALICE),
    ],
)
def test_turns_change_at_nine_on_mondays(moment: str, who: int | None) -> None:
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    assert rota().on_watch(at) == who


def test_a_swap_holds_for_its_time_and_the_one_made_last_counts() -> None:
    day = datetime(2026, 3, 3, tzinfo=SHANGHAI)
    swapped = rota(
        Swap(day, day + timedelta(days=2), BOB),
        Swap(day + timedelta(days=1), day + timedelta(days=2), CHARLIE),
    )
    days = [swapped.on_watch(day + timedelta(hours=12 + 24 * number)) for number in range(-1, 3)]
    assert days == [ALICE, BOB, CHARLIE, ALICE]


def test_where_clocks_change_turns_still_change_at_nine() -> None:
    # Summer time began on 29 March 2026 in Berlin.
    in_berlin = rota(zone=BERLIN, turn_days=1)
    before = datetime(2026, 3, 30, 8, 59, tzinfo=BERLIN)
    assert in_berlin.on_watch(before) != in_berlin.on_watch(before + timedelta(minutes=1))


def test_a_round_without_anybody_has_nobody() -> None:
    assert (
        Round(date(2026, 3, 2), time(9), 7, SHANGHAI, []).on_watch(datetime(2026, 4, 1, tzinfo=UTC)) is None
    )


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_somebody_always_has_the_watch_and_everybody_equally_long(hours: int, turn_days: int) -> None:
    one = rota(turn_days=turn_days)
    at = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI) + timedelta(hours=hours)
    whose, begins, ends = one.turn_of(at) or (0, at, at)
    assert begins <= at < ends
    assert ends - begins == timedelta(days=turn_days)
    assert one.on_watch(begins + timedelta(days=3 * turn_days)) == whose


NIGHT = Hours(SHANGHAI, time(22), time(7))
NOON = Hours(SHANGHAI, time(12), time(13))
REST = Hours(SHANGHAI, time(22), time(7), days_off=True)


@pytest.mark.parametrize(
    ("hours", "moment", "until"),
    [
        (NIGHT, "2026-03-11 21:59", None),
        (NIGHT, "2026-03-11 22:00", "2026-03-12 07:00"),
        (NIGHT, "2026-03-12 03:00", "2026-03-12 07:00"),
        (NIGHT, "2026-03-12 07:00", None),
        (NOON, "2026-03-11 12:30", "2026-03-11 13:00"),
        (NOON, "2026-03-11 13:00", None),
        (Hours(SHANGHAI), "2026-03-11 03:00", None),
        (Hours(SHANGHAI, time(9), time(9)), "2026-03-11 09:00", None),
        # a weekend holds until Monday's morning, as the night before Monday is quiet too
        (REST, "2026-03-14 12:00", "2026-03-16 07:00"),
        (REST, "2026-03-13 23:00", "2026-03-16 07:00"),
        (REST, "2026-03-16 07:00", None),
        # a Sunday that is worked on
        (REST, "2026-03-22 12:00", None),
        # her own zone
        (Hours(BERLIN, time(22), time(7)), "2026-03-11 08:00", "2026-03-11 14:00"),
    ],
)
def test_quiet_ends_when_she_wakes(hours: Hours, moment: str, until: str | None) -> None:
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    ends = hours.quiet_until_when(at, {date(2026, 3, 22): True})
    assert (ends and ends.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")) == until


def test_a_calendar_without_a_working_day_does_not_hang() -> None:
    never = {date(2026, 1, 1) + timedelta(days=number): False for number in range(1000)}
    assert REST.quiet_until_when(datetime(2026, 3, 11, 12, tzinfo=SHANGHAI), never) is not None
