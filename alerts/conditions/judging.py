"""Does a figure break a rule, and how badly? Pure: a figure and the rule's tiers in, an outcome with its reason out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from alerts.conditions.figures import WITHOUT_DATA, Figure, Level, Outcome, Result, Usual, Why
from alerts.conditions.kinds import Change, Condition, Dynamic, Stale, parts_of
from common.periods import Grain


@dataclass(frozen=True)
class Tier:
    """`periods`: for how many periods in a row the condition must hold before the tier counts; where `out_of` is more,
    for so many of the last `out_of`.
    """

    level: Level
    condition: Condition
    periods: int = 1
    out_of: int = 0


@dataclass(frozen=True)
class Terms:
    """A rule as the pure modules see it.

    `margin` is how far past a threshold a figure must come to count as better (0.02 is two points of attainment or of a
    change, and two percent of an amount); `keep` how many periods in a row it must be clear before the alert ends;
    `fires_without_data` whether missing data count as the mildest tier.
    """

    tiers: tuple[Tier, ...]
    margin: Decimal = Decimal(0)
    keep: int = 1
    skip_estimated: bool = False
    fires_without_data: bool = False

    @classmethod
    def of(
        cls, tiers: tuple[Tier, ...], *, grain: str, margin: Decimal, keep: int, fires_without_data: bool
    ) -> Terms:
        """Of a rule that looks by this grain: where days in a row count, estimated ones are skipped."""
        counts_days = grain == Grain.DAY and (keep > 1 or any(tier.periods > 1 for tier in tiers))
        return cls(tiers, margin, keep, counts_days, fires_without_data)

    def tier(self, level: int) -> Tier | None:
        return next((tier for tier in self.tiers if tier.level == level), None)

    @property
    def longest(self) -> int:
        """How many periods back matter."""
        return max([self.keep, *(max(tier.periods, tier.out_of) for tier in self.tiers)])

    @property
    def parts(self) -> tuple[Condition, ...]:
        return tuple(part for tier in self.tiers for part in parts_of(tier.condition))

    @property
    def compares(self) -> bool:
        """Whether figures of other periods are needed."""
        return any(isinstance(part, Change) for part in self.parts)

    @property
    def ages(self) -> bool:
        """Whether it changes with time alone."""
        return any(isinstance(part, Stale) for part in self.parts)

    @property
    def usuals(self) -> tuple[Usual, ...]:
        """Which bands are needed."""
        return tuple(sorted({part.usual for part in self.parts if isinstance(part, Dynamic)}))


def judge(figure: Figure | None, terms: Terms) -> Outcome:
    """The outcome of looking once. What cannot be judged is no data: it neither opens nor ends an alert."""
    if figure is None:
        return _without(Why.NO_FIGURE, None, terms)
    if terms.skip_estimated and figure.estimated:
        return Outcome(Result.NO_DATA, Why.ESTIMATED, figure.start)
    missing = {tier.level: why for tier in terms.tiers if (why := tier.condition.missing(figure))}
    level = _worst(
        tier.level for tier in terms.tiers if tier.level not in missing and tier.condition.holds(figure)
    )
    if not level and missing:
        return _without(missing[max(missing)], figure, terms)
    # A worse tier that cannot be judged now is not left either.
    near = _worst(
        tier.level
        for tier in terms.tiers
        if tier.level in missing or tier.condition.holds(figure, margin=terms.margin)
    )
    if level:
        return Outcome(Result.BREACH, Why.BREACHED, figure.start, level, max(level, near))
    if near:
        return Outcome(Result.NEAR, Why.WITHIN_MARGIN, figure.start, level, near)
    return Outcome(Result.CLEAR, Why.FINE, figure.start)


def broken(figure: Figure | None, why: Why = Why.BAD_CONDITION) -> Outcome:
    """The outcome for a rule that cannot be read, or not be judged by what it watches."""
    return Outcome(Result.ERROR, why, figure.start if figure else None)


def in_order(tiers: Sequence[tuple[int, Condition]]) -> bool:
    """Whether each worse tier asks for something worse: only then is the worst that holds the right one."""
    ordered = [condition for _, condition in sorted(tiers, key=lambda tier: tier[0])]
    return all(worse.stricter_than(milder) for milder, worse in pairwise(ordered))


def _without(why: Why, figure: Figure | None, terms: Terms) -> Outcome:
    start = figure.start if figure else None
    if terms.fires_without_data and why in WITHOUT_DATA and terms.tiers:
        mildest = min(tier.level for tier in terms.tiers)
        return Outcome(Result.BREACH, why, start, mildest, mildest)
    return Outcome(Result.NO_DATA, why, start)


def _worst(levels: Iterable[Level]) -> Level:
    return max(levels, default=Level.NONE)
