"""Whether something stands otherwise after a day than before it: two means, or two counts over time. Says nothing of why.

Means: Student's interval each, and Welch's for their difference (B. L. Welch 1947, with the Welch-Satterthwaite degrees of
freedom). Counts: Garwood's exact interval of a Poisson mean (F. Garwood 1936), per 30 days. All 95%, two-sided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

TAIL = 0.025
MONTH = 30  # days, to which counts are brought


class Verdict(StrEnum):
    TOO_FEW = "too few"
    APART = "apart"  # the intervals do not overlap
    MOVED = "moved"  # they do, but that of the difference leaves out zero
    CHANCE = "chance"  # the difference may be none


@dataclass(frozen=True)
class Sums:
    """Of whole numbers: how many, their sum, and the sum of their squares."""

    count: int
    total: int
    squares: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Raises ZeroDivisionError where there are none."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """Of the sample, with divisor n - 1; computed in whole numbers up to the last step, so never below zero."""
        over = self.count * self.squares - self.total * self.total
        return max(0, over) / (self.count * (self.count - 1))


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; empty where nothing or, for the interval, only one was counted. `count`: of how many."""

    value: float | None
    low: float | None
    high: float | None
    count: int

    def apart_from(self, other: Estimate) -> bool:
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.high < other.low or other.high < self.low


@dataclass(frozen=True)
class Effect:
    """How it stood before and after. `change` is after less before (of counts: the ratio), with its interval."""

    before: Estimate
    after: Estimate
    change: Estimate
    verdict: Verdict


def mean_of(sums: Sums) -> Estimate:
    if not sums.count:
        return Estimate(None, None, None, 0)
    if sums.count == 1:
        return Estimate(sums.mean, None, None, 1)
    wide = _student(sums.count - 1) * math.sqrt(sums.variance / sums.count)
    return Estimate(sums.mean, sums.mean - wide, sums.mean + wide, sums.count)


def difference(of: Sums, less: Sums) -> Estimate:
    """Mean of one less that of the other, with Welch's interval; `count` is that of the smaller."""
    count = min(of.count, less.count)
    if not count:
        return Estimate(None, None, None, 0)
    value = of.mean - less.mean
    if count == 1:
        return Estimate(value, None, None, 1)
    one, other = of.variance / of.count, less.variance / less.count
    if one + other == 0:
        return Estimate(value, value, value, count)
    freedom = (one + other) ** 2 / (one**2 / (of.count - 1) + other**2 / (less.count - 1))
    wide = _student(freedom) * math.sqrt(one + other)
    return Estimate(value, value - wide, value + wide, count)


def of_means(before: Sums, after: Sums, *, least: int) -> Effect:
    """`least`: with fewer scores on either side nothing is said."""
    change = difference(after, before)
    return _judged(
        mean_of(before), mean_of(after), change, few=min(before.count, after.count) < max(2, least), none=0.0
    )


def rate_of(count: int, days: int) -> Estimate:
    """So many in so many days, per 30 days. Raises ValueError for no days."""
    if days < 1:
        raise ValueError(days)
    low, high = _poisson(count)
    scale = MONTH / days
    return Estimate(count * scale, low * scale, high * scale, count)


def of_counts(before: int, days_before: int, after: int, days_after: int, *, least: int) -> Effect:
    """`least`: with fewer on both sides together, or fewer than 30 days after, nothing is said."""
    few = before + after < least or days_after < MONTH
    if days_after < 1:
        nothing = Estimate(None, None, None, 0)
        return Effect(rate_of(before, days_before), nothing, nothing, Verdict.TOO_FEW)
    change = _ratio(before, days_before, after, days_after)
    return _judged(
        rate_of(before, days_before), rate_of(after, days_after), change, few=few, none=1.0
    )  # fmt: skip


def _judged(before: Estimate, after: Estimate, change: Estimate, *, few: bool, none: float) -> Effect:
    if few:
        verdict = Verdict.TOO_FEW
    elif before.apart_from(after):
        verdict = Verdict.APART
    elif change.low is not None and change.high is not None and not change.low <= none <= change.high:
        verdict = Verdict.MOVED
    else:
        verdict = Verdict.CHANCE
    return Effect(before, after, change, verdict)


def _ratio(before: int, days_before: int, after: int, days_after: int) -> Estimate:
    """Rate after over rate before. Given how many there are in all, those after are binomial (Clopper-Pearson)."""
    from scipy.special import betaincinv

    both = before + after
    if not before:
        return Estimate(None, None, None, both)
    scale = days_before / days_after
    low = betaincinv(after, before + 1, TAIL) if after else 0.0
    high = betaincinv(after + 1, before, 1 - TAIL)
    return Estimate(after / before * scale, _odds(low) * scale, _odds(high) * scale, both)


def _odds(share: float) -> float:
    return math.inf if share >= 1 else float(share / (1 - share))


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - TAIL))


def _poisson(count: int) -> tuple[float, float]:
    from scipy.special import gammaincinv

    low = float(gammaincinv(count, TAIL)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - TAIL))
