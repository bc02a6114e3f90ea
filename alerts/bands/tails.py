"""How far out one in so many lies, told from few residuals. Pure.

Split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei and others 2018) takes the ceil((n + 1)(1 - rate))-th
smallest past residual: one in N holds whatever the distribution, but only from N - 1 residuals on, and right there
the largest alone decides. Here the tail is continued from a residual u further in, that k exceed. Above it the
residuals to the power of 3/4 are taken as exponential, between a normal tail and that of a Student t with 3 degrees.
By the spacings of exponential order statistics (Renyi 1953), of which the m largest are left out as in a test that ends
before all have failed, a new one exceeds u + c * sum(i * spacing i, i = m + 1 ... k) with the chance
(k + 1)/(n + 1) * (1 + c) ** -(k - m): what so few leave uncertain is in it, and one wild figure decides nothing.
Where rate * n is large this is nearly the conformal rule. On plain noise it keeps of the chosen rate: n = 100 and
one in 100, 0.70 (normal) to 1.40 (t with 2 degrees); n = 365 and one in 200, 0.90 to 1.17.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alerts.bands.values import Direction, Floats, Ints

POWER = 0.75  # of the residuals is taken as exponential above the tail's beginning
EXCESSES = 10  # the tail begins at the residual that so many exceed,
BEYOND = 4  # or so many times as many as may lie outside,
MOST = 3  # but never deeper than a third of them
WILD = 0.2  # of the excesses, the largest: that they are there counts, how large they are does not
LEAST_KNOWN = 20
KNOWN_A_PERIOD = 1.0  # residuals needed for each of the N in "one in N"
SIDE, SIDE_FEW = 0.04, 6  # an end's own spread is read where so many, or so great a share, lie beyond;
DEEPEST_SIDE = 0.1  # of few residuals at most a tenth
LEAST_SIDE = 0.25  # of the other end's


def needed(one_in: int) -> int:
    """Residuals without which the rate is not promised: with fewer it would be held within a factor of 3 only."""
    return max(LEAST_KNOWN, int(np.ceil(KNOWN_A_PERIOD * one_in)))


@dataclass(frozen=True)
class Residuals:
    """Past errors over the spread of their time. `values` is rows × periods, sorted, NaN where none and last; `low` and
    `high` are what the errors to that side measure, by row.

    Each end is measured by its own errors, so that one rate serves both ends also where all trouble can only be on one
    of them (counts near 0).
    """

    values: Floats
    count: Ints
    low: Floats
    high: Floats

    @classmethod
    def of(cls, residuals: Floats) -> Residuals:
        values = np.sort(residuals, axis=1)
        count = np.isfinite(values).sum(axis=1)
        beyond = np.floor(np.clip(SIDE_FEW / np.maximum(count, 1), SIDE, DEEPEST_SIDE) * (count - 1))
        low = np.maximum(-_at(values, beyond), 0)
        high = np.maximum(_at(values, count - 1 - beyond), 0)
        low, high = np.maximum(low, LEAST_SIDE * high), np.maximum(high, LEAST_SIDE * low)
        nowhere = high <= 0  # nearly all are exactly as expected: the plain size has to do
        return cls(values, count, np.where(nowhere, 1.0, low), np.where(nowhere, 1.0, high))

    def reach(self, one_in: int, direction: Direction) -> tuple[Floats, Floats]:
        """How far below and above the expected value the band goes, in spreads, by row."""
        below, above = -self.values / self.low[:, None], self.values / self.high[:, None]
        size = {Direction.LOW: below, Direction.HIGH: above}.get(direction)
        far = quantile(np.maximum(np.maximum(below, above) if size is None else size, 0), 1 / one_in)
        return far * self.low, far * self.high


def quantile(sizes: Floats, rate: float) -> Floats:
    """By row, the size that a new one of the same kind exceeds with this chance. NaN in `sizes` are left out."""
    count = np.isfinite(sizes).sum(axis=1)
    excesses = np.maximum(EXCESSES, np.floor(BEYOND * rate * count))
    excesses = np.maximum(np.minimum(excesses, count // MOST), 1)
    tail = int(excesses.max(initial=1)) + 1
    if tail < sizes.shape[1]:  # sorting the rest would take most of the time
        sizes = -np.partition(-sizes, tail - 1, axis=1)[:, :tail]
    powers = -np.sort(-(sizes**POWER), axis=1)
    base = _at(powers, np.minimum(excesses, count - 1))
    wild = np.floor(WILD * excesses)
    upto = np.cumsum(powers, axis=1)
    largest = np.where(wild > 0, _at(upto, wild - 1) - wild * _at(powers, wild), 0)
    sums = _at(upto, excesses - 1) - largest - excesses * base
    chance = (excesses + 1) / (count + 1)
    stretch = np.maximum((chance / rate) ** (1 / (excesses - wild)) - 1, 0)
    far: Floats = (base + stretch * sums) ** (1 / POWER)
    return far


def _at(rows: Floats, place: Floats | Ints) -> Floats:
    """One of each row, by its place; NaN where the row has none."""
    place = np.clip(place, 0, max(rows.shape[1] - 1, 0)).astype(np.int64)
    if not rows.shape[1]:
        return np.full(len(rows), np.nan)
    return np.take_along_axis(rows, place[:, None], axis=1)[:, 0]
