"""The three scores and what each is made of. Pure: counts in, scores and shares out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from feedback import scores
from feedback.scores import SMALL, Counts, Score


class Kind(StrEnum):
    """NPS of promoters, passives and detractors; CSAT of answers of 1 to 5; CES of 1 to 7."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


SIZES = {Kind.NPS: 3, Kind.CSAT: 5, Kind.CES: 7}  # counts that each is made of
ENDS = {Kind.NPS: (Decimal(-100), Decimal(100)), Kind.CSAT: (Decimal(0), Decimal(100)), Kind.CES: (Decimal(1), Decimal(7))}  # fmt: skip
# How many marks, from the worst, are counted as bad, and how many as neither bad nor good.
_BAD, _BETWEEN = {Kind.CSAT: 2, Kind.CES: 3}, 1


@dataclass(frozen=True)
class Shares:
    """Answers that speak for, neither for nor against, and against: promoters, passives, detractors."""

    good: int
    between: int
    bad: int

    @property
    def n(self) -> int:
        return self.good + self.between + self.bad

    @property
    def parts(self) -> tuple[Decimal, Decimal, Decimal] | None:
        if not self.n:
            return None
        good, bad = Decimal(self.good) / self.n, Decimal(self.bad) / self.n
        return good, 1 - good - bad, bad


def score_of(kind: Kind, counts: Sequence[int], *, small_below: int = SMALL) -> Score:
    """`counts`: as many as `SIZES` says."""
    if kind == Kind.NPS:
        return scores.nps(Counts(*counts), small_below=small_below)
    if kind == Kind.CSAT:
        return scores.satisfaction(counts, small_below=small_below)
    return scores.effort(counts, small_below=small_below)


def shares_of(kind: Kind, counts: Sequence[int]) -> Shares:
    if kind == Kind.NPS:
        return Shares(*counts)
    bad = _BAD[kind]
    return Shares(sum(counts[bad + _BETWEEN :]), sum(counts[bad : bad + _BETWEEN]), sum(counts[:bad]))


@dataclass(frozen=True)
class Move:
    """By how many points it moved; `clear`: by more than chance alone would move it in nineteen cases of twenty."""

    points: Decimal
    clear: bool


def move(now: Score, before: Score) -> Move | None:
    """None where either has no answers."""
    if now.value is None or before.value is None:
        return None
    points = now.value - before.value
    halves = [
        (one.high - one.low) / 2 for one in (now, before) if one.high is not None and one.low is not None
    ]
    clear = len(halves) == 2 and abs(points) > Decimal(repr(math.hypot(*map(float, halves))))
    return Move(points, clear)


def added(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
