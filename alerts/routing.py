"""Who hears of an event, and who does not, each with the reason. Pure.

Someone hears of an alert when it reaches the tier from which she asked to be told; how it goes on (lowered,
recovered) she hears only if she was told of it before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from alerts.conditions import Level
from alerts.lifecycle import Change

# Never changes: the keys of messages are made from it.
NAMESPACE = uuid.UUID("5f0b1f0e-7a0c-5c39-9d0e-1d7a6d9b2f51")


Place: TypeAlias = tuple[int, int, str]  # a person's id or a connection's (the other is 0), and the way


class Decision(StrEnum):
    DUE = "due"
    HELD = "held"
    SUPPRESSED = "suppressed"


class Because(StrEnum):
    REACHES_TIER = "reaches-tier"
    WAS_TOLD = "was-told"
    BELOW_TIER = "below-tier"
    NOT_TOLD_BEFORE = "not-told-before"
    NO_ADDRESS = "no-address"
    NO_PHONE = "no-phone"
    NOT_CONFIRMED = "not-confirmed"
    LEFT = "left"
    NOT_READY = "not-ready"
    RULE_CHANGED = "rule-changed"


@dataclass(frozen=True)
class Event:
    episode: int
    number: int
    change: Change
    tier: Level


@dataclass(frozen=True)
class Hearer:
    """Someone named in the rule, for one way, or a connection. `address` is empty where there is none, `confirmed`
    whether its owner has shown that it is hers (of a connection, whether messages may go there); `figures` whether
    she, or who reads there, may have them."""

    person: int  # 0 for a connection
    way: str
    address: str
    from_tier: Level
    active: bool = True
    confirmed: bool = True
    figures: bool = True
    connection: int = 0

    @property
    def place(self) -> Place:
        return self.person, self.connection, self.way


@dataclass(frozen=True)
class Routed:
    place: Place
    decision: Decision
    because: Because
    figures: bool


def route(event: Event, hearers: Iterable[Hearer], told: AbstractSet[Place]) -> list[Routed]:
    """One decision for each place. `told` are those that heard of this alert before."""
    routed = {}
    for hearer in hearers:
        decision, because = _decide(event, hearer, hearer.place in told)
        routed[hearer.place] = Routed(hearer.place, decision, because, hearer.figures)
    return list(routed.values())


def _decide(event: Event, hearer: Hearer, was_told: bool) -> tuple[Decision, Because]:
    if event.change == Change.CLOSED:
        return Decision.SUPPRESSED, Because.RULE_CHANGED
    if event.change in (Change.FIRST, Change.RAISED):
        if event.tier < hearer.from_tier:
            return Decision.SUPPRESSED, Because.BELOW_TIER
        wanted = Because.REACHES_TIER
    else:
        if not was_told:
            return Decision.SUPPRESSED, Because.NOT_TOLD_BEFORE
        wanted = Because.WAS_TOLD
    if not hearer.active:
        return Decision.SUPPRESSED, Because.LEFT
    if not hearer.address:
        return Decision.SUPPRESSED, Because.NO_PHONE if hearer.way == "sms" else Because.NO_ADDRESS
    if not hearer.confirmed:
        return Decision.SUPPRESSED, Because.NOT_READY if hearer.connection else Because.NOT_CONFIRMED
    return Decision.DUE, wanted


def notice_key(event: Event, place: Place) -> str:
    person, connection, way = place
    who = f"connection-{connection}" if connection else str(person)
    return f"{event.episode}:{event.number}:{who}:{way}"


def message_key(notice_keys: Iterable[str]) -> uuid.UUID:
    """The same notices give the same key, on any machine and at any time."""
    return uuid.uuid5(NAMESPACE, "\n".join(sorted(notice_keys)))
