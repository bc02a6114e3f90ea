"""A radar as points of a drawing: a spoke a metric, in the order of the sides. Pure; templates draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

CENTRE = (240.0, 170.0)
RADIUS = 118.0
MOST = 2.0  # the score at the rim
LABEL = 16.0  # beyond the rim
WIDE = 15  # letters
LINE = 17.0
FEWEST = 3  # spokes that make a plane


@dataclass(frozen=True)
class Spoke:
    """`lines` are the label's, each with the height at which it stands; `anchor` says which end of it stands at x: start,
    middle or end. A spoke without a score has no point.
    """

    lines: tuple[tuple[str, float], ...]
    side: str
    x: float
    y: float
    label_x: float
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
    lines = _lines(label if score is not None else f"{label} —")
    top = label_y - LINE * (len(lines) - 1) / 2
    placed = tuple((line, round(top + LINE * place, 1)) for place, line in enumerate(lines))
    return Spoke(placed, side, x, y, label_x, anchor, point)


def _lines(label: str) -> list[str]:
    """Two, parted at the blank nearest to the middle, where one would be too wide for the drawing."""
    blanks = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) <= WIDE or not blanks:
        return [label]
    cut = min(blanks, key=lambda place: abs(place - len(label) / 2))
    return [label[:cut], label[cut + 1 :]]


def _at(turn: float, score: float) -> tuple[float, float]:
    length = RADIUS * score / MOST
    return (
        round(CENTRE[0] + length * math.cos(turn), 1),
        round(CENTRE[1] + length * math.sin(turn), 1),
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
