"""How long a thousand forecasts of a month take, each from three years of days, on two processes: as workers make them,
with the days and weeks that charts draw.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context

import numpy as np
import pandas as pd

from config.bench.running import head, row
from kpis.forecasting import EventDays, TooLittle, fit
from kpis.forecasting.pieces import STEPS, Ready
from organization.calendars import events_of

FORECASTS, HANDS = 1000, 2
FIRST, LAST = date(2023, 12, 1), date(2026, 11, 30)
AHEAD = [LAST + timedelta(days=day) for day in range(1, 32)]
AT_MOST = 60.0


def measure() -> None:
    head(f"{FORECASTS:,} forecasts of three years of days each")
    events = [
        EventDays(one.code, one.first_day, one.last_day)
        for year in range(2023, 2027)
        for one in events_of(year)
    ]
    with ProcessPoolExecutor(HANDS, mp_context=get_context("spawn")) as hands:
        list(
            hands.map(_forecast, [(hand, events) for hand in range(HANDS)])
        )  # both have imported what it takes
        began = time.monotonic()
        made = list(hands.map(_forecast, [(seed, events) for seed in range(FORECASTS)], chunksize=10))
        taken = time.monotonic() - began
    assert all(mean > 0 for mean in made)
    row(f"{FORECASTS:,} forecasts on {HANDS} processes", taken, "", None, f"{AT_MOST:.0f} s")
    row("one of them, on one process", taken * HANDS / FORECASTS)


def _forecast(work: tuple[int, list[EventDays]]) -> float:
    seed, events = work
    days = pd.date_range(FIRST, LAST)
    turn = 2 * np.pi * np.arange(len(days)) / 365.25
    draw = np.random.default_rng(seed)
    amounts = 1000 * (1 + 0.3 * np.sin(turn)) * np.exp(0.3 * draw.standard_normal(len(days)))
    amounts *= 1 + 0.2 * (days.day_of_week.to_numpy() >= 5)
    fitted = fit(pd.Series(amounts, index=days), events)
    assert not isinstance(fitted, TooLittle)
    ready = Ready(fitted)
    ready.pieces(AHEAD, STEPS["month"])
    return ready.total(AHEAD).mean


if __name__ == "__main__":
    measure()
