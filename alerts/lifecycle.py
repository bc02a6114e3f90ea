"""How an alert lives. Pure: (snapshot, outcome, now) → (new snapshot, transition with its reason).

An alert is open exactly while `tier` is above NONE. No data and errors never open, change or end one.
One that a person closed is settled: quiet until the figure is clear again or worse than it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from alerts.conditions import WITHOUT_DATA, Level, Outcome, Result, Terms, Why

Streaks = tuple[int, int, int, int]
NO_STREAKS: Streaks = (0, 0, 0, 0)
REMEMBERED = 20  # evaluations
FLAPPING_FROM = 4  # changes in those
CALM = 4  # evaluations without a change


class State(StrEnum):
    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    SETTLED = "settled"  # closed by a person, and the figure is not clear yet
    NO_DATA = "no-data"
    ERROR = "error"


class Change(StrEnum):
    """What happened in an alert's life; each but NONE is an event of its history."""

    NONE = "none"
    FIRST = "first"
    RAISED = "raised"
    LOWERED = "lowered"
    RECOVERED = "recovered"
    CLOSED = "closed"  # not by getting better


class Reason(StrEnum):
    """Why something changed, or why nothing did."""

    BREACHED = "breached"
    WORSE = "worse"
    BETTER = "better"
    CLEAR_AGAIN = "clear-again"
    RULE_CHANGED = "rule-changed"
    BY_HAND = "closed-by-hand"
    STILL = "still"
    ON_PLAN = "on-plan"
    WAITING = "waiting"  # not yet for enough periods
    KEEPING = "keeping"  # better, but not yet for long enough or by the margin
    SETTLED = "settled"  # a person closed it, and it is not worse than then
    NO_DATA = "no-data"
    UNJUDGED = "unjudged"  # there are data, which cannot be judged yet
    ERROR = "error"
    METRIC_AWAY = "metric-away"
    OLDER_PERIOD = "older-period"


@dataclass(frozen=True)
class Snapshot:
    """Where one instance of a rule stands. `period` is the one that was judged last.

    `streaks` says for how many periods in a row, that one included: index 0 it was clear, 1 to 3 the tier's condition
    held (where a tier asks for n of the last m: how many of those m). They are counted from the figures at each look, never added up from look to look: so an import repeated
    counts nothing twice, and days that arrive late or many at once are all counted.

    `settled` is the tier at which a person closed it, NONE where nobody did or it has been clear since. `recent` has a
    bit for each of the last evaluations, the newest lowest: 1 where something changed. An evaluation counts once for
    each period, and once more for each change within one, however often data are imported again. `flapping`: so much
    has changed that people had better hear of it together.
    """

    state: State = State.NORMAL
    tier: Level = Level.NONE
    since: datetime | None = None
    period: date | None = None
    streaks: Streaks = NO_STREAKS
    settled: Level = Level.NONE
    recent: int = 0
    flapping: bool = False

    @property
    def is_open(self) -> bool:
        return self.tier > Level.NONE


@dataclass(frozen=True)
class Transition:
    change: Change
    reason: Reason
    tier: Level


def step(
    snapshot: Snapshot, outcome: Outcome, now: datetime, *, terms: Terms, earlier: Sequence[Outcome] = ()
) -> tuple[Snapshot, Transition]:
    """One look. The tier changes at most once, and towards the outcome.

    `earlier` are the outcomes of the periods before, oldest first, as their figures are today.
    """
    error = outcome.result == Result.ERROR
    if not error and snapshot.period and outcome.period and outcome.period < snapshot.period:
        # The newest data is older than what was judged before: that data was withdrawn, as by an undone import.
        withdrawn = _moved(snapshot, State.NO_DATA, snapshot.tier, now)
        return withdrawn, Transition(Change.NONE, Reason.OLDER_PERIOD, snapshot.tier)
    after, made = _stepped(snapshot, outcome, now, terms, earlier)
    return _remembered(snapshot, after, made), made


