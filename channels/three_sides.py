"""An investment judged on three sides: what it brings back, where it takes the company, what it does for the brand.

Each metric is scored by its attainment of what counts as good (the formula that lights use, `kpis.scoring`), so that 1
is as good as it should be. A side is the weighted mean of its metrics, the whole the weighted mean of its sides. What
has no value is left out and said; it never counts as zero. A poor direct return can still be a good investment
(requirements C8), and the verdict says what carried it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ONE = Decimal(1)
MOST = Decimal(2)  # a score counts up to twice what is good: one splendid metric does not hide two poor ones
NEARLY = Decimal("0.85")  # as lights are yellow from there
ENOUGH = Decimal("0.5")  # of the weights must have a value for a verdict


class Side(StrEnum):
    FINANCIAL = "financial"
    STRATEGIC = "strategic"
    BRAND = "brand"


SIDES = tuple(Side)


class Lack(StrEnum):
    """Why a metric has no score."""

    VALUE = "value"  # nobody reported it here
    GOOD = "good"  # it is held against its target, and there is none
    NUMBER = "number"  # against nothing, or below nothing where less is better, there is no share


class Verdict(StrEnum):
    GOOD = "good"  # on the whole as good as it should be, every side with it
    CARRIED = "carried"  # on the whole good, though a side is not
    MIXED = "mixed"  # nearly
    POOR = "poor"
    UNKNOWN = "unknown"  # too little is known


@dataclass(frozen=True)
class Asked:
    """A metric of a side: its weight there, and its attainment of what counts as good, or why there is none."""

    metric: str
    weight: Decimal
    attainment: Decimal | None
    lack: Lack | None = None


@dataclass(frozen=True)
class Scored:
    metric: str
    weight: Decimal
    score: Decimal | None
    lack: Lack | None


@dataclass(frozen=True)
class SideScore:
    """`known` is the share of the side's weights that have a value, 0 to 1; no score where none has."""

    side: Side
    weight: Decimal
    score: Decimal | None
    known: Decimal
    metrics: tuple[Scored, ...]

    @property
    def good(self) -> bool:
        return self.score is not None and self.score >= ONE


@dataclass(frozen=True)
class Judged:
    """`carried_by` are the sides that lift a whole that others pull below; `weak` those under 1; `unknown` without a
    value.
    """

    verdict: Verdict
    score: Decimal | None
    known: Decimal
    sides: tuple[SideScore, ...]

    def side(self, side: Side) -> SideScore:
        return next(one for one in self.sides if one.side == side)

    @property
    def weak(self) -> tuple[Side, ...]:
        return tuple(one.side for one in self.sides if one.score is not None and one.score < ONE)

    @property
    def carried_by(self) -> tuple[Side, ...]:
        strong = [one for one in self.sides if one.good and one.weight > 0]
        return tuple(one.side for one in sorted(strong, key=_lift, reverse=True))

    @property
    def unknown(self) -> tuple[Side, ...]:
        return tuple(one.side for one in self.sides if one.score is None and one.weight > 0)


def judge(asked: Mapping[Side, Sequence[Asked]], weights: Mapping[Side, Decimal]) -> Judged:
    """Scores of the sides and of the whole. Raises ValueError for a negative weight, or none above zero."""
    if any(weight < 0 for weight in weights.values()) or any(
        one.weight < 0 for some in asked.values() for one in some
    ):
        raise ValueError("weights are not negative")
    if not any(weights.get(side, 0) > 0 for side in SIDES):
        raise ValueError("a side has a weight")
    sides = tuple(_side(side, weights.get(side, Decimal(0)), asked.get(side, ())) for side in SIDES)
    score = _mean([(one.weight, one.score) for one in sides])
    whole = sum((one.weight for one in sides), Decimal(0))
    known = sum((one.weight * one.known for one in sides), Decimal(0)) / whole
    return Judged(_verdict(score, known, sides), score, known, sides)


def _side(side: Side, weight: Decimal, asked: Sequence[Asked]) -> SideScore:
    metrics = tuple(
        Scored(
            one.metric,
            one.weight,
            None if one.attainment is None else min(MOST, max(Decimal(0), one.attainment)),
            None if one.attainment is not None else one.lack or Lack.VALUE,
        )
        for one in asked
    )
    whole = sum((one.weight for one in metrics), Decimal(0))
    there = sum((one.weight for one in metrics if one.score is not None), Decimal(0))
    score = _mean([(one.weight, one.score) for one in metrics])
    return SideScore(side, weight, score, there / whole if whole else Decimal(0), metrics)


def _mean(parts: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Of the parts that have a value, by their weights."""
    there = [(weight, value) for weight, value in parts if value is not None and weight > 0]
    whole = sum((weight for weight, _value in there), Decimal(0))
    return sum((weight * value for weight, value in there), Decimal(0)) / whole if whole else None


def _verdict(score: Decimal | None, known: Decimal, sides: Sequence[SideScore]) -> Verdict:
    if score is None or known < ENOUGH:
        return Verdict.UNKNOWN
    if score >= ONE:
        counting = [one for one in sides if one.weight > 0 and one.score is not None]
        return Verdict.GOOD if all(one.good for one in counting) else Verdict.CARRIED
    return Verdict.MIXED if score >= NEARLY else Verdict.POOR


def _lift(side: SideScore) -> Decimal:
    """How much a side lifts the whole."""
    return side.weight * ((side.score or Decimal(0)) - ONE)
