"""What spend brings: carry-over and saturation of each channel, with what is not known about them. Pure.

Spend x of a week is held against the channel's usual week, u = x / usual. What was spent works on (adstock):
a(t) = (1 − α)·u(t) + α·a(t−1), so that steady spend u comes to a = u. It saturates (Hill): h(a) = aˢ / (aˢ + kˢ)
(Jin, Wang, Sun, Chan and Koehler 2017, "Bayesian methods for media mix modeling with carryover and shape effects").
A week's outcome is a base, a trend, a season, and most·h(a) of each channel, and noise with a memory of one week.

Nothing is a single best fit: α, s and k of a channel lie on a grid, and are drawn together with what the channel brings from all that the
data allow (a griddy Gibbs sampler: Ritter and Tanner 1992; base, trend and season are integrated out). What is assumed beforehand: every
point of the grid is as likely as any other, and all channels together bring between nothing and everything that came in.
Draws are always the same for the same data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress, product

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

Floats = NDArray[np.float64]

YEAR = 52  # weeks: less is no basis
POINTS = 10  # weeks for each parameter
SHAPES = 4  # parameters of a curve: carry-over, steepness, half, height
STEADY = 0.05  # spend that moves by less, as a share of its mean, teaches nothing
DOUBT = 2.0  # each week counts as half of one, for what the model itself has wrong (docs/allocation.md)
DRAWS, BEFORE = 400, 200  # kept, and thrown away at the start
CARRIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
STEEP = (0.6, 0.8, 1.0, 1.4, 2.0, 3.0)
HALVES = tuple(float(half) for half in np.geomspace(0.1, 8.0, 12))  # in usual weeks of spend
GRID = np.array(list(product(CARRIES, STEEP, HALVES)))
SEED = 20170614


class Verdict(StrEnum):
    FITTED = "fitted"
    TOO_SHORT = "too_short"  # under a year
    TOO_FEW = "too_few"  # under 10 weeks a parameter
    NO_SPEND = "no_spend"
    NO_OUTCOME = "no_outcome"
    STEADY = "steady"  # spend hardly moved
    NO_FIT = "no_fit"  # no curve explains more than chance would


@dataclass(frozen=True, eq=False)
class Curve:
    """What a steady week of spend brings, as many times over as there are draws; amounts as they were given."""

    usual: float  # the mean week of spend
    highest: float  # the most that a week ever had
    carry: Floats
    steep: Floats
    half: Floats  # in usual weeks
    most: Floats  # what a week could bring at the very most

    def brings(self, spend: Floats) -> Floats:
        """Draws × spends: the weekly outcome of steady weekly spends. 0 for none."""
        used = np.maximum(np.asarray(spend, dtype=np.float64), 0.0)[None, :] / self.usual
        return self.most[:, None] * hill(used, self.steep[:, None], self.half[:, None])

    def next(self, spend: Floats, more: float = 0.01) -> Floats:
        """Draws × spends: what 1% more brings for each unit of it, at steady weekly spends above 0."""
        spend = np.asarray(spend, dtype=np.float64)
        return (self.brings(spend * (1 + more)) - self.brings(spend)) / (spend * more)[None, :]

    def scaled(self, by: float) -> Curve:
        """The same in another unit of outcome."""
        return Curve(self.usual, self.highest, self.carry, self.steep, self.half, self.most * by)


@dataclass(frozen=True, eq=False)
class Fitted:
    verdict: Verdict
    weeks: int  # that had an outcome
    parameters: int
    explained: float = 0.0  # of the outcome beyond base, trend and season, by all channels together, 0 to 1
    curve: Curve | None = None


def fit_one(spend: Floats, outcome: Floats) -> Fitted:
    """The curve of a channel whose own outcome is known: weeks in a row, NaN where nothing was reported."""
    return fit({"one": spend[None, :]}, outcome[None, :])["one"]


def fit(
    spend: Mapping[str, Floats], outcome: Floats, *, controls: Sequence[Floats] = (), keep: int = DRAWS
) -> dict[str, Fitted]:
    """Curves of channels that share an outcome; every array is groups (regions) × weeks in a row, one group or more.

    A week without an outcome (NaN) is left out, one without spend has none. Of several groups each is measured by its own mean, and what moves
    all of them in the same week is left out too, be it season, event or a channel that acts alike everywhere. `controls` are other causes by
    group and week. Channels that teach nothing (no spend, steady spend) are left out, and come back with their verdict.
    Units are the given ones, summed over groups; draws of several channels belong together, index by index.
    """
    seen = np.isfinite(outcome)
    known = int(seen.any(axis=0).sum())
    total = float(np.nansum(outcome))
    clean = {
        code: np.nan_to_num(np.maximum(np.asarray(each, dtype=np.float64), 0.0))
        for code, each in spend.items()
    }
    verdicts = {code: _before(each, seen) for code, each in clean.items()}
    fitting = sorted(code for code, verdict in verdicts.items() if verdict is Verdict.FITTED)
    means = np.array([row[has].mean() if has.any() else 0.0 for row, has in zip(outcome, seen, strict=True)])
    others = _others(seen, controls, SHAPES * len(fitting))
    parameters = others.shape[1] + SHAPES * len(fitting)
    if known < YEAR:
        verdicts = dict.fromkeys(clean, Verdict.TOO_SHORT)
    elif total <= 0 or (means <= 0).any():
        verdicts = {
            code: Verdict.NO_OUTCOME if verdict is not Verdict.NO_SPEND else verdict
            for code, verdict in verdicts.items()
        }
    elif int(seen.sum()) < POINTS * parameters:
        verdicts = {
            code: Verdict.TOO_FEW if verdict is Verdict.FITTED else verdict
            for code, verdict in verdicts.items()
        }
    fitting = [code for code in fitting if verdicts[code] is Verdict.FITTED]
    told = {code: Fitted(verdict, known, parameters) for code, verdict in verdicts.items()}
    if not fitting:
        return told
    wanted = (outcome / means[:, None])[seen]
    columns = [_columns(clean[code], seen) for code in fitting]
    sampler = _Sampler(wanted, [each for each, _scale in columns], others, seen)
    matters = sampler.matters()
    for code in compress(fitting, [not each for each in matters]):
        told[code] = Fitted(Verdict.NO_FIT, known, parameters)
    if not any(matters):
        return told
    if not all(matters):
        sampler.only([at for at, does in enumerate(matters) if does])
    points, parts = sampler.draw(keep)
    for place, (code, (_columns_of, column_means)) in enumerate(
        compress(zip(fitting, columns, strict=True), matters)
    ):
        shape = GRID[points[:, place]]
        most = parts[:, place] / column_means[points[:, place]] * float(means.sum())
        weekly = clean[code].sum(axis=0)
        curve = Curve(float(weekly.mean()), float(weekly.max()), shape[:, 0], shape[:, 1], shape[:, 2], most)
        told[code] = Fitted(Verdict.FITTED, known, parameters, sampler.explained, curve)
    return told


def hill(used: Floats, steep: float | Floats, half: float | Floats) -> Floats:
    """aˢ / (aˢ + kˢ)"""
    powered = np.power(used / half, steep)
    return np.asarray(powered / (1 + powered))


def adstock(used: Floats, carry: float) -> Floats:
    """(1 − α)·u(t) + α·a(t−1) along the last axis, as if before the first week it had been as on average."""
    kept = np.empty_like(used)
    last = used.mean(axis=-1)
    for week in range(used.shape[-1]):
        last = (1 - carry) * used[..., week] + carry * last
        kept[..., week] = last
    return kept


def _before(spend: Floats, seen: NDArray[np.bool_]) -> Verdict:
    """What can be said of a channel before any fitting."""
    means = spend.mean(axis=1)
    if (means <= 0).any():
        return Verdict.NO_SPEND
    if float((spend / means[:, None])[seen].std()) < STEADY:
        return Verdict.STEADY
    return Verdict.FITTED


def _columns(spend: Floats, seen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Per point of the grid the saturated spend of each seen week, as a multiple of its mean; and these means."""
    used = spend / spend.mean(axis=1)[:, None]
    kept = {carry: adstock(used, carry)[seen] for carry in CARRIES}
    columns = np.array([hill(kept[carry], steep, half) for carry, steep, half in GRID])
    means = columns.mean(axis=1)
    return columns / means[:, None], means