def _stepped(
    snapshot: Snapshot, outcome: Outcome, now: datetime, terms: Terms, earlier: Sequence[Outcome]
) -> tuple[Snapshot, Transition]:
    counted = _counted(snapshot, outcome, earlier, terms)
    if outcome.result in (Result.NO_DATA, Result.ERROR):
        return _without_value(counted, outcome, now)
    ripe = _ripe(counted.streaks, outcome, terms)
    if snapshot.is_open:
        return _while_open(counted, outcome, ripe, now, terms)
    if snapshot.settled:
        return _while_settled(counted, outcome, ripe, now, terms)
    if ripe:
        return _moved(counted, State.FIRING, ripe, now), Transition(Change.FIRST, Reason.BREACHED, ripe)
    if outcome.level:
        pending = _moved(counted, State.PENDING, Level.NONE, now)
        return pending, Transition(Change.NONE, Reason.WAITING, Level.NONE)
    return _moved(counted, State.NORMAL, Level.NONE, now), Transition(Change.NONE, Reason.ON_PLAN, Level.NONE)


def judge_anew(
    snapshot: Snapshot, outcome: Outcome, now: datetime, *, terms: Terms, earlier: Sequence[Outcome] = ()
) -> tuple[Snapshot, Transition]:
    """One look after the rule was made or edited.

    An open alert keeps its place if any tier's condition holds; if none does, it closes because the rule changed,
    without margin or delay. What a person settled, and what flapped, did so under the old terms and is forgotten.
    """
    # The period that was judged under the old terms, or of another grain, is no yardstick.
    fresh = _forgotten(replace(snapshot, period=None))
    if outcome.result in (Result.NO_DATA, Result.ERROR) or not snapshot.is_open:
        return step(fresh, outcome, now, terms=terms, earlier=earlier)
    counted = _counted(fresh, outcome, earlier, terms)
    if not outcome.level:
        return close(counted, now)
    made = _compared(snapshot.tier, outcome.level)
    after = _moved(counted, State.FIRING, outcome.level, now)
    return _remembered(fresh, after, made), made


def close(snapshot: Snapshot, now: datetime) -> tuple[Snapshot, Transition]:
    """The rule no longer covers this, or no longer asks for it."""
    closed = _moved(_forgotten(snapshot), State.NORMAL, Level.NONE, now)
    change = Change.CLOSED if snapshot.is_open else Change.NONE
    return closed, Transition(change, Reason.RULE_CHANGED, snapshot.tier)


def settle(snapshot: Snapshot, now: datetime) -> tuple[Snapshot, Transition]:
    """A person closes an open alert. It stays quiet until it has been clear for as long as an alert must be to end, or
    a worse tier than this one holds.

    Raises ValueError where none is open.
    """
    if not snapshot.is_open:
        raise ValueError("Nothing is open.")
    settled = replace(snapshot, settled=snapshot.tier)
    return _moved(settled, State.SETTLED, Level.NONE, now), Transition(
        Change.CLOSED, Reason.BY_HAND, snapshot.tier
    )


def _while_open(
    snapshot: Snapshot, outcome: Outcome, ripe: Level, now: datetime, terms: Terms
) -> tuple[Snapshot, Transition]:
    if ripe > snapshot.tier:
        return _moved(snapshot, State.FIRING, ripe, now), Transition(Change.RAISED, Reason.WORSE, ripe)
    if not outcome.near:
        if snapshot.streaks[0] >= terms.keep:
            ended = _moved(snapshot, State.NORMAL, Level.NONE, now)
            return ended, Transition(Change.RECOVERED, Reason.CLEAR_AGAIN, snapshot.tier)
        waiting = _moved(snapshot, State.RECOVERING, snapshot.tier, now)
        return waiting, Transition(Change.NONE, Reason.KEEPING, snapshot.tier)
    # A tier is left only by the margin, and a worse one is entered only when it has held for long enough.
    tier = min(outcome.near, snapshot.tier)
    state = State.FIRING if outcome.level else State.RECOVERING
    moved = _moved(snapshot, state, tier, now)
    if tier < snapshot.tier:
        return moved, Transition(Change.LOWERED, Reason.BETTER, tier)
    return moved, Transition(Change.NONE, Reason.STILL if outcome.level else Reason.KEEPING, tier)


