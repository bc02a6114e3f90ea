"""Scores: how far a person, team or company is, over four perspectives. Pure; Kaplan and Norton's balanced scorecard.

Attainment is capped here alone, never in what is kept: nobody makes up for three missed targets by one tripled one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

CAP = Decimal("1.2")
HUNDRED = Decimal(100)
K = TypeVar("K", bound=Hashable)


class WeightsRefused(ValueError):
    """Weights are negative, or nothing has any weight."""


@dataclass(frozen=True)
class Line:
    """A figure of the card; attainment None where there is no figure or no target (it is left out, not zero)."""

    perspective: str
    metric: str
    weight: Decimal
    attainment: Decimal | None


@dataclass(frozen=True)
class Part:
    """A perspective: its score, and the share of the whole that it had (None and 0 where nothing is known)."""

    score: Decimal | None
    share: Decimal


@dataclass(frozen=True)
class Scored:
    """0 to 100 × cap, 100 being just on plan; None where nothing is known. `left_out` are metrics without a figure."""

    score: Decimal | None
    parts: Mapping[str, Part]
    left_out: tuple[str, ...]


def composite(lines: Sequence[Line], *, weights: Mapping[str, Decimal], cap: Decimal = CAP) -> Scored:
    """Σ of perspectives' weights × (Σ of lines' weights × capped attainment), each normalised over what is known.

    Raises WeightsRefused for negative weights, and where no line has any weight.
    """
    if any(line.weight < 0 for line in lines) or any(weight < 0 for weight in weights.values()):
        raise WeightsRefused("negative")
    if not any(line.weight and weights.get(line.perspective, Decimal(0)) for line in lines):
        raise WeightsRefused("nothing has a weight")
    known: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.attainment is not None and line.weight and weights.get(line.perspective):
            known[line.perspective].append(line)
    whole = sum((weights[name] for name in known), Decimal(0))
    parts: dict[str, Part] = {name: Part(None, Decimal(0)) for name in weights}
    score = Decimal(0)
    for name, members in known.items():
        heavy = sum((line.weight for line in members), Decimal(0))
        mean = sum((line.weight * capped(line.attainment, cap) for line in members), Decimal(0)) / heavy
        share = weights[name] / whole
        parts[name] = Part(mean * HUNDRED, share)
        score += share * mean * HUNDRED
    left_out = tuple(line.metric for line in lines if line.attainment is None)
    return Scored(score if known else None, parts, left_out)


def capped(attainment: Decimal | None, cap: Decimal = CAP) -> Decimal:
    return min(max(attainment or Decimal(0), Decimal(0)), cap)


def ranks(scores: Mapping[K, Decimal]) -> dict[K, int]:
    """1 is the best; who is equal shares the better rank, and the next one is further down: 1, 2, 2, 4."""
    ordered = sorted(scores.values(), reverse=True)
    return {key: ordered.index(score) + 1 for key, score in scores.items()}


def climbed(now: Mapping[K, int], before: Mapping[K, int]) -> dict[K, int]:
    """Ranks won (positive) or lost since then, of those who were there then."""
    return {key: before[key] - rank for key, rank in now.items() if key in before}


def fastest(moves: Mapping[K, int]) -> list[K]:
    """Who won most ranks; several where they are equal, nobody where nobody rose."""
    most = max(moves.values(), default=0)
    return [key for key, move in moves.items() if move == most] if most > 0 else []


def bottom_tenth(scores: Mapping[K, Decimal]) -> set[K]:
    """The lowest tenth, rounded down: nobody of fewer than ten. Who ties with somebody above the line is above it."""
    places = len(scores) // 10
    if not places:
        return set()
    edge = sorted(scores.values())[places]
    return {key for key, score in scores.items() if score < edge}
