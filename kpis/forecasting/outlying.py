"""Days that no season explains, such as a one-off order. Source: formulas.md, median ± 3.5 × 1.4826 × MAD."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpis.forecasting.events import Places
from kpis.forecasting.history import YEAR, Bools, Floats, History, weekdays
from kpis.forecasting.shrinking import robust_sd

REACH = 3.5
LEAST = float(np.log(1.25))  # a quarter more than expected is never one-off
LONGEST = 3  # days or blocks in a row; what lasts longer is how the business goes
MOST_A_YEAR = 6  # what comes more often is part of the business


def find(history: History, places: Places) -> tuple[Bools, Floats]:
    """Which days to set aside, and what was expected of each day (NaN where nothing can be said).

    What is left over is taken as a logarithm, so that double and half lie equally far. An event's own days are held
    against the same days of its other years.
    """
    nothing = np.zeros(len(history.days), dtype=np.bool_)
    values, core = history.values, places.core
    if history.coarse:
        values = history.by_block(np.nan_to_num(history.values)) / np.diff(history.starts)
        values[history.by_block(history.known.astype(np.float64)) < 1] = np.nan
        core = history.by_block(core.astype(np.float64)) > 0
        expected = _running_median(values, 9 if history.block_days < 10 else 5)
    else:
        expected = _usual_days(history, core)
    floor = 0.05 * float(np.nanmedian(expected)) if (~np.isnan(expected)).any() else 0.0
    if floor <= 0:
        found = _among_few(values, core)
    else:
        left = np.log((np.maximum(values, 0.0) + floor) / (np.maximum(expected, 0.0) + floor))
        found = _beyond(left, core, places if not history.coarse else None)
    if not history.coarse:
        return found, expected
    aside, by_day = nothing.copy(), np.full(len(nothing), np.nan)
    for block, (start, end) in enumerate(zip(history.starts[:-1], history.starts[1:], strict=True)):
        aside[start:end], by_day[start:end] = found[block], expected[block]
    return aside, by_day


def _running_median(values: Floats, width: int) -> Floats:
    series = pd.Series(values)
    return series.rolling(width, center=True, min_periods=max(3, width // 4)).median().to_numpy()


def _usual_days(history: History, core: Bools) -> Floats:
    quiet = np.where(core, np.nan, history.values)
    weekday = weekdays(history.days)
    level = _running_median(quiet, 35)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(level > 0, quiet / level, np.nan)
    week = np.ones(7)
    for day in range(7):
        mine = ratio[weekday == day]
        mine = mine[~np.isnan(mine)]
        if len(mine) >= 4:
            week[day] = max(0.02, float(np.median(mine)))
    return np.asarray(_running_median(quiet / week[weekday], 35) * week[weekday])


def _beyond(left: Floats, core: Bools, places: Places | None) -> Bools:
    sure = ~np.isnan(left)
    quiet = left[sure & ~core]
    if len(quiet) < 20:
        return np.zeros(len(left), dtype=np.bool_)
    middle = float(np.median(quiet))
    bound = max(REACH * robust_sd(quiet - middle), LEAST)
    off = np.where(sure, left - middle, 0.0)
    found = (np.abs(off) > bound) & ~core
    for run in np.split(np.flatnonzero(found), np.flatnonzero(np.diff(np.flatnonzero(found)) > 1) + 1):
        if len(run) > LONGEST:
            found[run] = False
    found = _rare(found & (off > 0)) | _rare(found & (off < 0))
    if places is not None:
        found |= _in_events(off, sure & core, places, max(2 * bound, float(np.log(3))))
    return found


def _rare(found: Bools, per: float = YEAR) -> Bools:
    """None at all where there are many: then they are no one-offs."""
    most = MOST_A_YEAR * max(1.0, len(found) / per)
    return found if found.sum() <= most else np.zeros_like(found)


def _in_events(off: Floats, core: Bools, places: Places, bound: float) -> Bools:
    found = np.zeros(len(off), dtype=np.bool_)
    for code in range(len(places.codes)):
        mine = core & (places.code == code)
        if not mine.any():
            continue
        usual = float(np.median(off[mine]))
        for day in np.flatnonzero(mine & (off - usual > bound)):
            same = mine & (places.place == places.place[day]) & (places.turn != places.turn[day])
            found[day] = same.any() and off[day] - float(off[same].max()) > bound
    return found


def _among_few(values: Floats, core: Bools) -> Bools:
    """Where most days bring nothing, the days that bring something are held against each other."""
    found = np.zeros(len(values), dtype=np.bool_)
    some = np.flatnonzero((np.nan_to_num(values) > 0) & ~core)
    if len(some) >= 20:
        size = np.log(values[some])
        off = size - np.median(size)
        found[some] = off > max(REACH * robust_sd(off), LEAST)
    return _rare(found)
