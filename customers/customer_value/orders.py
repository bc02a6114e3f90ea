"""Orders as flat arrays, and what follows from them for each customer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNIT = 10_000  # money is counted in whole ten-thousandths, so that sums are exact (up to 900 billion)
EPOCH = date(1970, 1, 1)
NONE = -1


def day_number(day: date) -> int:
    """Days since 1970-01-01, as numpy counts them."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def money_of(units: float) -> Decimal:
    """Ten-thousandths as an amount."""
    return Decimal(round(units)).scaleb(-4)


@dataclass(frozen=True, eq=False)
class Orders:
    """Every order of every customer, in any order; refunds among them.

    `customers` are numbers from 0 to `people` - 1; `days` count from 1970-01-01; `amounts` are net of tax or not, as
    they were reported, in ten-thousandths, negative for refunds; `counts` are the orders that a row stands for, 0 for a
    refund. Who only ever got refunds has no first order and belongs to no tier and no cohort.
    """

    people: int
    customers: Ints
    days: Ints
    amounts: Ints
    counts: Ints

    def __post_init__(self) -> None:
        """Raises ValueError for arrays that do not fit together."""
        lengths = {len(self.customers), len(self.days), len(self.amounts), len(self.counts)}
        if len(lengths) != 1:
            raise ValueError("customers, days, amounts and counts are one each per order")
        if len(self.customers) and not 0 <= self.customers.min() <= self.customers.max() < self.people:
            raise ValueError("an order of no customer")
        if len(self.counts) and self.counts.min() < 0:
            raise ValueError("a row stands for 0 orders or more")

    def __len__(self) -> int:
        return len(self.customers)

    @cached_property
    def by_day(self) -> Ints:
        """Places of the orders from the first day to the last; equal days stay as they were."""
        return np.argsort(self.days, kind="stable")

    @cached_property
    def bought(self) -> Flags:
        """Which rows are orders and not refunds."""
        return np.asarray(self.counts > 0, dtype=np.bool_)

    @cached_property
    def purchases(self) -> Ints:
        """Places of orders, refunds left out, by customer and then by day."""
        places = np.flatnonzero(self.bought)
        return places[np.lexsort((places, self.days[places], self.customers[places]))]

    @cached_property
    def first(self) -> Ints:
        """The place of each customer's first order; NONE where there is none. Of one day, the one that stands first."""
        found = np.full(self.people, NONE, dtype=np.int64)
        if len(self.purchases):
            owners = self.customers[self.purchases]
            begins = np.concatenate(([True], owners[1:] != owners[:-1]))
            found[owners[begins]] = self.purchases[begins]
        return found

    @cached_property
    def known(self) -> Flags:
        """Which customers ever ordered."""
        return np.asarray(self.first != NONE, dtype=np.bool_)

    @cached_property
    def first_days(self) -> Ints:
        """The day of each customer's first order; meaningless where she is not `known`."""
        return self.of_first(self.days)

    def of_first(self, values: Ints) -> Ints:
        """What stands at each customer's first order, of values that are one per order; NONE without an order."""
        if not len(self):
            return np.full(self.people, NONE, dtype=np.int64)
        return np.where(self.known, values[self.first], NONE)

    def last_days(self, places: Ints | None = None) -> Ints:
        """The last day on which each customer ordered, among orders that stand from the first day to the last."""
        places = self.by_day if places is None else places
        places = places[self.bought[places]]
        found = np.full(self.people, NONE, dtype=np.int64)
        found[self.customers[places]] = self.days[places]  # of several, the one written last stays
        return found

    def until(self, day: int, *, since: int | None = None) -> Ints:
        """Places of the orders up to a day, from `since` on; from the first day to the last."""
        begin = 0 if since is None else int(np.searchsorted(self._ordered_days, since, side="left"))
        return self.by_day[begin : int(np.searchsorted(self._ordered_days, day, side="right"))]

    @cached_property
    def _ordered_days(self) -> Ints:
        return self.days[self.by_day]

    def only(self, people: Ints) -> Orders:
        """The orders of some customers, numbered anew by their places among `people`."""
        anew = np.full(self.people, NONE, dtype=np.int64)
        anew[people] = np.arange(len(people))
        owners = anew[self.customers]
        kept = owners != NONE
        return Orders(len(people), owners[kept], self.days[kept], self.amounts[kept], self.counts[kept])


def months_of(days: Ints) -> Ints:
    """Months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(month: int) -> date:
    return date(1970 + month // 12, month % 12 + 1, 1)


def tally(places: Ints, count: int, weights: npt.NDArray[np.generic] | None = None) -> Ints:
    """How many, or the sum of whole weights, at each of `count` places; exact below 2^53."""
    if weights is None:
        return np.bincount(places, minlength=count).astype(np.int64, copy=False)
    return np.rint(np.bincount(places, weights=weights.astype(np.float64), minlength=count)).astype(np.int64)
