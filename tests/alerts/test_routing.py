"""Who hears of an event, and who does not, each with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.conditions import Level
from alerts.routing import Because, Decision, Event, Hearer, Kind, message_key, notice_key, route

ALICE = 1


def event(kind: Kind, tier: int) -> Event:
    return Event(episode=7, number=2, kind=kind, tier=Level(tier))


def hearer(from_tier: int, **more: Any) -> Hearer:
    return Hearer(
        **{"person": ALICE, "way": "email", "address": "a@x.com", "from_tier": Level(from_tier), **more}
    )


@pytest.mark.parametrize(
    ("kind", "tier", "who", "told", "decision", "because"),
    [
        (Kind.FIRST, 1, hearer(1), False, Decision.DUE, Because.REACHES_TIER),
        (Kind.FIRST, 2, hearer(3), False, Decision.SUPPRESSED, Because.BELOW_TIER),
        (Kind.FIRST, 3, hearer(3), False, Decision.DUE, Because.REACHES_TIER),
        (Kind.RAISED, 3, hearer(3), False, Decision.DUE, Because.REACHES_TIER),
        (Kind.RAISED, 2, hearer(3), False, Decision.SUPPRESSED, Because.BELOW_TIER),
        # who was woken by a critical one hears that it is no longer critical
        (Kind.LOWERED, 1, hearer(3), True, Decision.DUE, Because.WAS_TOLD),
        (Kind.LOWERED, 1, hearer(1), False, Decision.SUPPRESSED, Because.NOT_TOLD_BEFORE),
        (Kind.RECOVERED, 3, hearer(3), True, Decision.DUE, Because.WAS_TOLD),
        (Kind.RECOVERED, 3, hearer(1), False, Decision.SUPPRESSED, Because.NOT_TOLD_BEFORE),
        (Kind.CLOSED, 3, hearer(1), True, Decision.SUPPRESSED, Because.RULE_CHANGED),
        (Kind.FIRST, 3, hearer(1, address=""), False, Decision.SUPPRESSED, Because.NO_ADDRESS),
        (Kind.FIRST, 3, hearer(1, active=False), False, Decision.SUPPRESSED, Because.LEFT),
        (Kind.RECOVERED, 3, hearer(1, active=False), True, Decision.SUPPRESSED, Because.LEFT),
    ],
)
def test_every_decision_has_its_reason(
    kind: Kind, tier: int, who: Hearer, told: bool, decision: Decision, because: Because
) -> None:
    (routed,) = route(event(kind, tier), [who], {(ALICE, 0, "email")} if told else set())
    assert (routed.decision, routed.because) == (decision, because)


def test_who_is_named_twice_hears_once() -> None:
    assert len(route(event(Kind.FIRST, 3), [hearer(1), hearer(2)], set())) == 1


def test_the_key_of_a_message_is_the_same_for_ever_and_for_no_other_notice() -> None:
    first = notice_key(event(Kind.FIRST, 1), (ALICE, 0, "email"))
    assert str(message_key([first])) == "cb0d2dab-15a5-52a8-9ab0-db5c17050f59"
    others = [
        notice_key(event(Kind.FIRST, 1), (2, 0, "email")),
        notice_key(event(Kind.FIRST, 1), (0, ALICE, "chat")),
        notice_key(Event(7, 3, Kind.RAISED, Level(2)), (1, 0, "email")),
    ]
    assert len({message_key([key]) for key in (first, *others)}) == 4
    assert message_key([first, *others]) == message_key([*others, first])
