"""Histories of which everything is known: growth, week, season, events, noise and one-off orders. Seeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from kpis.forecasting import EventDays
from organization.calendars import events_of

SHIPPED = Path(__file__).parent.parent / "data" / "meridian_geo_full_funnel_weekly.csv"
QUIET_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
SHOP_WEEK = (0.8, 0.85, 0.9, 1.0, 1.05, 1.25, 1.15)


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def days_of(history: pd.Series[float]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(history.index)


def calendar(*years: int) -> list[EventDays]:
    """Spring Festival, 618 and 11.11 of these years."""
    return [EventDays(one.code, one.first_day, one.last_day) for year in years for one in events_of(year)]


def made(
    first: date,
    last: date,
    *,
    level: float = 1000.0,
    growth: float = 0.0,
    week: Sequence[float] = QUIET_WEEK,
    season: float = 0.0,
    noise: float = 0.0,
    events: Sequence[EventDays] = (),
    factors: Mapping[str, float] | None = None,
    seed: int = 0,
) -> pd.Series[float]:
    """Amounts by day. `growth` a year (0.1 is 10%); `season` the swing of a year that is best at the end of March;
    `noise` the standard deviation of a day's logarithm; `factors` of event days by code."""
    days = days_from(first, last)
    years = np.arange(len(days)) / 365.25
    turn = np.array([(day - date(day.year, 1, 1)).days / 365.25 for day in days])
    amounts = level * (1 + growth) ** years * (1 + season * np.sin(2 * np.pi * turn))
    amounts *= np.array([week[day.weekday()] for day in days])
    amounts *= np.exp(noise * np.random.default_rng(seed).standard_normal(len(days)) - noise**2 / 2)
    for event in events:
        inside = np.array([event.first_day <= day <= event.last_day for day in days])
        amounts[inside] *= (factors or {}).get(event.code, 1.0)
    return pd.Series(amounts, index=pd.DatetimeIndex(pd.to_datetime(days)))


def with_order(history: pd.Series[float], day: date, times: float) -> pd.Series[float]:
    """One day brings so many times its amount."""
    changed = history.copy()
    changed[days_of(changed) == pd.Timestamp(day)] *= times
    return changed


def spread_over_weeks(history: pd.Series[float]) -> pd.Series[float]:
    """As a source of whole weeks from Monday would have it: each day a seventh, to four decimals."""
    weeks = history.groupby(days_of(history).to_period("W-SUN"))
    whole = weeks.transform("size") == 7
    return (weeks.transform("sum") / 7).round(4)[whole]


def shipped(amount: str = "revenue") -> dict[str, pd.Series[float]]:
    """The shipped weeks by region, spread over their days; `revenue` or `conversions`."""
    table = pd.read_csv(SHIPPED, parse_dates=["time"])
    table["revenue"] = table["conversions"] * table["revenue_per_conversion"]
    found = {}
    for region, rows in table.sort_values("time").groupby("geo"):
        days = pd.date_range(rows["time"].iloc[0], periods=7 * len(rows))
        found[str(region)] = pd.Series(np.repeat(rows[amount].to_numpy() / 7, 7), index=days)
    return found
