"""A radar as points of a drawing: a spoke for each thing that is measured. Pure; templates/_radar.html draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

CENTRE = (240.0, 170.0)
RADIUS = 118.0
MOST = 2.0  # the value at the rim
GOOD = 1.0  # as good as it should be
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
    """`shape` is drawn through the points that there are, `other` through what they are held against ("" where that is nothing);
    `good` is the ring of what is as good as it should be ("" where nothing is), `rim` that of the most.
    """

    spokes: tuple[Spoke, ...]
    shape: str
    good: str
    rim: str
    other: str = ""


def radar(
    scores: Sequence[tuple[str, str, Decimal | None]],
    *,
    other: Sequence[Decimal | None] = (),
    most: float = MOST,
    good: float | None = GOOD,
) -> Radar | None:
    """From label, side and score of each metric; None where fewer than three metrics have a score. `other`: a second value of
    each, `most`: the value at the rim.

    A metric without a score leaves its spoke bare: the shape passes it by, and does not fall to zero.
    """
    if sum(score is not None for _label, _side, score in scores) < FEWEST:
        return None
    turns = [2 * math.pi * place / len(scores) - math.pi / 2 for place in range(len(scores))]
    spokes = tuple(
        _spoke(label, side, score, turn, most)
        for (label, side, score), turn in zip(scores, turns, strict=True)
    )
    return Radar(
        spokes,
        _path([spoke.point for spoke in spokes if spoke.point is not None]),
        "" if good is None else _path([_at(turn, good / most) for turn in turns]),
        _path([_at(turn, 1.0) for turn in turns]),
        _path(
            [_held(turn, value, most) for turn, value in zip(turns, other, strict=False) if value is not None]
        ),
    )


def _spoke(label: str, side: str, score: Decimal | None, turn: float, most: float) -> Spoke:
    x, y = _at(turn, 1.0)
    reach = (RADIUS + LABEL) / RADIUS
    label_x, label_y = _at(turn, reach)
    across = math.cos(turn)
    anchor = "middle" if abs(across) < 0.2 else "start" if across > 0 else "end"
    point = None if score is None else _held(turn, score, most)
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


def _held(turn: float, value: Decimal, most: float) -> tuple[float, float]:
    """Within the rim."""
    return _at(turn, min(1.0, max(0.0, float(value) / most)))


def _at(turn: float, share: float) -> tuple[float, float]:
    """`share` of the way to the rim."""
    length = RADIUS * share
    return (
        round(CENTRE[0] + length * math.cos(turn), 1),
        round(CENTRE[1] + length * math.sin(turn), 1),
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
