"""What becomes of a notice that was held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.conditions import Level
from alerts.routing import Because, Decision, Event, Hearer, Kind, Waiting, judge_again, next_step, route

MORNING = datetime(2026, 3, 12, 7, tzinfo=UTC)
ALICE = 1


def hearer(**more: Any) -> Hearer:
    return Hearer(**{"person": ALICE, "way": "email", "address": "a@x.com", **more})


@pytest.mark.parametrize(
    ("tier", "who", "more", "decision", "because"),
    [
        (2, {"quiet_until": MORNING}, {}, Decision.HELD, Because.QUIET_HOURS),
        (3, {"quiet_until": MORNING}, {}, Decision.DUE, Because.REACHES_TIER),
        (2, {"quiet_until": MORNING, "way": "app"}, {}, Decision.DUE, Because.REACHES_TIER),
        (3, {}, {"silent_until": MORNING}, Decision.HELD, Because.SILENCED),
        (
            3,
            {"explained": True, "quiet_until": MORNING},
            {"silent_until": MORNING},
            Decision.HELD,
            Because.EXPLAINED,
        ),
        (2, {"quiet_until": MORNING}, {"silent_until": MORNING}, Decision.HELD, Because.QUIET_HOURS),
        (3, {}, {"flapping": True}, Decision.HELD, Because.FLAPPING),
        (3, {"recent_until": MORNING}, {}, Decision.HELD, Because.FOLDING),
        (3, {"recent_until": MORNING, "way": "webhook"}, {}, Decision.DUE, Because.REACHES_TIER),
        (3, {"away": True}, {}, Decision.SUPPRESSED, Because.AWAY),
        (3, {"way": "app", "opens": False}, {}, Decision.SUPPRESSED, Because.NO_LOGIN),
    ],
)
def test_the_order_of_the_questions(
    tier: int, who: dict[str, Any], more: dict[str, Any], decision: Decision, because: Because
) -> None:
    (routed,) = route(Event(7, 1, Kind.FIRST, Level(tier), **more), [hearer(**who)], set())
    assert (routed.decision, routed.because) == (decision, because)


def test_who_is_named_by_the_rule_and_by_its_policy_hears_if_either_would_tell_her() -> None:
    (routed,) = route(
        Event(7, 1, Kind.FIRST, Level.WATCH),
        [hearer(from_tier=Level.CRITICAL), hearer(because=Because.POLICY)],
        set(),
    )
    assert (routed.decision, routed.because) == (Decision.DUE, Because.POLICY)


def test_a_recovery_reaches_whoever_was_told_though_it_is_silenced_or_flaps() -> None:
    event = Event(7, 3, Kind.RECOVERED, Level.CRITICAL, flapping=True, silent_until=MORNING)
    (routed,) = route(event, [hearer()], {(ALICE, 0, "email")})
    assert (routed.decision, routed.because) == (Decision.DUE, Because.WAS_TOLD)


def waits(**more: Any) -> Waiting:
    return Waiting(
        **{
            "notice": 1, "number": 1, "kind": Kind.FIRST, "tier": Level.WARNING,
            "because": Because.QUIET_HOURS, "is_open": True, **more,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("waiting", "decision", "because"),
    [
        (waits(), Decision.DUE, Because.QUIET_HOURS),
        (waits(is_open=False), Decision.SUPPRESSED, Because.OVER_AGAIN),
        (waits(newer=True), Decision.SUPPRESSED, Because.NEWER),
        (waits(acknowledged=True), Decision.SUPPRESSED, Because.ACKNOWLEDGED),
        (waits(acknowledged=True, because=Because.FOLDING), Decision.DUE, Because.FOLDING),
        (waits(kind=Kind.RECOVERED, is_open=False), Decision.DUE, Because.QUIET_HOURS),
        (waits(silent_until=MORNING), Decision.HELD, Because.SILENCED),
        (waits(quiet_until=MORNING), Decision.HELD, Because.QUIET_HOURS),
        (waits(quiet_until=MORNING, tier=Level.CRITICAL), Decision.DUE, Because.QUIET_HOURS),
        (waits(unreachable=Because.LEFT), Decision.SUPPRESSED, Because.LEFT),
    ],
)
def test_in_the_morning_it_is_asked_again(waiting: Waiting, decision: Decision, because: Because) -> None:
    assert judge_again(waiting)[:2] == (decision, because)


def test_steps_come_one_after_the_other() -> None:
    delays = [(0, 0), (1, 30), (2, 120)]
    assert next_step(delays, MORNING) == (1, MORNING.replace(minute=30))
    assert next_step(delays, MORNING, after=1) == (2, MORNING.replace(hour=9))
    assert next_step(delays, MORNING, after=2) is None