def _others(seen: NDArray[np.bool_], controls: Sequence[Floats], shapes: int) -> Floats:
    """Columns of what moves the outcome beside channels: as much as the weeks bear.

    One group: a base, then a trend, then waves of a year and of half a year from two years on. Several: a base for each, and each week of its own.
    """
    groups, weeks = seen.shape
    group, week = np.nonzero(seen)
    known = len(week)
    columns = [(group == each).astype(np.float64) for each in range(groups)]
    if groups > 1:
        columns += [(week == each).astype(np.float64) for each in range(1, weeks) if (week == each).any()]
    else:
        if known >= POINTS * (shapes + 2):
            columns.append(week / weeks - 0.5)
        if known >= max(2 * YEAR, POINTS * (shapes + 6)):
            for turns in (1, 2):
                angle = 2 * np.pi * turns * week / (365.25 / 7)
                columns += [np.sin(angle), np.cos(angle)]
    columns += [np.nan_to_num(np.asarray(each, dtype=np.float64))[seen] for each in controls]
    return np.array(columns).T


class _Sampler:
    """Draws of grid points and of what channels bring, as shares of the mean outcome, given the outcome.

    It knows no weeks but only how columns go along with each other and with the outcome; `places` are channel × point.
    """

    bare: float  # the square of the outcome
    along: Floats  # products of each column with the outcome
    between: Floats  # and of columns with each other
    sizes: Floats
    places: NDArray[np.int64]

    def __init__(
        self, wanted: Floats, columns: list[Floats], others: Floats, seen: NDArray[np.bool_]
    ) -> None:
        first = np.concatenate([[True], np.diff(np.nonzero(seen)[0]) > 0])
        self.free = len(wanted) - others.shape[1]
        self.places = np.arange(len(columns) * len(GRID)).reshape(len(columns), len(GRID))
        stacked = np.concatenate(columns)
        wanted_left, stacked_left = _beside(wanted, stacked, others)
        self._count(wanted_left, stacked_left)
        every = range(len(columns))
        places, parts = self._best(every)
        left = wanted_left - parts @ stacked_left[places]
        echo = float((left[1:] * left[:-1])[~first[1:]].sum() / max(float(left @ left), 1e-300))
        echo = min(max(echo, 0.0), 0.9)
        # noise that remembers would make few weeks look like many (Prais and Winsten 1954)
        whitened = (_whiten(each, echo, first) for each in (wanted, stacked, others.T))
        wanted, stacked, turned = whitened
        self._count(*_beside(wanted, stacked, turned.T))
        self.start = self._best(every)
        self.explained = 1 - self._left(*self.start) / self.bare

    def only(self, channels: Sequence[int]) -> None:
        """Forget all channels but these."""
        kept = self.places[list(channels)]
        self.along, self.sizes = self.along[kept.ravel()], self.sizes[kept.ravel()]
        self.between = self.between[np.ix_(kept.ravel(), kept.ravel())]
        self.places = np.arange(kept.size, dtype=np.int64).reshape(len(kept), -1)
        self.start = self._best(range(len(kept)))
        self.explained = 1 - self._left(*self.start) / self.bare

    def _count(self, wanted: Floats, stacked: Floats) -> None:
        self.bare = max(float(wanted @ wanted), 1e-12)
        self.along = stacked @ wanted
        self.between = stacked @ stacked.T
        self.sizes = np.maximum(np.diagonal(self.between), 1e-12)

    def _left(self, places: NDArray[np.int64], parts: Floats) -> float:
        """The square of what these parts do not explain."""
        between = self.between[np.ix_(places, places)]
        found = self.bare - 2 * float(parts @ self.along[places]) + float(parts @ between @ parts)
        return max(found, 1e-9 * self.bare)  # an outcome without noise would leave nothing to draw from

    def _beyond(self, at: int, places: NDArray[np.int64], parts: Floats) -> Floats:
        """How every point of one channel goes along with what all others leave."""
        rest = np.delete(np.arange(len(parts)), at)
        own = self.places[at]
        return np.asarray(self.along[own] - self.between[np.ix_(own, places[rest])] @ parts[rest])

    def _best(self, of: Sequence[int]) -> tuple[NDArray[np.int64], Floats]:
        """Points and parts, when channels take turns to explain the most of what others leave."""
        places, parts = self.places[:, 0].copy(), np.zeros(len(self.places))
        before = self.bare
        for _turn in range(30):
            for at in of:
                along, sizes = self._beyond(at, places, parts), self.sizes[self.places[at]]
                share = np.clip(along / sizes, 0, 1)
                point = int((share * (2 * along - share * sizes)).argmax())
                places[at], parts[at] = self.places[at, point], share[point]
            left = self._left(places, parts)
            if before - left <= 1e-9 * before:
                break
            before = left
        return np.asarray(places), parts

    def matters(self) -> list[bool]:
        """Per channel whether its curve explains more than its parameters cost (BIC; Schwarz 1978)."""
        every = list(range(len(self.places)))
        cost = SHAPES * np.log(max(self.free, 2))
        bare = [self._left(*self._best([each for each in every if each != at])) for at in every]
        return [bool(self.free * np.log(each / self._left(*self.start)) > cost) for each in bare]

    def draw(self, keep: int) -> tuple[NDArray[np.int64], Floats]:
        """Draws × channels: points of the grid, and shares of the mean outcome."""
        random = np.random.default_rng(SEED)
        places, parts = self.start[0].copy(), self.start[1].copy()
        kept_points = np.empty((keep, len(parts)), dtype=np.int64)
        kept_parts = np.empty((keep, len(parts)))
        for turn in range(-BEFORE, keep):
            noise = DOUBT * self._left(places, parts) / random.chisquare(max(self.free, 1))
            for at in range(len(parts)):
                most = max(1 - float(np.delete(parts, at).sum()), 1e-6)
                along = self._beyond(at, places, parts)
                point, parts[at] = _pick(along, self.sizes[self.places[at]], noise, most, random)
                places[at] = self.places[at, point]
            if turn >= 0:
                kept_points[turn], kept_parts[turn] = places % len(GRID), parts
        return kept_points, kept_parts


