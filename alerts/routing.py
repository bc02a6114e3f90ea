"""Who hears of an event, and who does not or not yet, each with the reason. Pure.

Someone hears of an alert when it reaches the tier from which she asked to be told, or when a policy names her; how it
goes on (lowered, recovered) she hears only if she was told of it before. The order of the questions is that of
`docs/alerting.md`: whether an alert above explains this one, her hours, silences, then whether something was sent a
moment ago.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from alerts.conditions import Level

# Never changes: the keys of messages are made from it.
NAMESPACE = uuid.UUID("5f0b1f0e-7a0c-5c39-9d0e-1d7a6d9b2f51")
# The first message goes at once; what else comes up for that person and way within this time comes in a second one.
FOLDING = timedelta(seconds=30)

Place: TypeAlias = tuple[int, int, str]  # a person's id or a connection's (the other is 0), and the way


class Kind(StrEnum):
    """What happened; the lifecycle's changes, and what people and the clock do."""

    FIRST = "first"
    RAISED = "raised"
    LOWERED = "lowered"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    CLOSED = "closed"
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed-over"


BEGINS = frozenset({Kind.FIRST, Kind.RAISED})
# For those who were told before; whom the others name is told whether she was or not.
FOLLOWS = frozenset({Kind.LOWERED, Kind.REMINDER, Kind.RECOVERED, Kind.CLOSED})
ENDS = frozenset({Kind.RECOVERED, Kind.CLOSED})


class Decision(StrEnum):
    DUE = "due"
    HELD = "held"
    SUPPRESSED = "suppressed"


class Because(StrEnum):
    REACHES_TIER = "reaches-tier"
    POLICY = "policy"
    ESCALATED = "escalated"
    STANDS_IN = "stands-in"
    HANDED_OVER = "handed-over"
    WAS_TOLD = "was-told"
    BELOW_TIER = "below-tier"
    NOT_TOLD_BEFORE = "not-told-before"
    NO_ADDRESS = "no-address"
    NO_PHONE = "no-phone"
    NO_LOGIN = "no-login"
    NOT_CONFIRMED = "not-confirmed"
    LEFT = "left"
    AWAY = "away"
    NOT_READY = "not-ready"
    RULE_CHANGED = "rule-changed"
    EXPLAINED = "explained"
    QUIET_HOURS = "quiet-hours"
    SILENCED = "silenced"
    FLAPPING = "flapping"
    FOLDING = "folding"
    ACKNOWLEDGED = "acknowledged"
    OVER_AGAIN = "over-again"
    NEWER = "newer"
    FELL_BACK = "fell-back"


@dataclass(frozen=True)
class Event:
    """`silent_until`: until when silences cover it. `by_hand`: a person closed it."""

    episode: int
    number: int
    kind: Kind
    tier: Level
    flapping: bool = False
    silent_until: datetime | None = None
    by_hand: bool = False


@dataclass(frozen=True)
class Hearer:
    """Someone who is named, for one way, or a connection. `address` is empty where there is none, `confirmed`
    whether its owner has shown that it is hers (of a connection, whether messages may go there); `figures` whether
    she, or who reads there, may have them; `opens` whether she can open the alert in the app.

    `explained`: an alert of an area above, of which this place is told, speaks for this one. `quiet_until`: when her
    quiet hours end. `recent_until`: until when what comes is folded, as something was sent a moment ago.
    """

    person: int  # 0 for a connection
    way: str
    address: str
    from_tier: Level = Level.WATCH
    active: bool = True
    confirmed: bool = True
    figures: bool = True
    connection: int = 0
    because: Because = Because.REACHES_TIER
    opens: bool = True
    away: bool = False
    explained: bool = False
    quiet_until: datetime | None = None
    recent_until: datetime | None = None

    @property
    def place(self) -> Place:
        return self.person, self.connection, self.way


@dataclass(frozen=True)
class Routed:
    """`until`: when one that is held is judged again; None where something else must happen first."""

    place: Place
    decision: Decision
    because: Because
    figures: bool
    until: datetime | None = None


_RANK = {Decision.DUE: 0, Decision.HELD: 1, Decision.SUPPRESSED: 2}


def route(event: Event, hearers: Iterable[Hearer], told: AbstractSet[Place]) -> list[Routed]:
    """One decision for each place; of one that is named twice, the decision by which it hears most.

    `told` are those that heard of this alert before.
    """
    routed: dict[Place, Routed] = {}
    for hearer in hearers:
        decision, because, until = _decide(event, hearer, hearer.place in told)
        one = Routed(hearer.place, decision, because, hearer.figures, until)
        before = routed.get(hearer.place)
        if before is None or _RANK[decision] < _RANK[before.decision]:
            routed[hearer.place] = one
    return list(routed.values())


