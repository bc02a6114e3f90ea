"""How far out one in so many lies, told from few residuals. Pure.

Split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei and others 2018) takes the ceil((n + 1)(1 - rate))-th
smallest past residual: one in N holds whatever the distribution, but only from N - 1 residuals on, and right there
the largest alone decides. Here the tail is continued from a residual further in. Above it, the square roots of the
residuals are taken as exponential, between a normal tail (lighter) and a Student t with 3 degrees (heavier); by the
spacings of exponential order statistics (Renyi 1953) a new one exceeds u + c * sum(excesses) with the chance
p * (1 + c) ** -k, p being (k + 1)/(n + 1): exact, with the error of so few excesses in it, so no plug-in bias.
With rate * n large this is nearly the conformal rule. Measured on plain noise (normal, Laplace, t with 2 and 3 degrees,
log-normal), n = 100 and one in 200: 0.53 to 1.32 of the chosen rate; n = 365: 0.93 to 1.06.
"""

from __future__ import annotations

import numpy as np

from alerts.bands.values import Direction, Floats, Ints

EXCESSES = 10  # the tail begins at the residual that so many exceed,
BEYOND = 4  # or so many times as many as may lie outside,
MOST = 3  # but never deeper than a third of them
WILD = 0.2  # of the excesses, the largest: that they are there counts, how large they are does not
LEAST_KNOWN = 20
KNOWN_A_PERIOD = 1.0  # residuals needed for each of the N in "one in N"
SIDE = 0.1  # an end's own spread is read where a tenth lies beyond
LEAST_SIDE = 0.25  # of the other end's


def needed(one_in: int) -> int:
    """Residuals without which the rate is not promised: with fewer it would be held within a factor of 3 only."""
    return max(LEAST_KNOWN, int(np.ceil(KNOWN_A_PERIOD * one_in)))


def reach(residuals: Floats, *, one_in: int, direction: Direction) -> tuple[Floats, Floats, Ints]:
    """How far below and above the expected value the band goes, and the number of residuals; each by row.

    `residuals` is rows × past periods, over the spread of their time, NaN where none. Each end is measured by its own
    spread, so that one rate serves both ends also where all trouble can only be on one of them (counts near 0).
    """
    ordered = np.sort(residuals, axis=1)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=1)
    low = np.maximum(-_at(ordered, np.floor(SIDE * (count - 1))), 0)
    high = np.maximum(_at(ordered, np.ceil((1 - SIDE) * (count - 1))), 0)
    low, high = np.maximum(low, LEAST_SIDE * high), np.maximum(high, LEAST_SIDE * low)
    nowhere = high <= 0  # nine of ten are exactly as expected: the plain size has to do
    low, high = np.where(nowhere, 1.0, low), np.where(nowhere, 1.0, high)
    below, above = -ordered / low[:, None], ordered / high[:, None]
    if direction is Direction.LOW:
        size = below
    elif direction is Direction.HIGH:
        size = above
    else:
        size = np.maximum(below, above)
    far = quantile(np.maximum(size, 0), 1 / one_in)
    return far * low, far * high, count


def quantile(sizes: Floats, rate: float) -> Floats:
    """By row, the size that a new one of the same kind exceeds with this chance. NaN in `sizes` are left out."""
    if not sizes.shape[1]:
        return np.full(len(sizes), np.nan)
    roots = -np.sort(-np.sqrt(sizes), axis=1)
    count = np.isfinite(roots).sum(axis=1)
    excesses = np.maximum(EXCESSES, np.floor(BEYOND * rate * count))
    excesses = np.maximum(np.minimum(excesses, count // MOST), 1)
    base = _at(roots, np.minimum(excesses, count - 1))
    wild = np.floor(WILD * excesses)
    upto = np.cumsum(roots, axis=1)
    largest = np.where(wild > 0, _at(upto, wild - 1) - wild * _at(roots, wild), 0)
    sums = _at(upto, excesses - 1) - largest - excesses * base
    chance = (excesses + 1) / (count + 1)
    stretch = np.maximum((chance / rate) ** (1 / (excesses - wild)) - 1, 0)
    far: Floats = (base + stretch * sums) ** 2
    return far


def _at(rows: Floats, place: Floats | Ints) -> Floats:
    """One of each row, by its place; NaN where the row has none."""
    place = np.clip(place, 0, max(rows.shape[1] - 1, 0)).astype(np.int64)
    if not rows.shape[1]:
        return np.full(len(rows), np.nan)
    return np.take_along_axis(rows, place[:, None], axis=1)[:, 0]
