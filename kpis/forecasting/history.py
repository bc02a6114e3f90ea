"""A history as an unbroken row of days, and in which pieces its source reports. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

YEAR = 365.2425  # days
MOST_YEARS = 5  # what is older tells nothing of today's business
LEAST = 1e-6  # less than anybody counts, and than arithmetic bears
GAP = 7  # days without a report, from which on it is a gap and not a silence that means "nothing came"


@dataclass(frozen=True)
class History:
    """`days` are consecutive, counted from 1970-01-01; `values` are NaN in gaps.

    `starts` cut the days into blocks (indices, the end included): the source's own weeks or months where it is
    coarser than a day (`coarse`: days within a block say nothing by themselves), else weeks counted back from the
    last day. Days before the first block are few and belong to none.
    """

    days: Ints
    values: Floats
    starts: Ints
    coarse: bool

    @property
    def last(self) -> int:
        return int(self.days[-1])

    @property
    def block_days(self) -> float:
        return float(self.starts[-1] - self.starts[0]) / max(1, len(self.starts) - 1)

    @property
    def known(self) -> Bools:
        return ~np.isnan(self.values)

    def by_block(self, values: Floats) -> Floats:
        """Sums over the blocks."""
        running = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(running[self.starts[1:]] - running[self.starts[:-1]])


def number(day: date) -> int:
    return day.toordinal() - _EPOCH


def to_date(day: int) -> date:
    return date.fromordinal(int(day) + _EPOCH)


_EPOCH = date(1970, 1, 1).toordinal()


def numbers(days: Iterable[date]) -> Ints:
    return np.fromiter((number(day) for day in days), dtype=np.int64)


def weekdays(days: Ints) -> Ints:
    """Monday is 0. Day 0 was a Thursday."""
    return (days + 3) % 7


def regular(history: pd.Series[float]) -> History | None:
    """None where there is no amount at all.

    A day or a few without a report between others are zero (a shop shut on Sundays sends no row, and the total of
    its month is what it did send); a longer run is a gap, of which nothing is known. Raises ValueError for a day that
    occurs twice and for an infinite amount.
    """
    days = (
        history.index.to_numpy().astype("datetime64[D]").astype(np.int64)
        if isinstance(history.index, pd.DatetimeIndex)
        else numbers(history.index)
    )
    values = np.asarray(history.to_numpy(), dtype=np.float64)
    if np.isinf(values).any():
        raise ValueError("A history holds finite amounts.")
    values = np.where(np.abs(values) < LEAST, 0.0, values)
    known = ~np.isnan(values)
    days, values = days[known], values[known]
    if len(np.unique(days)) != len(days):
        raise ValueError("A day occurs twice in the history.")
    if not len(days):
        return None
    last = int(days.max())
    first = max(int(days.min()), last - int(MOST_YEARS * YEAR))
    recent = days >= first
    row = np.full(last - first + 1, np.nan)
    row[days[recent] - first] = values[recent]
    everyday = np.arange(first, last + 1)
    starts = _own_blocks(everyday, row)
    if starts is not None:
        return History(everyday[: starts[-1]], row[: starts[-1]], starts, coarse=True)
    _hear_silence(row)
    return History(everyday, row, np.arange(len(row) % 7, len(row) + 1, 7), coarse=False)


def _hear_silence(row: Floats) -> None:
    silent = np.flatnonzero(np.isnan(row))
    for run in np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1):
        if 0 < len(run) < GAP:
            row[run] = 0.0


def _own_blocks(days: Ints, row: Floats) -> Ints | None:
    """Where the weeks or months begin over which a coarser source was spread evenly; None for a source of days.

    Spreading leaves steps of a ten-thousandth within a block, so nearly equal is equal. The last block counts when it
    is complete.
    """
    both = ~np.isnan(row[1:]) & ~np.isnan(row[:-1])
    same = np.isclose(row[1:], row[:-1], rtol=1e-6, atol=2.5e-4)
    changes = np.flatnonzero(both & ~same) + 1
    # What never changes is constant, not coarse; what changes on most days is daily.
    if len(changes) < 4 or len(changes) > both.sum() / 6:
        return None
    begun = np.unique(weekdays(days[changes]))
    if len(begun) == 1:
        firsts = weekdays(days) == begun[0]
        after = weekdays(days[-1:] + 1) == begun[0]
    else:
        firsts, after = _first_of_month(days), _first_of_month(days[-1:] + 1)
        if not firsts[changes].all():
            return None
    starts = np.flatnonzero(np.concatenate([firsts, after]))
    return starts if len(starts) > 2 else None


def _first_of_month(days: Ints) -> Bools:
    stamps = days.astype("datetime64[D]")
    return np.asarray(stamps == stamps.astype("datetime64[M]").astype("datetime64[D]"))
