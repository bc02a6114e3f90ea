"""What the parts of a whole weigh, and why: equally, by what they did, or by where they stand in their life.

Every weight is the product of its reasons' factors, so that a page can show the reckoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from statistics import median
from types import MappingProxyType

from common.periods import Period


class Stage(StrEnum):
    """Where a product line stands in its life cycle (Levitt 1965; `star`: a leader in growth, after BCG's matrix)."""

    LAUNCH = "launch"
    GROWTH = "growth"
    STAR = "star"
    MATURE = "mature"
    DECLINE = "decline"


class Cause(StrEnum):
    EQUAL = "equal"
    DAYS = "days"  # given: how many days it has
    HISTORY = "history"  # given: what it did
    NO_HISTORY = "no_history"  # nothing was reported: weighs nothing
    NEGATIVE = "negative"  # given: what it did, below zero: weighs nothing
    TYPICAL = "typical"  # new: what an established part did, in the middle
    STEP = "step"  # given: which year of its step path
    STAGE = "stage"  # of the life cycle; `stage` says which
    GROWTH = "growth"  # given: growth as a fraction
    MATURITY = "maturity"  # given: how much of what it could do it does, 0 to 1
    PENETRATION = "penetration"  # given: what competitors hold, 0 to 1
    MINIMUM = "minimum"  # given: the least share that stars carry


@dataclass(frozen=True)
class Reason:
    """One factor of a weight, and the number that it was made of."""

    cause: Cause
    factor: Decimal
    given: Decimal | None = None
    stage: Stage | None = None


@dataclass(frozen=True)
class Weighed:
    """A part's weight, its share of the sum of all (0 to 1; None where nothing weighs anything) and its reasons."""

    weight: Decimal
    share: Decimal | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Standing:
    """What is known of a part; None is unknown and changes nothing.

    `did`: its amount in the last year. `growth`: of that on the year before, as a fraction (0.12). `maturity` and
    `penetration` (what competitors hold) are fractions from 0 to 1. `year`: 1, 2, 3 of a new part's step path.
    """

    did: Decimal | None
    stage: Stage | None = None
    growth: Decimal | None = None
    maturity: Decimal | None = None
    penetration: Decimal | None = None
    year: int | None = None


_STAGES = MappingProxyType(
    {
        Stage.LAUNCH: Decimal("1.5"),
        Stage.GROWTH: Decimal("1.3"),
        Stage.STAR: Decimal("1.2"),
        Stage.MATURE: Decimal("1"),
        Stage.DECLINE: Decimal("0.7"),
    }
)


@dataclass(frozen=True)
class Policy:
    """Settings of `by_stage`: of our own choosing, to be shown and changed, no law.

    `steps`: the part of a typical established one that a new one is to bring in its first, second, third year; later it
    is established. `least_growth`, `most_growth`: growth beyond counts as that. `room`: how much an unripe part may
    weigh more (at maturity 0). `resistance`: how much a part weighs less where competitors hold everything.
    `minimum_share`: what stars carry together at the least (T4: 40%).
    """

    stages: Mapping[Stage, Decimal] = field(default_factory=lambda: _STAGES)
    steps: tuple[Decimal, ...] = (Decimal("0.3"), Decimal("0.6"), Decimal("0.85"))
    least_growth: Decimal = Decimal("-0.5")
    most_growth: Decimal = Decimal("1")
    room: Decimal = Decimal("0.5")
    resistance: Decimal = Decimal("0.5")
    minimum_share: Decimal = Decimal("0.4")


def weights_of(weighed: Mapping[str, Weighed]) -> dict[str, Decimal]:
    """As `divide` takes them."""
    return {key: one.weight for key, one in weighed.items()}


def equal(keys: Iterable[str]) -> dict[str, Weighed]:
    return _shared({key: [Reason(Cause.EQUAL, Decimal(1))] for key in keys})


def by_days(periods: Iterable[Period]) -> dict[str, Weighed]:
    return _shared({str(one): [Reason(Cause.DAYS, Decimal(one.days), Decimal(one.days))] for one in periods})


def from_history(amounts: Mapping[str, Decimal | None]) -> dict[str, Weighed]:
    """By what each part did; what did nothing, less than nothing, or was not reported (None) weighs nothing."""
    return _shared({key: [_of_history(amount)] for key, amount in amounts.items()})


def by_stage(parts: Mapping[str, Standing], policy: Policy | None = None) -> dict[str, Weighed]:
    """By what each part did, times where it stands: life cycle, growth, maturity, what competitors hold.

    A part on the step path (`year`) weighs its step of what an established part did in the middle (median), or of its
    own amount where that is more; so does a launched one without an amount, as in its first year. Stars carry together
    at least `minimum_share`, where there are other parts besides.
    """
    policy = policy or Policy()
    established = [
        one.did for one in parts.values() if one.did is not None and one.did > 0 and not _step(one, policy)
    ]
    typical = median(established) if established else None
    reasons = {key: _reasons(one, typical, policy) for key, one in parts.items()}
    stars = {key for key, one in parts.items() if one.stage == Stage.STAR}
    weights = {key: _product(found) for key, found in reasons.items()}
    bright = sum((weights[key] for key in stars), Decimal(0))
    whole = sum(weights.values(), Decimal(0))
    if 0 < bright < whole and bright < policy.minimum_share * whole:
        # x / (x + others) = minimum.
        wanted = policy.minimum_share / (1 - policy.minimum_share) * (whole - bright)
        for key in stars:
            reasons[key].append(Reason(Cause.MINIMUM, wanted / bright, policy.minimum_share))
    return _shared(reasons)


def _step(one: Standing, policy: Policy) -> int | None:
    """Which year of the step path the part is in; None for an established one."""
    if one.year is not None:
        return one.year if 1 <= one.year <= len(policy.steps) else None
    return 1 if one.stage == Stage.LAUNCH and not one.did and policy.steps else None


def _reasons(one: Standing, typical: Decimal | None, policy: Policy) -> list[Reason]:
    step = _step(one, policy)
    own = _of_history(one.did)
    found = [own]
    if step is not None:
        factor = policy.steps[step - 1]
        if typical is None and not own.factor:
            found = [Reason(Cause.TYPICAL, Decimal(1)), Reason(Cause.STEP, factor, Decimal(step))]
        elif typical is not None and typical * factor > own.factor:
            found = [Reason(Cause.TYPICAL, typical, typical), Reason(Cause.STEP, factor, Decimal(step))]
    if one.stage is not None and step is None:
        found.append(Reason(Cause.STAGE, policy.stages[one.stage], stage=one.stage))
    if one.growth is not None and step is None:
        growth = min(max(one.growth, policy.least_growth), policy.most_growth)
        found.append(Reason(Cause.GROWTH, 1 + growth, one.growth))
    if one.maturity is not None:
        found.append(Reason(Cause.MATURITY, 1 + policy.room * (1 - _fraction(one.maturity)), one.maturity))
    if one.penetration is not None:
        held = _fraction(one.penetration)
        found.append(Reason(Cause.PENETRATION, 1 - policy.resistance * held, one.penetration))
    return found


def _of_history(amount: Decimal | None) -> Reason:
    if amount is None:
        return Reason(Cause.NO_HISTORY, Decimal(0))
    if amount < 0:
        return Reason(Cause.NEGATIVE, Decimal(0), amount)
    return Reason(Cause.HISTORY, amount, amount)


def _fraction(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), Decimal(1))


def _product(reasons: Iterable[Reason]) -> Decimal:
    weight = Decimal(1)
    for reason in reasons:
        weight *= reason.factor
    return weight


def _shared(reasons: Mapping[str, list[Reason]]) -> dict[str, Weighed]:
    weights = {key: _product(found) for key, found in reasons.items()}
    whole = sum(weights.values(), Decimal(0))
    return {
        key: Weighed(weight, weight / whole if whole else None, tuple(reasons[key]))
        for key, weight in weights.items()
    }
