"""How far a score goes with what was rated beside it: least squares on complete answers. Pure; company, not cause.

Intervals are HC3 (MacKinnon and White 1985): scores of 0 to 10 do not spread alike at both ends. It refuses where an
answer would be a guess, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

LEAST = 50  # complete answers
LEAST_EACH = 10  # of them for each driver
MOST_INFLATION = 10.0  # of a variance, by what a driver has in common with the others
CERTAIN = 1 - 1e-9  # leverage of an answer that the line goes through, whatever it says

Floats = npt.NDArray[np.float64]


class Reason(StrEnum):
    """Why there is no result."""

    NONE = "none"  # nobody rated any driver
    FEW = "few"  # names how many answers there are, and how many it takes
    STILL = "still"  # names drivers that all, or all but one, rated alike
    SCORE = "score"  # everybody gave the same score
    TOGETHER = "together"  # names two drivers that cannot be told apart


@dataclass(frozen=True)
class Effect:
    """Points of the score a point of the driver, the others equal, with its 95% interval; the mean of its ratings."""

    driver: str
    effect: float
    low: float
    high: float
    mean: float


@dataclass(frozen=True)
class Result:
    """`effects` are in the order of the drivers, empty where it was refused; `named` says by whom or what."""

    answers: int
    effects: tuple[Effect, ...] = ()
    reason: Reason | None = None
    named: tuple[str, ...] = ()


def fit(score: Floats, ratings: Floats, drivers: Sequence[str]) -> Result:
    """`ratings`: a row an answer and a column a driver, NaN where it was not rated; `score` NaN where none was given.

    Only answers that say all of it count.
    """
    if not len(drivers):
        return Result(0, reason=Reason.NONE)
    complete = ~(np.isnan(score) | np.isnan(ratings).any(axis=1))
    y, x = score[complete], ratings[complete]
    answers = len(y)
    needed = max(LEAST, LEAST_EACH * len(drivers))
    if answers < needed:
        return Result(answers, reason=Reason.FEW, named=(str(answers), str(needed)))
    still = tuple(name for name, column in zip(drivers, x.T, strict=True) if _unlike(column) < 2)
    if still:
        return Result(answers, reason=Reason.STILL, named=still)
    if np.all(y == y[0]):
        return Result(answers, reason=Reason.SCORE)
    pair = _together(x)
    if pair is not None:
        return Result(answers, reason=Reason.TOGETHER, named=tuple(drivers[one] for one in pair))
    return _fitted(y, x, drivers)


def _fitted(y: Floats, x: Floats, drivers: Sequence[str]) -> Result:
    from statsmodels.regression.linear_model import OLS  # takes a while to load, and pages need none

    # The order of answers must not matter, to the last digit.
    order = np.lexsort((*x.T, y))
    y, x = y[order], x[order]
    design = np.column_stack([np.ones(len(y)), x])
    spread = np.linalg.qr(design)[0]
    if (spread**2).sum(axis=1).max() >= CERTAIN:
        rarest = min(range(len(drivers)), key=lambda one: _unlike(x[:, one]))
        return Result(len(y), reason=Reason.STILL, named=(drivers[rarest],))
    fitted = OLS(y, design).fit(cov_type="HC3", use_t=True)
    intervals = fitted.conf_int(0.05)
    return Result(
        len(y),
        tuple(
            Effect(
                name,
                float(fitted.params[place]),
                float(intervals[place][0]),
                float(intervals[place][1]),
                float(x[:, place - 1].mean()),
            )
            for place, name in enumerate(drivers, start=1)
        ),
    )


def _unlike(column: Floats) -> int:
    """How many ratings are not the most frequent one."""
    return int(len(column) - np.unique(column, return_counts=True)[1].max())


def _together(x: Floats) -> tuple[int, int] | None:
    """The two that go together most closely, where some driver says little that the others do not."""
    if x.shape[1] < 2:
        return None
    common: Floats = np.asarray(np.corrcoef(x, rowvar=False))
    # Variance inflation is the diagonal of the inverse; where there is none, it is endless.
    values, vectors = np.linalg.eigh(common)
    inflation = ((vectors**2) / np.maximum(values, 1e-12)).sum(axis=1)
    if inflation.max() <= MOST_INFLATION:
        return None
    worst = int(inflation.argmax())
    beside = np.abs(common)[worst]
    beside[worst] = -1
    other = int(beside.argmax())
    return min(worst, other), max(worst, other)
