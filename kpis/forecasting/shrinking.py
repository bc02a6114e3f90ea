"""How much of a pattern to believe: what noise alone would not explain. Source: empirical Bayes (Efron, Morris 1975)."""

from __future__ import annotations

import numpy as np

from kpis.forecasting.history import Floats

MAD = 1.4826  # makes the median absolute deviation a standard deviation, for normal noise


def kept_share(deviations: Floats, noise: float) -> float:
    """Between 0 and 1: one minus the part of the deviations' mean square that is `noise`, a variance."""
    power = float(np.mean(deviations**2)) if len(deviations) else 0.0
    return max(0.0, 1 - noise / power) if power > 0 else 0.0


def robust_sd(values: Floats) -> float:
    """Around zero."""
    return float(MAD * np.median(np.abs(values))) if len(values) else 0.0
