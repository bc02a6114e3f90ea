"""What event days bring, beside usual days: day n of an event is laid beside day n of the same event in other years.

The days around an event count too (parcels stop before the Spring Festival, people have bought after 11.11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kpis.forecasting.history import Bools, Floats, History, Ints, number
from kpis.forecasting.shrinking import kept_share
from kpis.forecasting.values import EventDays

MARGIN = 14  # days before and after
STRANGE = 0.25  # relative error of an event that has not been seen
LEAST_ERROR = 0.15


@dataclass(frozen=True)
class Places:
    """Per day: which event (its place in `codes`, −1 for none), which place in it, whether it is the event itself and
    not its margin, and which occurrence."""

    codes: tuple[str, ...]
    width: int
    code: Ints
    place: Ints
    core: Bools
    turn: Ints


@dataclass(frozen=True)
class EventFactors:
    """`table` by event and place: factors on a usual day; NaN where a place has not been seen. `error` by event: the
    relative error to expect of its next occurrence."""

    table: Floats
    error: Floats

    def of(self, places: Places) -> Floats:
        found = np.ones(len(places.code))
        inside = places.code >= 0
        found[inside] = self.table[places.code[inside], places.place[inside]]
        return np.nan_to_num(found, nan=1.0)


@dataclass(frozen=True)
class Events:
    days: tuple[tuple[str, int, int], ...]
    codes: tuple[str, ...] = field(default=())
    longest: int = 1

    @classmethod
    def of(cls, events: Sequence[EventDays]) -> Events:
        days = sorted({(number(one.first_day), number(one.last_day), one.code) for one in events})
        return cls(
            tuple((code, first, last) for first, last, code in days),
            tuple(sorted({code for _first, _last, code in days})),
            max((last - first + 1 for first, last, _code in days), default=1),
        )

    def places(self, days: Ints) -> Places:
        """Of consecutive days. The event itself goes before another one's margin, and a later event before an earlier."""
        begin, size = int(days[0]), len(days)
        code, turn = np.full(size, -1), np.full(size, -1)
        place, core = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
        for margin in (MARGIN, 0):
            for occurrence, (name, first, last) in enumerate(self.days):
                low, high = max(0, first - margin - begin), min(size, last + margin - begin + 1)
                if low >= high:
                    continue
                here = days[low:high]
                inside = (here >= first) & (here <= last)
                code[low:high], turn[low:high], core[low:high] = self.codes.index(name), occurrence, inside
                # Before: 0 to MARGIN − 1; the event: MARGIN to MARGIN + longest − 1; after: the rest.
                after = MARGIN + self.longest + here - last - 1
                place[low:high] = np.where(here > last, after, here - first + MARGIN)
        return Places(self.codes, 2 * MARGIN + self.longest, code, place, core, turn)


def unknown(places: Places) -> EventFactors:
    codes = len(places.codes)
    return EventFactors(np.full((codes, places.width), np.nan), np.full(codes, STRANGE))


def learn(history: History, amounts: Floats, known: Bools, usual: Floats, places: Places) -> EventFactors:
    """`usual` are the factors of weekday and season; `amounts` are zero where not `known`."""
    factors = unknown(places)
    if not (places.core & known).any():
        return factors
    if history.coarse:
        _learn_from_blocks(history, amounts, known, usual, places, factors)
    else:
        _learn_from_days(amounts, known, usual, places, factors)
    np.clip(factors.table, 0.0, None, out=factors.table)
    return factors


