"""Whether the engine that alerts people is well itself: a pure judgement of what a selector has read.

What must be told has a key that stays the same for as long as the trouble lasts, so that nobody is told of it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Due rules and changed figures are found by a sweep every 30 seconds at the latest and judged in seconds: after ten
# minutes twenty sweeps have found them in vain.
RULE_LIMIT = timedelta(minutes=10)
# Figures may wait behind a large import, which holds a worker for some minutes; the same as HEALTH_WORK_LIMIT's default.
FIGURES_LIMIT = timedelta(minutes=15)
# A message that is due goes at once; 10,000 of them take a minute. Held ones (quiet hours, SMS of the next hour) are not due.
MESSAGE_LIMIT = timedelta(minutes=10)
# The fourth try is made 12 minutes after the first. What has not arrived by then is no hiccup of the server.
TRIES_LIMIT = timedelta(minutes=15)
# Fewer may be one address with trouble of its own, of which its owner is told.
FAILED_LEAST = 3
# How far back messages are counted, and the shorter time for which their delay is shown.
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


class Verdict(StrEnum):
    OK = "ok"
    LATE = "late"
    BROKEN = "broken"


class Kind(StrEnum):
    """What can be wrong. The first ones keep people from being told at all."""

    BEAT = "beat"
    WORKERS = "workers"
    WAY = "way"
    RULE = "rule"
    RULES = "rules"
    CHANGES = "changes"
    FIGURES = "figures"
    MESSAGES = "messages"
    CONSEQUENCES = "consequences"


LATE = frozenset({Kind.RULES, Kind.CHANGES, Kind.FIGURES, Kind.MESSAGES, Kind.CONSEQUENCES})


@dataclass(frozen=True)
class Backlog:
    """What waits to be done: how much, and since when the oldest of it is due (None where nothing waits)."""

    count: int = 0
    since: datetime | None = None
    name: str = ""  # of the rule that is due for longest


@dataclass(frozen=True)
class Delay:
    """From writing a message to handing it over, in seconds; None where none was sent. Held messages count as they are."""

    sent: int = 0
    median: float | None = None
    slowest: float | None = None  # 95th percentile


@dataclass(frozen=True)
class WayHealth:
    """Messages by one way in the last 24 hours.

    `waiting` were tried in vain and will be again; the oldest of them was written at `waiting_since`. `sent_at` is when
    one last got through, `failed_since` when the first of the failed was due, `error` the newest reason.
    """

    way: str
    sent: int = 0
    failed: int = 0
    withheld: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    sent_at: datetime | None = None
    failed_since: datetime | None = None
    error: str = ""

    def stuck(self, now: datetime) -> bool:
        """Whether it is the way and not one address: nothing got through since, or more failed than went."""
        first = self.waiting_since
        in_vain = (
            first is not None and now - first > TRIES_LIMIT and (self.sent_at is None or self.sent_at < first)
        )
        return in_vain or (self.failed >= FAILED_LEAST and self.failed > self.sent)


@dataclass(frozen=True)
class BrokenRule:
    """A rule that cannot be judged on so many areas."""

    pk: int
    name: str
    areas: int
    since: datetime | None


@dataclass(frozen=True)
class Trouble:
    """`subject` is the way, the rule's name, or the name of the rule that waits for longest."""

    kind: Kind
    key: str
    since: datetime | None
    count: int = 0
    subject: str = ""
    rule: int | None = None
    error: str = ""

    @property
    def verdict(self) -> Verdict:
        return Verdict.LATE if self.kind in LATE else Verdict.BROKEN


@dataclass(frozen=True)
class Health:
    """How things stand at `at`. `beat`, `swept` and `watchdog` are when each was last seen; None: never."""

    at: datetime
    beat: datetime | None
    swept: datetime | None
    watchdog: datetime | None
    rules: Backlog
    changes: Backlog
    figures: Backlog
    messages: Backlog
    consequences: Backlog
    hour: Delay
    day: Delay
    ways: tuple[WayHealth, ...]
    broken: tuple[BrokenRule, ...]
    troubles: tuple[Trouble, ...] = ()

    @property
    def verdict(self) -> Verdict:
        found = {trouble.verdict for trouble in self.troubles}
        return next((one for one in (Verdict.BROKEN, Verdict.LATE) if one in found), Verdict.OK)


def troubles_of(health: Health, *, beat_limit: timedelta) -> tuple[Trouble, ...]:
    """What is wrong, the worst first. `beat_limit`: for how long no sweep need have been seen."""
    return (*_pulse(health, beat_limit), *_ways(health), *_rules(health), *_backlogs(health))


def _pulse(health: Health, limit: timedelta) -> list[Trouble]:
    """A sweep is asked for by the beat and made by a worker: where one was made, both are alive."""
    if health.swept is not None and health.at - health.swept <= limit:
        return []
    if health.beat is not None and health.at - health.beat <= limit:
        return [Trouble(Kind.WORKERS, Kind.WORKERS, health.swept)]
    return [Trouble(Kind.BEAT, Kind.BEAT, health.beat or health.swept)]


def _ways(health: Health) -> list[Trouble]:
    return [
        Trouble(
            Kind.WAY, f"{Kind.WAY}:{one.way}", min(filter(None, (one.waiting_since, one.failed_since)), default=None),
            count=one.waiting + one.failed, subject=one.way, error=one.error,
        )
        for one in health.ways
        if one.stuck(health.at)
    ]  # fmt: skip


def _rules(health: Health) -> list[Trouble]:
    return [
        Trouble(Kind.RULE, f"{Kind.RULE}:{one.pk}", one.since, count=one.areas, subject=one.name, rule=one.pk)
        for one in health.broken
    ]


def _backlogs(health: Health) -> list[Trouble]:
    limits = (
        (Kind.RULES, health.rules, RULE_LIMIT),
        (Kind.CHANGES, health.changes, RULE_LIMIT),
        (Kind.FIGURES, health.figures, FIGURES_LIMIT),
        (Kind.MESSAGES, health.messages, MESSAGE_LIMIT),
        (Kind.CONSEQUENCES, health.consequences, RULE_LIMIT),
    )
    return [
        Trouble(kind, kind, one.since, count=one.count, subject=one.name)
        for kind, one, limit in limits
        if one.since is not None and health.at - one.since > limit
    ]
