"""A radar as points of a drawing: a spoke a metric, in the order of the sides. Pure; templates draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 480, 340
CENTRE = (240.0, 170.0)
RADIUS = 118.0
MOST = 2.0  # the score at the rim
LABEL = 16.0  # beyond the rim
FEWEST = 3  # spokes that make a plane


@dataclass(frozen=True)
class Spoke:
    """`anchor` says which end of the label stands at (x, y): start, middle or end. A spoke without a score has no point."""

    label: str
    side: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Radar:
    """`shape` is drawn through the points that there are; `good` is the ring at score 1, `rim` that at 2."""

    spokes: tuple[Spoke, ...]
    shape: str
    good: str
    rim: str


def radar(scores: Sequence[tuple[str, str, Decimal | None]]) -> Radar | None:
    """From label, side and score of each metric; None where fewer than three metrics have a score.

    A metric without a score leaves its spoke bare: the shape passes it by, and does not fall to zero.
    """
    if sum(score is not None for _label, _side, score in scores) < FEWEST:
        return None
    turns = [2 * math.pi * place / len(scores) - math.pi / 2 for place in range(len(scores))]
    spokes = tuple(
        _spoke(label, side, score, turn) for (label, side, score), turn in zip(scores, turns, strict=True)
    )
    return Radar(
        spokes,
        _path([spoke.point for spoke in spokes if spoke.point is not None]),
        _path([_at(turn, 1.0) for turn in turns]),
        _path([_at(turn, MOST) for turn in turns]),
    )


def _spoke(label: str, side: str, score: Decimal | None, turn: float) -> Spoke:
    x, y = _at(turn, MOST)
    reach = (RADIUS + LABEL) / RADIUS * MOST
    label_x, label_y = _at(turn, reach)
    across = math.cos(turn)
    anchor = "middle" if abs(across) < 0.2 else "start" if across > 0 else "end"
    point = None if score is None else _at(turn, min(MOST, max(0.0, float(score))))
    return Spoke(label, side, x, y, label_x, label_y, anchor, point)


def _at(turn: float, score: float) -> tuple[float, float]:
    length = RADIUS * score / MOST
    return (
        round(CENTRE[0] + length * math.cos(turn), 1),
        round(CENTRE[1] + length * math.sin(turn), 1),
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
