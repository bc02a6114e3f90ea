"""All of one run put together: from orders and areas to what the tables and the published amounts say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from common.periods import Grain, Period, add_months
from customers.customer_value.counting import Periods
from customers.customer_value.orders import NONE, Flags, Floats, Ints, Orders, day_number, day_of, tally
from customers.customer_value.tiers import Limits, Move, Standing, moves, standing
from customers.customer_value.worth import Forecast, Outcome, forecast

MONTHS = 12  # of movements between tiers
FIRST_YEAR = 365  # days


@dataclass(frozen=True, eq=False)
class Worth:
    """What each customer is worth, in ten-thousandths. `so_far` is net revenue, `profit` what was left of it (where
    `margined`), `ahead` expected revenue, 0 where she is not `foretold`; `lifetime` is profit and expected profit,
    `monthly` that of her first year by the month."""

    so_far: Ints
    profit: Ints
    margined: Flags
    ahead: Floats
    foretold: Flags
    lifetime: Ints
    monthly: Ints
    groups: tuple[Forecast, ...]


def worth_of(
    orders: Orders,
    profits: Ints,
    margined: Flags,
    groups: Ints,
    *,
    day: int,
    weeks: float,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Worth:
    """Forecasts each group by itself. `groups` are of customers, from 0 without gaps; `told` hears after each.

    Expected profit is expected revenue times what was left of the group's revenue so far.
    """
    everyone = orders.people
    so_far = tally(orders.customers, everyone, orders.amounts)
    profit = tally(orders.customers, everyone, np.where(margined, profits, 0))
    known = np.ones(everyone, dtype=np.bool_)
    known[orders.customers[~margined]] = False
    ahead, first_year = np.zeros(everyone), np.zeros(everyone)
    foretold = np.zeros(everyone, dtype=np.bool_)
    share = np.zeros(everyone)
    found = []
    count = int(groups.max(initial=NONE)) + 1
    for group in range(count):
        among = groups == group
        people = np.flatnonzero(among)
        part = orders.only(people)
        one = forecast(part, np.ones(len(people), dtype=np.bool_), day=day, weeks=weeks)
        one = replace(one, members=people[one.members])
        if one.outcome == Outcome.PREDICTED:
            ahead[one.members], first_year[one.members] = one.ahead, one.first_year
            foretold[one.members] = True
        brought = so_far[among & known].sum()
        share[among] = profit[among & known].sum() / brought if brought > 0 else 0
        found.append(one)
        told(group + 1, count)
    young = orders.days < orders.first_days[orders.customers] + FIRST_YEAR
    year = tally(orders.customers[young], everyone, np.where(margined, profits, 0)[young])
    return Worth(
        so_far,
        profit,
        known & orders.known,
        ahead,
        foretold,
        profit + np.rint(ahead * share).astype(np.int64),
        np.rint((year + first_year * share) / 12).astype(np.int64),
        tuple(found),
    )


def month_ends(orders: Orders) -> list[tuple[date, int]]:
    """The last months of orders, at most twelve and one before: the first day of each, and the day on which it is looked
    at, its end or the last day of orders."""
    first, last = int(orders.days.min()), int(orders.days.max())
    month = day_of(last).replace(day=1)
    found: list[tuple[date, int]] = []
    while len(found) <= MONTHS and day_number(add_months(month, 1)) > first:
        found.append((month, min(day_number(add_months(month, 1)) - 1, last)))
        month = add_months(month, -1)
    return found[::-1]


def tier_moves(
    orders: Orders,
    limits: Limits,
    areas: Sequence[Ints],
    *,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[list[tuple[date, list[list[Move]]]], Standing]:
    """By month and layer who stood where, and where they came from; and how everyone stands on the last day."""
    ends = month_ends(orders)
    began = len(ends) <= MONTHS  # all of history is here: before it, everybody was nowhere
    before: Standing | None = None
    found = []
    for place, (month, day) in enumerate(ends):
        now = standing(orders, limits, day)
        if before is not None or began:
            found.append((month, [moves(before, now, [layer], month=0) for layer in areas]))
        before = now
        told(place + 1, len(ends))
    assert before is not None
    return found, before


def periods_of(grain: Grain, first: date, last: date, *, fiscal_start: int, most: int) -> list[Period]:
    """The periods from a day to a day, at most the last so many."""
    newest = Period.containing(last, grain, fiscal_start=fiscal_start)
    found = [newest]
    while len(found) < most and found[-1].start > first:
        found.append(found[-1].next(-1))
    return found[::-1]


def bounds_of(periods: Sequence[Period], last: date) -> Periods:
    """As arrays, each with the first day of the 12 months to its end, or to the last day of orders where it is open."""
    ends = [day_number(period.end) for period in periods]
    windows = []
    for period in periods:
        until = min(period.end, last)
        a_year_ago = add_months(until, -12)
        # The day after the same day a year ago: 12 months to 31 March begin on 1 April.
        length = (add_months(a_year_ago, 1) - a_year_ago).days
        windows.append(day_number(a_year_ago) + min(until.day, length))
    return Periods(
        np.array([day_number(period.start) for period in periods], dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.array(windows, dtype=np.int64),
        np.array([end <= day_number(last) for end in ends], dtype=np.bool_),
    )
