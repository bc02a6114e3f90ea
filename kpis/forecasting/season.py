"""The week and the year of a business as factors around 1."""

from __future__ import annotations

import numpy as np

from kpis.forecasting.history import YEAR, Bools, Floats, History, Ints, weekdays
from kpis.forecasting.shrinking import kept_share, robust_sd

WAVES, WAVES_OF_MONTHS = 6, 4  # a year in waves of 12, 6, 4, 3, 2.4 and 2 months
RIDGE = 1e-3
LEAST_FACTOR = 0.1
WEEKDAYS_FROM = 740  # days: how far back the week is learnt


def week_factors(history: History, amounts: Floats, known: Bools) -> Floats:
    """Monday to Sunday. Each day is held against the seven days around it, where all of these are known."""
    if history.coarse or len(amounts) < 28:
        return np.ones(7)
    seven = np.ones(7)
    total = np.convolve(np.where(known, amounts, 0.0), seven, "same")
    whole = (np.convolve(known.astype(np.float64), seven, "same") > 6.5) & (total > 1e-9)
    whole[: max(0, len(amounts) - WEEKDAYS_FROM)] = False
    ratio, weekday = 7 * amounts[whole] / total[whole], weekdays(history.days[whole])
    count = np.bincount(weekday, minlength=7)
    if count.min() < 3:
        return np.ones(7)
    mean = np.bincount(weekday, ratio, minlength=7) / count
    square = np.bincount(weekday, ratio**2, minlength=7) / count
    noise = float(np.mean(np.maximum(0.0, square - mean**2) / count))
    deviation = mean / mean.mean() - 1
    return np.asarray(np.maximum(0.0, 1 + kept_share(deviation, noise) * deviation))


def waves(days: Floats | Ints, count: int) -> Floats:
    phase = 2 * np.pi * np.asarray(days, dtype=np.float64) / YEAR
    return np.column_stack([turn(k * phase) for k in range(1, count + 1) for turn in (np.sin, np.cos)])


def year_factors(days: Floats | Ints, wave: Floats) -> Floats:
    if not wave.any():
        return np.ones(len(days))
    return np.maximum(LEAST_FACTOR, 1 + waves(days, len(wave) // 2) @ wave)


def learn_year(history: History, levels: Floats, weights: Floats) -> Floats:
    """Coefficients (sine, cosine, for each wave) of the year, from levels by block; all zero under a year.

    Each wave is drawn towards nothing as far as the years disagree about it: noise looks like a season too. With one
    year there is nothing to disagree, and growth looks like a season as well, so it counts from none (at one year) to
    in full (at two).
    """
    count = WAVES if history.block_days < 10 else WAVES_OF_MONTHS
    nothing = np.zeros(2 * count)
    middle = (history.days[history.starts[:-1]] + history.days[history.starts[1:] - 1]) / 2
    time = (middle - middle[-1]) / YEAR
    span = float(-time[0]) + history.block_days / YEAR
    used = weights > 0
    if span < 1.05 or used.sum() < 2 * count + 4 or np.average(levels, weights=weights) <= 0:
        return nothing
    years = int(span + 0.02)
    wavy = waves(middle, count)
    ratio = _without_trend(time, levels, weights, wavy, years)
    design = np.column_stack([np.ones_like(time), wavy])

    def wave_of(rows: Bools) -> Floats:
        part = design[rows] * weights[rows][:, None]
        ridge = np.diag(RIDGE * rows.sum() * np.r_[0.0, np.ones(2 * count)])
        return np.asarray(np.linalg.solve(part.T @ design[rows] + ridge, part.T @ ratio[rows])[1:])

    wave = wave_of(used)
    white = 2 * float(np.var(ratio[used] - wavy[used] @ wave)) / float(used.sum())
    by_year = []
    for back in range(years):
        mine = used & (time > -(back + 1) - 1e-9) & (time <= -back + 1e-9)
        if mine.sum() >= max(2 * count + 2, 0.8 * YEAR / history.block_days):
            by_year.append(wave_of(mine))
    if len(by_year) >= 2:
        spread = np.var(np.array(by_year), axis=0, ddof=1) / len(by_year)
        pairs = (spread[0::2] + spread[1::2]) / 2
        noise, believed = np.maximum((pairs + pairs.mean()) / 2, white / 2), 1.0
    else:
        noise, believed = np.full(count, 3 * white), float(np.clip(span - 1, 0, 1))
    kept = [kept_share(wave[2 * k : 2 * k + 2], float(noise[k])) for k in range(count)]
    return np.asarray(wave * np.repeat(kept, 2) * believed)


def _without_trend(time: Floats, levels: Floats, weights: Floats, wavy: Floats, years: int) -> Floats:
    """How far each block lies off the trend, as a share of it. Trend and waves are fitted together (a trend that may
    bend once a year), single blocks that stray far counting less (Huber)."""
    bends = [np.maximum(0.0, time + back) for back in range(1, years)] if years >= 3 else []
    design = np.column_stack([np.ones_like(time), time, *bends, wavy])
    plain = design.shape[1] - wavy.shape[1]
    ridge = np.diag(RIDGE * len(time) * np.r_[0.0, 0.0, np.ones(design.shape[1] - 2)])
    used, trust = weights > 0, weights
    for _ in range(3):
        part = design * trust[:, None]
        found = np.linalg.solve(part.T @ design + ridge, part.T @ levels)
        left = levels - design @ found
        usual = robust_sd(left[used]) + 1e-9
        trust = weights * np.minimum(1.0, 2 * usual / np.maximum(np.abs(left), 1e-12))
    trend = np.maximum(design[:, :plain] @ found[:plain], 0.2 * np.average(levels, weights=weights))
    season = design[:, plain:] @ found[plain:] / trend
    off = levels / trend - 1 - season
    usual = 3.5 * robust_sd(off[used] - np.median(off[used]))
    return np.asarray(season + np.clip(off, -usual, usual))
