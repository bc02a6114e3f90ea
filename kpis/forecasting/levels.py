"""Where the business stands, week by week (or in the source's own blocks), and how it grows.

The level is statsmodels' simple exponential smoothing of what season and events leave over, after taking out the
growth: with the growth put back by a part that fades, this is the Theta method's shape (Hyndman, Billah 2003), whose
drift is a part of the slope.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from kpis.forecasting.history import YEAR, Floats

SLOPE_SHARE = 0.7  # of the growth seen, how much is believed to go on
FADING = 0.985 ** (1 / 7)  # by day
MEMORY = 1.5 * YEAR  # days after which a block counts half for the growth
WOBBLE = 0.06  # growth differs by so much from year to year (a logarithm)
SEASON_UNKNOWN = 0.3  # what a season can pretend as growth in under two years
MOST_GROWTH = float(np.log(3))


@dataclass(frozen=True)
class Level:
    """`path`: the level after each block, in amount a usual day. `growth` by day (a logarithm), of which `growth_error`
    by year is not sure. `alpha`: how much of a surprise stays, from 0 to 1."""

    path: Floats
    alpha: float
    growth: float
    growth_error: float

    def grown(self, days_ahead: Floats) -> Floats:
        """The factor on the level so many days later: growth that fades."""
        return np.asarray(np.exp(self.growth * FADING * (1 - FADING**days_ahead) / (1 - FADING)))


def learn(levels: Floats, block_days: float) -> Level:
    growth, error = _growth(levels, block_days)
    flat = np.exp(growth * block_days * (np.arange(len(levels)) - (len(levels) - 1.0)))
    alpha, smooth = _smooth(levels / flat)
    return Level(smooth * flat, alpha, growth, error)


def _smooth(levels: Floats) -> tuple[float, Floats]:
    # Takes a second or more: only those who forecast pay it.
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    scale = float(np.abs(levels).mean())
    if float(np.ptp(levels)) <= 1e-9 * scale:
        return 0.1, levels
    first = float(levels[:8].mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "did not converge" on what is all noise: any alpha is as good
        model = SimpleExpSmoothing(levels, initialization_method="known", initial_level=first)
        fitted = model.fit()
    return float(fitted.params["smoothing_level"]), np.asarray(fitted.level, dtype=np.float64)


def _growth(levels: Floats, block_days: float) -> tuple[float, float]:
    """By day, and its error by year: the slope of the logarithm, newer blocks counting more, less what noise and the
    usual wobble of yearly growth explain."""
    mean = float(levels.mean())
    if mean <= 0 or len(levels) < 6:
        return 0.0, SEASON_UNKNOWN
    # A tenth of the mean keeps blocks of zero finite, and takes a tenth off the slope.
    size = np.log(np.maximum(levels, 0.0) + 0.1 * mean)
    years = (np.arange(len(levels)) - (len(levels) - 1.0)) * block_days / YEAR
    weight = 0.5 ** (-years * YEAR / MEMORY)
    centred = years - np.average(years, weights=weight)
    spread = float(weight @ centred**2)
    slope = 1.1 * float(weight @ (centred * (size - np.average(size, weights=weight)))) / spread
    left = size - np.average(size, weights=weight) - slope / 1.1 * centred
    square = float(left @ left)
    noise = float(np.average(left**2, weights=weight)) * len(left) / max(1, len(left) - 2)
    echo = float(np.clip(left[1:] @ left[:-1] / square, 0, 0.95)) if square > 0 else 0.0
    error = 1.21 * noise * (1 + echo) / (1 - echo) * float(weight**2 @ centred**2) / spread**2
    span = len(levels) * block_days / YEAR
    error += WOBBLE**2 / max(0.15, min(span, 2 * MEMORY / YEAR)) + SEASON_UNKNOWN**2 * max(0.0, 2 - span)
    kept = max(0.0, 1 - error / slope**2) if slope else 0.0
    doubt = kept * error + (1 - kept) * min(slope**2, error) + ((1 - SLOPE_SHARE) * kept * slope) ** 2
    growth = float(np.clip(SLOPE_SHARE * kept * slope, -MOST_GROWTH, MOST_GROWTH))
    return growth / YEAR, float(np.sqrt(doubt))
