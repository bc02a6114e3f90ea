"""Paths as tests write them, and their credits."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose
from typing import Any

from channels.attribution import Credits, Model, Paths, attribute, paths_of
from tests.channels.slow_attribution import Row

HALF_LIFE = 24
LEARNING = (Model.MARKOV, Model.SHAPLEY)
RULES = tuple(model for model in Model if model not in LEARNING)
EVERY = [(model, 1) for model in Model] + [(Model.MARKOV, 2), (Model.MARKOV, 3)]
REFERENCE: list[Row] = [
    ("abc", 100, 0, (72, 24, 0)),
    ("a", 50, 0, (0,)),
    ("bc", 30, 0, (24, 0)),
    ("ac", 20, 0, (48, 0)),
    ("ab", 0, 200, (24, 0)),
    ("c", 0, 100, (0,)),
]


def made(rows: Sequence[Row]) -> Paths:
    return paths_of(
        [">".join(path) for path, *_rest in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [">".join(map(str, row[3])) for row in rows],
    )


def credits(rows: Sequence[Row], model: Model, order: int = 1, **options: Any) -> Credits:
    said = {"direct": "d", "half_life_hours": HALF_LIFE, **options}
    return attribute(made(rows), model, order=order, **said)


def close(found: dict[str, float], wanted: dict[str, Any], *, total: float) -> bool:
    """Equal to a billionth of what there is to divide, or of itself where a credit is larger than that."""
    return found.keys() == wanted.keys() and all(
        isclose(found[name], wanted[name], rel_tol=1e-9, abs_tol=1e-9 * max(total, 1)) for name in wanted
    )