def _decide(event: Event, hearer: Hearer, was_told: bool) -> tuple[Decision, Because, datetime | None]:
    if event.kind == Kind.CLOSED and not event.by_hand:
        return Decision.SUPPRESSED, Because.RULE_CHANGED, None
    wanted = hearer.because
    if event.kind in BEGINS and not was_told and event.tier < hearer.from_tier:
        return Decision.SUPPRESSED, Because.BELOW_TIER, None
    if event.kind in FOLLOWS:
        if not was_told:
            return Decision.SUPPRESSED, Because.NOT_TOLD_BEFORE, None
        wanted = Because.WAS_TOLD
    refused = unreachable(hearer)
    if refused is not None:
        return Decision.SUPPRESSED, refused, None
    held = _held(event, hearer)
    if held is not None:
        because, until = held
        return Decision.HELD, because, until
    return Decision.DUE, wanted, None


def unreachable(hearer: Hearer) -> Because | None:
    """Why nothing can go there at all; None where something can."""
    if not hearer.active:
        return Because.LEFT
    if hearer.away:
        return Because.AWAY
    if hearer.way == "app":
        return None if hearer.opens else Because.NO_LOGIN
    if not hearer.address:
        return Because.NO_PHONE if hearer.way == "sms" else Because.NO_ADDRESS
    if not hearer.confirmed:
        return Because.NOT_READY if hearer.connection else Because.NOT_CONFIRMED
    return None


def _held(event: Event, hearer: Hearer) -> tuple[Because, datetime | None] | None:
    """Why it waits, and until when; None where it does not."""
    if event.kind == Kind.HANDED_OVER:
        return None  # somebody has just said so to her
    if hearer.explained and event.kind not in ENDS:
        return Because.EXPLAINED, None
    if hearer.quiet_until is not None and event.tier < Level.CRITICAL and hearer.way != "app":
        return Because.QUIET_HOURS, hearer.quiet_until
    if event.silent_until is not None and event.kind not in ENDS:
        return Because.SILENCED, event.silent_until
    # Whoever heard that it began hears that it ended: only what begins anew waits.
    if event.flapping and event.kind not in (*ENDS, Kind.ESCALATED):
        return Because.FLAPPING, None
    if hearer.recent_until is not None and hearer.way not in ("app", "webhook"):
        return Because.FOLDING, hearer.recent_until
    return None


# -- What was held ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A notice that was held and whose time has come, with how its alert stands by now.

    `newer`: this place heard, or is about to hear, of something later in the same alert. `silent_until` and
    `quiet_until` are as of now.
    """

    notice: int
    number: int
    kind: Kind
    tier: Level
    because: Because
    is_open: bool
    acknowledged: bool = False
    newer: bool = False
    silent_until: datetime | None = None
    quiet_until: datetime | None = None
    unreachable: Because | None = None


def judge_again(waiting: Waiting) -> tuple[Decision, Because, datetime | None]:
    """What becomes of it: due, held for longer, or no longer worth saying."""
    if waiting.newer:
        return Decision.SUPPRESSED, Because.NEWER, None
    if not waiting.is_open and waiting.kind not in ENDS:
        return Decision.SUPPRESSED, Because.OVER_AGAIN, None
    if waiting.unreachable is not None:
        return Decision.SUPPRESSED, waiting.unreachable, None
    if waiting.acknowledged and waiting.because != Because.FOLDING and waiting.kind not in ENDS:
        return Decision.SUPPRESSED, Because.ACKNOWLEDGED, None
    if waiting.quiet_until is not None and waiting.tier < Level.CRITICAL:
        return Decision.HELD, Because.QUIET_HOURS, waiting.quiet_until
    if waiting.silent_until is not None and waiting.kind not in ENDS:
        return Decision.HELD, Because.SILENCED, waiting.silent_until
    return Decision.DUE, waiting.because, None


# -- Keys -------------------------------------------------------------------------------------------


def notice_key(event: Event, place: Place) -> str:
    return key_of(event.episode, event.number, place)


def key_of(episode: int, number: int, place: Place) -> str:
    person, connection, way = place
    who = f"connection-{connection}" if connection else str(person)
    return f"{episode}:{number}:{who}:{way}"


def message_key(notice_keys: Iterable[str]) -> uuid.UUID:
    """The same notices give the same key, on any machine and at any time."""
    return uuid.uuid5(NAMESPACE, "\n".join(sorted(notice_keys)))


# -- Steps of a policy ------------------------------------------------------------------------------


def next_step(
    delays: Sequence[tuple[int, int]], since: datetime, after: int = -1
) -> tuple[int, datetime] | None:
    """The first step that does not come at once and lies behind position `after`, and when it comes.

    `delays`: position and minutes of each step. None where there is none left.
    """
    for position, minutes in sorted(delays):
        if minutes and position > after:
            return position, since + timedelta(minutes=minutes)
    return None