def _learn_from_days(
    amounts: Floats, known: Bools, usual: Floats, places: Places, factors: EventFactors
) -> None:
    quiet = known & ~places.core
    level = _around(np.where(quiet, amounts, 0.0), np.where(quiet, usual, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(known, amounts / (level * usual), np.nan)
    ratio[~np.isfinite(ratio)] = np.nan
    seen = ~np.isnan(ratio)
    normal = ratio[seen & (places.code < 0)]
    noise = float(np.var(np.clip(normal, 0, 4))) if len(normal) > 30 else 0.1
    inside = seen & (places.code >= 0)
    index = places.code[inside] * places.width + places.place[inside]
    size = len(places.codes) * places.width
    counts = np.bincount(index, minlength=size).reshape(-1, places.width).astype(np.float64)
    sums = np.bincount(index, weights=ratio[inside], minlength=size).reshape(-1, places.width)
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    after = places.width - MARGIN
    for code in range(len(places.codes)):
        turns = _means_of_turns(ratio, seen & places.core & (places.code == code), places)
        if not len(turns):
            continue
        factors.table[code, MARGIN:after], factors.error[code] = _core(
            means[code, MARGIN:after], counts[code, MARGIN:after], turns, noise
        )
        for side in (slice(0, MARGIN), slice(after, None)):
            factors.table[code, side] = _side(means[code, side], counts[code, side], noise)


def _means_of_turns(ratio: Floats, core: Bools, places: Places) -> Floats:
    """Mean factor of each occurrence that the history holds for the greater part."""
    found = []
    for turn in np.unique(places.turn[core]):
        mine = core & (places.turn == turn)
        whole = (places.turn == turn) & places.core
        if mine.sum() >= 0.6 * whole.sum():
            found.append(float(ratio[mine].mean()))
    return np.array(found)


def _core(means: Floats, counts: Floats, turns: Floats, noise: float) -> tuple[Floats, float]:
    """The event's mean factor, drawn towards 1 as far as its years disagree; around it the shape of its days, drawn
    towards flat as far as noise explains it. A day not seen yet gets the mean."""
    mean, years = float(turns.mean()), len(turns)
    between = float(turns.var(ddof=1)) if years > 1 else 0.0
    within = noise * years / counts.sum()
    kept = kept_share(np.array([mean - 1]), max(between, within) / years)
    error = np.sqrt((between * (years - 1) + (LEAST_ERROR * max(mean, 0.3)) ** 2) / years * (1 + 1 / years))
    seen = counts > 0
    shape = np.where(seen, means - means[seen].mean(), 0.0)
    kept_shape = kept_share(shape[seen], noise * max(1.0, mean) ** 2 / counts[seen].mean())
    shrunk = 1 + kept * (mean - 1)
    return shrunk + kept_shape * shape, float(error / max(shrunk, 0.1))


def _side(means: Floats, counts: Floats, noise: float) -> Floats:
    seen = counts > 0
    if seen.sum() < 3:
        return np.full(len(means), np.nan)
    places = np.arange(len(means))
    filled = np.interp(places, places[seen], means[seen])
    padded = np.concatenate([filled[:1], filled, filled[-1:]])
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.asarray(1 + kept_share(smooth - 1, noise / counts[seen].mean() / 3) * (smooth - 1))


def _learn_from_blocks(
    history: History, amounts: Floats, known: Bools, usual: Floats, places: Places, factors: EventFactors
) -> None:
    """Weeks and months hide single days: one factor per event, from how much of each block it covers."""
    due = history.by_block(np.where(known, usual, 0.0))
    level = np.divide(history.by_block(amounts), due, out=np.full(len(due), np.nan), where=due > 0)
    sizes = np.diff(history.starts)
    for code in range(len(places.codes)):
        share = history.by_block((places.core & (places.code == code)).astype(np.float64)) / sizes
        touched = np.flatnonzero((share > 0) & ~np.isnan(level))
        ratios, weights = [], []
        for block in touched:
            near = slice(max(0, block - 5), block + 6)
            around = level[near][(share[near] == 0) & ~np.isnan(level[near])]
            if len(around) and (usually := float(np.median(around))) > 0:
                ratios.append(level[block] / usually - 1)
                weights.append(share[block])
        if not ratios:
            continue
        effect, covered = np.array(ratios), np.array(weights)
        steps = np.diff(level[~np.isnan(level)]) / np.nanmedian(level)
        noise = float(np.median(np.abs(steps)) * 1.4826) ** 2 / 2 / float(covered @ covered)
        slope = np.array([covered @ effect / (covered @ covered)])
        factors.table[code, MARGIN : places.width - MARGIN] = 1 + float(slope[0]) * kept_share(slope, noise)
        factors.error[code] = max(LEAST_ERROR, float(np.sqrt(noise)))


def _around(amounts: Floats, due: Floats, reach: int = 31) -> Floats:
    """The level of the quiet days within a month on either side of each day; NaN where there are hardly any."""

    def window(values: Floats) -> Floats:
        running = np.concatenate([np.zeros(reach + 1), np.cumsum(values)])
        running = np.concatenate([running, np.full(reach, running[-1])])
        return np.asarray(running[2 * reach + 1 :] - running[: len(values)])

    below = window(due)
    return np.asarray(np.divide(window(amounts), below, out=np.full(len(due), np.nan), where=below > 8))
