"""Scores of answers with their 95% intervals. Pure.

NPS = 100 × (promoters − detractors) ÷ answers. Its interval is by the variance of (+1, 0, −1) with divisor n; of few
answers it is the adjusted Wald interval of Rocks (2016), "Interval Estimation for the 'Net Promoter Score'", The American
Statistician 70(4): ¾ are added to promoters and to detractors, and 1½ to passives. That one lies around the adjusted
score, so that of a handful of answers that all agree the score itself may lie outside of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

SMALL = 30  # answers below which a score is shown in grey
Z = 1.959963984540054  # of 95%, two-sided
PROMOTER, DETRACTOR = 9, 6  # from, up to
SATISFIED = 4  # of 5, from
_PLACES = Decimal("0.0001")
_ADDED, _ADDED_IN_ALL = 0.75, 3


@dataclass(frozen=True)
class Counts:
    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
        )

    @classmethod
    def of(cls, scores: Sequence[int]) -> Counts:
        """Of scores from 0 to 10."""
        promoters = sum(score >= PROMOTER for score in scores)
        detractors = sum(score <= DETRACTOR for score in scores)
        return cls(promoters, len(scores) - promoters - detractors, detractors)


@dataclass(frozen=True)
class Score:
    """A value with its interval, to four places; empty where nobody answered, the interval also where one did of a mean.

    `small`: too few answers for a colour.
    """

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int
    small: bool


def nps(counts: Counts, *, small_below: int = SMALL) -> Score:
    """From −100 to 100."""
    n = counts.n
    if not n:
        return _nobody()
    value = Fraction(100 * (counts.promoters - counts.detractors), n)
    small = n < small_below
    added, of = (_ADDED, n + _ADDED_IN_ALL) if small else (0.0, n)
    above, below = (counts.promoters + added) / of, (counts.detractors + added) / of
    middle = above - below
    error = Z * math.sqrt(max(0.0, above + below - middle**2) / of)
    return Score(
        _exact(value),
        _rounded(100 * max(-1.0, middle - error)),
        _rounded(100 * min(1.0, middle + error)),
        n,
        small,
    )


def satisfaction(counts: Sequence[int], *, small_below: int = SMALL) -> Score:
    """The share of answers of 4 and 5, in percent, of counts of 1 to 5; its interval is Wilson's (1927)."""
    n = sum(counts)
    if not n:
        return _nobody()
    satisfied = sum(counts[SATISFIED - 1 :])
    share = satisfied / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    error = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low = 0.0 if satisfied == 0 else middle - error
    high = 1.0 if satisfied == n else middle + error
    return Score(
        _exact(Fraction(100 * satisfied, n)), _rounded(100 * low), _rounded(100 * high), n, n < small_below
    )


def mean(counts: Sequence[int], *, small_below: int = SMALL) -> Score:
    """The mean of answers of 1, 2, 3 … by their counts; its interval is Student's, kept between the ends of the scale."""
    n = sum(counts)
    if not n:
        return _nobody()
    total = sum(mark * count for mark, count in enumerate(counts, start=1))
    value = Fraction(total, n)
    if n == 1:
        return Score(_exact(value), None, None, n, n < small_below)
    from scipy.special import stdtrit  # takes a while to load, and most processes need none

    variance = float(sum(count * (mark - value) ** 2 for mark, count in enumerate(counts, start=1)) / (n - 1))
    error = float(stdtrit(n - 1, 0.975)) * math.sqrt(variance / n)
    return Score(
        _exact(value),
        _rounded(max(1.0, float(value) - error)),
        _rounded(min(float(len(counts)), float(value) + error)),
        n,
        n < small_below,
    )


def effort(counts: Sequence[int], *, small_below: int = SMALL) -> Score:
    """The mean of 1 to 7: how easy it was."""
    return mean(counts, small_below=small_below)


def _nobody() -> Score:
    return Score(None, None, None, 0, True)


def _exact(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES)


def _rounded(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_PLACES)
