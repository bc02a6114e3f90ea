"""How the trade goes through the week and the year: plain factors around 1 by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from dashboards.demo.world import Way

Floats = npt.NDArray[np.float64]

# First day of the lunar year.
SPRING_FESTIVALS = {
    2022: date(2022, 2, 1), 2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29),
    2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26), 2029: date(2029, 2, 13),
    2030: date(2030, 2, 3), 2031: date(2031, 1, 23), 2032: date(2032, 2, 11), 2033: date(2033, 1, 31),
    2034: date(2034, 2, 19), 2035: date(2035, 2, 8), 2036: date(2036, 1, 28), 2037: date(2037, 2, 15),
    2038: date(2038, 2, 4), 2039: date(2039, 1, 24), 2040: date(2040, 2, 12),
}  # fmt: skip

# Monday to Sunday.
WEEK = {
    Way.ONLINE: (0.97, 0.95, 0.96, 0.99, 1.02, 1.06, 1.05),
    Way.STORE: (0.88, 0.86, 0.88, 0.92, 1.00, 1.24, 1.22),
    Way.TRADE: (1.06, 1.08, 1.06, 1.05, 1.06, 0.90, 0.79),
}
# January to December: people renovate in spring and autumn. The Spring Festival comes on top.
YEAR = (0.96, 0.94, 1.07, 1.09, 1.04, 0.99, 0.90, 0.89, 1.07, 1.11, 1.03, 0.95)

# (month, day) to (month, day): factor for a channel that feels it in full.
PROMOTIONS = (
    ((5, 31), (6, 15), 1.35),
    ((6, 16), (6, 17), 1.9),
    ((6, 18), (6, 18), 2.8),
    ((6, 19), (6, 20), 1.2),
    ((10, 31), (11, 8), 1.35),
    ((11, 9), (11, 10), 1.9),
    ((11, 11), (11, 11), 3.0),
    ((12, 12), (12, 12), 1.5),
)
STORE_DAYS = (((5, 1), (5, 5), 1.5), ((10, 1), (10, 7), 1.4))


def demand(days: Sequence[date], way: Way, promotion: float) -> Floats:
    """Factor by day for a channel of this way that feels `promotion` (0 to 1) of the shopping festivals."""
    return np.array(
        [
            WEEK[way][day.weekday()]
            * _time_of_year(day)
            * _promotions(day, promotion, way)
            * spring_festival(day, way)
            for day in days
        ]
    )


def within(day: date, window: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    return window[0] <= (day.month, day.day) <= window[1]


def shop_is_shut(day: date) -> bool:
    """Stores and trade partners close from the eve to the fifth day: no rows at all, which is not zero."""
    return -1 <= _days_into_festival(day) <= 4


def spring_festival(day: date, way: Way) -> float:
    """The slow days before and after; online some go on buying."""
    into = _days_into_festival(day)
    depth = 0.62 if way is Way.ONLINE else 0.9
    if -2 <= into <= 6:
        return 1 - depth
    if -16 <= into < -2:
        return 1 - depth * (into + 16) / 14
    if 6 < into <= 20:
        return 1 - depth * (20 - into) / 14
    return 1.0


def _days_into_festival(day: date) -> int:
    festival = SPRING_FESTIVALS.get(day.year, date(day.year, 2, 5))
    return (day - festival).days


def _time_of_year(day: date) -> float:
    """Straight lines between the middles of the months, so that no month begins with a step."""
    middle = day.replace(day=15)
    step = 1 if day >= middle else -1
    other = (middle + timedelta(days=30 * step)).replace(day=15)
    share = abs((day - middle).days) / abs((other - middle).days)
    return YEAR[day.month - 1] * (1 - share) + YEAR[other.month - 1] * share


def _promotions(day: date, promotion: float, way: Way) -> float:
    factor = 1.0
    for first, last, full in PROMOTIONS:
        if within(day, (first, last)):
            factor *= 1 + (full - 1) * promotion
    if way is Way.STORE:
        for first, last, full in STORE_DAYS:
            if within(day, (first, last)):
                factor *= full
    return factor