def _while_settled(
    snapshot: Snapshot, outcome: Outcome, ripe: Level, now: datetime, terms: Terms
) -> tuple[Snapshot, Transition]:
    free = replace(snapshot, settled=Level.NONE)
    if ripe > snapshot.settled:
        return _moved(free, State.FIRING, ripe, now), Transition(Change.FIRST, Reason.WORSE, ripe)
    if not outcome.near and snapshot.streaks[0] >= terms.keep:
        clear = _moved(free, State.NORMAL, Level.NONE, now)
        return clear, Transition(Change.NONE, Reason.CLEAR_AGAIN, Level.NONE)
    quiet = _moved(snapshot, State.SETTLED, Level.NONE, now)
    return quiet, Transition(Change.NONE, Reason.SETTLED, Level.NONE)


def _without_value(snapshot: Snapshot, outcome: Outcome, now: datetime) -> tuple[Snapshot, Transition]:
    if outcome.result == Result.ERROR:
        state = State.ERROR
        reason = Reason.METRIC_AWAY if outcome.reason == Why.METRIC_AWAY else Reason.ERROR
    else:
        state = State.NO_DATA
        reason = Reason.NO_DATA if outcome.reason in WITHOUT_DATA else Reason.UNJUDGED
    return _moved(snapshot, state, snapshot.tier, now), Transition(Change.NONE, reason, snapshot.tier)


def _counted(snapshot: Snapshot, outcome: Outcome, earlier: Sequence[Outcome], terms: Terms) -> Snapshot:
    """A period without data neither counts nor breaks a row."""
    looks = [one for one in (*earlier, outcome) if one.result not in (Result.NO_DATA, Result.ERROR)]
    watch, warning, critical = (_held(looks, level, terms) for level in Level if level)
    clear = _in_a_row([not one.near for one in looks])
    has_value = outcome.result not in (Result.NO_DATA, Result.ERROR)
    period = outcome.period if has_value else snapshot.period
    return replace(snapshot, period=period, streaks=(clear, watch, warning, critical))


def _remembered(before: Snapshot, after: Snapshot, made: Transition) -> Snapshot:
    """With this evaluation among the recent ones."""
    changed = made.change != Change.NONE
    if not changed and after.period == before.period:
        return after
    recent = (before.recent << 1 | changed) & ((1 << REMEMBERED) - 1)
    restless = recent & ((1 << CALM) - 1) != 0
    flapping = restless and (before.flapping or recent.bit_count() >= FLAPPING_FROM)
    return replace(after, recent=recent, flapping=flapping)


def _forgotten(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, settled=Level.NONE, recent=0, flapping=False)


def _held(looks: Sequence[Outcome], level: Level, terms: Terms) -> int:
    tier = terms.tier(level)
    held = [one.level >= level for one in looks]
    if tier is not None and tier.out_of > tier.periods:
        return sum(held[-tier.out_of :])
    return _in_a_row(held)


def _in_a_row(held: Sequence[bool]) -> int:
    """How many at the end are true without a break."""
    return next((back for back, one in enumerate(reversed(held)) if not one), len(held))


def _ripe(streaks: Streaks, outcome: Outcome, terms: Terms) -> Level:
    """The worst tier that has held for as many periods as it asks."""
    return max(
        (
            tier.level
            for tier in terms.tiers
            if tier.level <= outcome.level and streaks[tier.level] >= tier.periods
        ),
        default=Level.NONE,
    )


def _compared(before: Level, after: Level) -> Transition:
    if after > before:
        return Transition(Change.RAISED, Reason.WORSE, after)
    if after < before:
        return Transition(Change.LOWERED, Reason.BETTER, after)
    return Transition(Change.NONE, Reason.STILL, after)


def _moved(snapshot: Snapshot, state: State, tier: Level, now: datetime) -> Snapshot:
    """`since` is when the state or the tier was entered."""
    if (state, tier) == (snapshot.state, snapshot.tier) and snapshot.since is not None:
        return snapshot
    return replace(snapshot, state=state, tier=tier, since=now)