def _pick(
    along: Floats, size: Floats, noise: float, most: float, random: np.random.Generator
) -> tuple[int, float]:
    """A point of the grid with its share, from 0 to `most`, given all else."""
    mean, spread = along / size, np.sqrt(noise / size)
    low, high = -mean / spread, (most - mean) / spread
    # by the tail that is farther from 1, or nothing would be left of the difference
    turned = low > 0
    low, high = np.where(turned, -high, low), np.where(turned, -low, high)
    log_low, log_high = log_ndtr(low), log_ndtr(high)
    log_room = log_high + np.log1p(-np.exp(np.minimum(log_low - log_high, -1e-15)))
    weights = mean**2 / (2 * spread**2) + np.log(spread) + log_room
    chances = np.exp(weights - weights.max())
    point = int(random.choice(len(chances), p=chances / chances.sum()))
    log_where = np.logaddexp(log_low[point], np.log(random.uniform(1e-12, 1)) + log_room[point])
    away = float(ndtri_exp(min(log_where, 0.0)))
    share = float(mean[point]) + float(spread[point]) * (-away if turned[point] else away)
    return point, min(max(share, 0.0), most)


def _whiten(rows: Floats, echo: float, first: NDArray[np.bool_]) -> Floats:
    """Each week less what it has from the one before; the first of a group as it would be then."""
    before = np.roll(rows, 1, axis=-1)
    return np.where(first, rows * np.sqrt(1 - echo**2), rows - echo * before)


def _beside(wanted: Floats, stacked: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Both without what the others explain of them (Frisch and Waugh 1933)."""
    weights, turns = np.linalg.eigh(others.T @ others)
    kept = weights > 1e-10 * weights.max()  # what repeats others adds nothing
    basis = others @ (turns[:, kept] / np.sqrt(weights[kept]))
    return wanted - basis @ (basis.T @ wanted), stacked - (stacked @ basis) @ basis.T
