"""Distinct customers by area and period: who ordered, who came back, who is new. Pure.

Distinct customers do not add up over days or areas, so that they are counted anew for each area, grain and period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customers.customer_value.orders import NONE, Flags, Ints, Orders, tally


@dataclass(frozen=True, eq=False)
class Periods:
    """Periods of one grain, one after another without gaps: first and last days, and the first day of the window of
    each (12 months to its last day). The last one may still be open: `closed` says which are over."""

    starts: Ints
    ends: Ints
    windows: Ints
    closed: Flags

    def __post_init__(self) -> None:
        """Raises ValueError for periods that do not follow one another."""
        if not len(self.starts) == len(self.ends) == len(self.windows) == len(self.closed):
            raise ValueError("starts, ends, windows and closed are one each per period")
        if (self.starts[1:] != self.ends[:-1] + 1).any() or (self.ends < self.starts).any():
            raise ValueError("periods follow one another")
        if (np.diff(self.windows) < 0).any() or (self.windows > self.ends).any():
            raise ValueError("windows end with their periods")

    def __len__(self) -> int:
        return len(self.starts)

    def of(self, days: Ints) -> Ints:
        """The period of each day; NONE for days of none."""
        places = np.searchsorted(self.starts, days, side="right") - 1
        return np.where((places >= 0) & (days <= self.ends[-1]), places, NONE)


@dataclass(frozen=True, eq=False)
class Counts:
    """Customers per area (first axis) and period (second axis).

    `in_window`: ordered in the 12 months to the period's end; `repeating`: of these, two orders or more. `active`:
    ordered in the period; `before`: in the period before it; `retained`: in both.
    """

    in_window: Ints
    repeating: Ints
    active: Ints
    before: Ints
    retained: Ints


def count(orders: Orders, area: Ints, areas: int, periods: Periods) -> Counts:
    """`area` is the one of each order, NONE for none, out of `areas`: who orders in two areas counts in both."""
    places = orders.purchases
    places = places[area[places] != NONE]
    # By area, then customer, then day: purchases are by customer and day already.
    places = places[np.argsort(area[places], kind="stable")]
    where, who, days = area[places], orders.customers[places], orders.days[places]
    same = np.zeros(len(places), dtype=np.bool_)  # as the one before: same area, same customer
    same[1:] = (where[1:] == where[:-1]) & (who[1:] == who[:-1])
    shape = (areas, len(periods))
    in_window, repeating = _in_windows(where, days, orders.counts[places], same, shape, periods)
    active, retained = _by_period(where, who, periods.of(days), shape)
    before = np.zeros_like(active)
    before[:, 1:] = active[:, :-1]
    return Counts(in_window, repeating, active, before, retained)


def acquired(
    first_area: Ints, first_days: Ints, areas: int, periods: Periods, weights: Ints | None = None
) -> Ints:
    """Customers whose first order lies in the period, per area and period, or the sum of their `weights`.

    `first_area` and `first_days` are of each customer's first order, NONE where there is none.
    """
    period = periods.of(first_days)
    here = (first_area != NONE) & (period != NONE)
    places = first_area[here] * len(periods) + period[here]
    chosen = None if weights is None else weights[here]
    return tally(places, areas * len(periods), chosen).reshape(areas, len(periods))


def summed(area: Ints, days: Ints, amounts: Ints, areas: int, periods: Periods) -> Ints:
    """Sums of `amounts` (refunds among them) per area and period; `area` is the one of each order, NONE for none."""
    period = periods.of(days)
    here = (area != NONE) & (period != NONE)
    places = area[here] * len(periods) + period[here]
    return tally(places, areas * len(periods), amounts[here]).reshape(areas, len(periods))


def _in_windows(
    where: Ints, days: Ints, counts: Ints, same: Flags, shape: tuple[int, int], periods: Periods
) -> tuple[Ints, Ints]:
    """An order is a customer's newest one in the windows of some periods in a row: these begin with the first period
    that ends on its day or later, and last while the window reaches back to it and her next order is not yet in. So each
    order adds one at the beginning of that stretch and takes it off behind; no window is gone through order by order."""
    begin = np.searchsorted(periods.ends, days, side="left")
    reach = np.searchsorted(
        periods.windows, days, side="right"
    )  # behind the last window that begins by this day
    follows = np.full(len(days), len(periods), dtype=np.int64)  # the first period that holds her next order
    follows[:-1][same[1:]] = begin[1:][same[1:]]
    end = np.minimum(reach, follows)
    # With an order before it in the window, or two in the row itself, she has two or more there.
    back = np.zeros(len(days), dtype=np.int64)
    back[1:][same[1:]] = reach[:-1][same[1:]]
    back = np.where(counts > 1, reach, back)
    return (
        _stretches(where, begin, end, shape),
        _stretches(where, begin, np.minimum(end, back), shape),
    )


def _stretches(where: Ints, begin: Ints, end: Ints, shape: tuple[int, int]) -> Ints:
    some = end > begin
    width = shape[1] + 1
    steps = tally(where[some] * width + begin[some], shape[0] * width)
    steps -= tally(where[some] * width + end[some], shape[0] * width)
    found: Ints = np.cumsum(steps.reshape(shape[0], width), axis=1)[:, :-1]
    return found


def _by_period(where: Ints, who: Ints, period: Ints, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    inside = period != NONE
    where, who, period = where[inside], who[inside], period[inside]
    once = np.ones(len(where), dtype=np.bool_)
    once[1:] = (where[1:] != where[:-1]) | (who[1:] != who[:-1]) | (period[1:] != period[:-1])
    where, who, period = where[once], who[once], period[once]
    places = where * shape[1] + period
    size = shape[0] * shape[1]
    came_back = np.zeros(len(where), dtype=np.bool_)
    came_back[1:] = (where[1:] == where[:-1]) & (who[1:] == who[:-1]) & (period[1:] == period[:-1] + 1)
    return tally(places, size).reshape(shape), tally(places[came_back], size).reshape(shape)
