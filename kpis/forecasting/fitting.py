"""A history taken apart into week, year, events and level; and put together again for days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from kpis.forecasting import events as event_days
from kpis.forecasting import levels, outlying, season
from kpis.forecasting.events import EventFactors, Events
from kpis.forecasting.history import YEAR, Bools, Floats, History, Ints, numbers, regular, to_date, weekdays
from kpis.forecasting.levels import Level
from kpis.forecasting.shrinking import robust_sd
from kpis.forecasting.values import PERCENTS, DayAhead, EventDays, Forecast, Outlier, TooLittle

LEAST_DAYS, LEAST_DAYS_OF_MONTHS = 56, 182
GROWTH_TO_COME = 0.10  # how far a year's growth strays from the years before (a logarithm)
PRIOR = 4.0  # windows that the model's own error counts for, beside the errors seen
WIDEST = 1.5
NOTHING = 1e-9  # beside the usual day


@dataclass(frozen=True)
class Fitted:
    """One history, ready for any days ahead."""

    history: History
    scale: float
    signed: bool  # has amounts below zero
    shaped: bool  # has factors: amounts below zero are the exception
    aside: Bools
    expected: Floats
    week: Floats
    wave: Floats
    events: Events
    factors: EventFactors
    due: Floats  # factors by day of the history
    amounts: Floats  # by day, in `scale`; zero where not known
    known: Bools
    blocks: Floats  # level by block
    level: Level | None  # None: every amount was zero

    def outliers(self) -> list[Outlier]:
        """Oldest first. A week or month of a coarser source is one."""
        found = np.flatnonzero(self.aside)
        if self.history.coarse:
            inside = [(start, end) for start, end in pairwise(self.history.starts) if self.aside[start]]
        else:
            inside = [(day, day + 1) for day in found]
        return [
            Outlier(
                to_date(self.history.days[start]),
                to_date(self.history.days[end - 1]),
                float(np.nansum(self.history.values[start:end])),
                float(np.nansum(self.expected[start:end])),
            )
            for start, end in inside
        ]

    def usual(self) -> tuple[Ints, Floats]:
        """The days of the history and their amounts, what is set aside replaced by what was expected; gaps NaN."""
        return self.history.days, np.where(self.aside, self.expected, self.history.values)

    def total(self, days: Sequence[date]) -> Forecast:
        """Raises ValueError unless the days follow each other and come after the history."""
        ahead = numbers(days)
        if not len(ahead) or (np.diff(ahead) != 1).any():
            raise ValueError("The days ahead follow each other, at least one.")
        if ahead[0] <= self.history.last:
            raise ValueError("A day ahead is known already.")
        if self.level is None:
            nothing = [DayAhead(day, *[0.0] * 6) for day in days]
            return Forecast(0.0, (0.0,) * len(PERCENTS), tuple(nothing))
        means, places = self._means(ahead, self.level)
        mean = float(means.sum())
        error, freedom = self._error(ahead, means, places, self.level)
        return self._forecast(days, means, mean, error, freedom)

    def _means(self, ahead: Ints, level: Level) -> tuple[Floats, event_days.Places]:
        places = self.events.places(ahead)
        due = self.week[weekdays(ahead)] * season.year_factors(ahead, self.wave) * self.factors.of(places)
        base = float(level.path[-1])
        if not self.signed:
            base = max(base, 0.0)
        return due * base * level.grown((ahead - self.history.last).astype(np.float64)), places

    def _error(
        self, ahead: Ints, means: Floats, places: event_days.Places, level: Level
    ) -> tuple[float, float]:
        """Standard deviation of the total, in `scale`, and the degrees of freedom behind it."""
        base = self._base(float(means.sum()), len(ahead))
        if base == 0:
            return 0.0, PRIOR
        seen, windows = self._errors_seen(ahead, level)
        modelled = self._error_modelled(ahead, level)
        enough = windows if len(seen) >= 4 else 0.0
        usual = robust_sd(seen)
        clipped = np.clip(seen, -4 * usual, 4 * usual) if usual > 0 else seen
        variance = PRIOR * modelled + (
            enough * float(np.mean(clipped**2)) * (1 + 1 / enough) if enough else 0.0
        )
        variance /= PRIOR + enough
        variance *= 1 + (2 + 0.7 * np.count_nonzero(self.wave)) / len(self.blocks)
        years = float(np.mean(ahead) - self.history.last) / YEAR
        variance += (GROWTH_TO_COME**2 + level.growth_error**2) * years**2
        for code in range(len(places.codes)):
            part = float(means[places.core & (places.code == code)].sum()) / base
            variance += (part * float(self.factors.error[code])) ** 2
        return base * float(np.sqrt(variance)), PRIOR + enough

    def _base(self, total: float, days: int) -> float:
        """What errors are shares of: the total, but for amounts around zero their usual size."""
        return abs(total) if self.shaped else max(abs(total), days * float(np.abs(self.blocks).mean()))

    def _errors_seen(self, ahead: Ints, level: Level) -> tuple[Floats, float]:
        """What forecasts from the end of each earlier block would have been off by, as shares, over as many days after
        as long a wait; and how many of these windows do not overlap."""
        history = self.history
        wait, length = int(ahead[0]) - history.last - 1, len(ahead)
        due = np.concatenate([[0.0], np.cumsum(np.where(self.known, self.due, 0.0))])
        came = np.concatenate([[0.0], np.cumsum(self.amounts)])
        known = np.concatenate([[0], np.cumsum(self.known)])
        blocks = np.arange(max(6 if history.block_days < 10 else 3, len(self.blocks) // 6), len(self.blocks))
        begin = history.starts[blocks] + wait
        inside = begin + length <= len(self.amounts)
        blocks, begin = blocks[inside], begin[inside]
        end = begin + length
        grown = float(np.mean(level.grown((ahead - history.last).astype(np.float64))))
        thought = level.path[blocks - 1] * grown * (due[end] - due[begin])
        usable = (known[end] - known[begin] >= length / 2) & (np.abs(thought) > 1e-9)
        thought, actual = thought[usable], (came[end] - came[begin])[usable]
        if not len(thought):
            return np.zeros(0), 0.0
        size = np.abs(thought)
        if not self.shaped:
            size = np.maximum(size, length * float(np.abs(self.blocks).mean()))
        return (actual - thought) / size, len(thought) * min(1.0, history.block_days / length)

    def _error_modelled(self, ahead: Ints, level: Level) -> float:
        """Variance of the mean over the days, as a share, by the local level model behind exponential smoothing
        (Hyndman et al. 2008, ch. 6): each block surprises anew, and `alpha` of each surprise stays."""
        last, history = float(np.abs(level.path[-13:]).mean()), self.history
        if last == 0:
            return 1.0
        surprise = (self.blocks[1:] - level.path[:-1]) / max(last, float(np.abs(self.blocks).mean()) / 10)
        usual = robust_sd(surprise)
        one = float(np.mean(np.clip(surprise, -3.5 * usual, 3.5 * usual) ** 2)) if usual > 0 else 0.0
        length = len(ahead) / history.block_days
        wait = (int(ahead[0]) - history.last - 1) / history.block_days
        alpha, whole = level.alpha, max(1.0, length)
        within = whole + alpha * whole * (whole - 1) + alpha**2 * (whole - 1) * whole * (2 * whole - 1) / 6
        return one * (alpha**2 * wait + within / whole**2 / min(1.0, length))

    def _forecast(
        self, days: Sequence[date], means: Floats, mean: float, error: float, freedom: float
    ) -> Forecast:
        from scipy.special import stdtrit

        steps = stdtrit(freedom, np.array(PERCENTS) / 100)

        def spread(middle: Floats, deviation: Floats) -> Floats:
            """Percentiles, a row per amount; amounts that are never negative lean to the right (log-normal)."""
            if self.signed:
                return np.asarray(middle[:, None] + deviation[:, None] * steps)
            share = np.divide(deviation, middle, out=np.zeros_like(middle), where=middle > 0)
            width = np.minimum(np.sqrt(np.log1p(share**2)), WIDEST)
            return np.asarray((middle * np.exp(-(width**2) / 2))[:, None] * np.exp(width[:, None] * steps))

        single = self._noise_of_days() * np.abs(means)
        alone = np.cumsum(single**2)
        # What days do not share averages out; the rest moves them all, and is what the total's error leaves.
        alone *= min(1.0, error**2 / alone[-1]) if alone[-1] > 0 else 1.0
        running, size = np.cumsum(means), np.cumsum(np.abs(means))
        shared = np.sqrt(max(0.0, error**2 - float(alone[-1]))) / size[-1] if size[-1] > 0 else 0.0
        by_day = spread(means, np.sqrt(single**2 + (shared * means) ** 2)) * self.scale
        up_to = spread(running, np.sqrt(alone + (shared * size) ** 2)) * self.scale
        rows = zip(
            days, means * self.scale, by_day[:, [9, 89]], running * self.scale, up_to[:, [9, 89]], strict=True
        )
        return Forecast(
            mean * self.scale,
            tuple(float(value) for value in up_to[-1]),
            tuple(
                DayAhead(day, float(one), float(low), float(high), float(sofar), float(least), float(most))
                for day, one, (low, high), sofar, (least, most) in rows
            ),
        )

    def _noise_of_days(self) -> float:
        """How far a single day strays from what is expected of it, as a share."""
        assert self.level is not None
        history = self.history
        thought = np.repeat(self.level.path, np.diff(history.starts)) * self.due[history.starts[0] :]
        recent = self.known[history.starts[0] :] & (thought > 1e-9)
        recent[: max(0, len(recent) - 740)] = False
        if not recent.any():
            return 1.0
        return robust_sd(self.amounts[history.starts[0] :][recent] / thought[recent] - 1)


def fit(history: pd.Series[float], events: Sequence[EventDays] = ()) -> Fitted | TooLittle:
    """`history` has a row per day, in any order; NaN or no row where nothing was reported."""
    row = regular(history)
    if row is None:
        return TooLittle("empty", LEAST_DAYS, 0)
    if len(row.starts) < 2:
        return TooLittle("short", LEAST_DAYS, int(row.known.sum()))
    needed = LEAST_DAYS if row.block_days < 10 else LEAST_DAYS_OF_MONTHS
    seen = row.by_block(row.known.astype(np.float64)) > 0
    enough = int(np.diff(row.starts)[seen].sum())
    if enough < needed:
        return TooLittle("short", needed, enough)
    return _take_apart(row, Events.of(events))


def _take_apart(history: History, events: Events) -> Fitted:
    known = history.known
    size = np.abs(history.values[known])
    scale = float(np.median(size[size > 0])) if size.any() else 0.0  # a slip of a billion moves no median
    values = history.values / (scale or 1.0)
    values[np.abs(values) < NOTHING] = 0.0
    places = events.places(history.days)
    factors, nowhere = event_days.unknown(places), np.zeros(len(values), dtype=np.bool_)
    gains, losses = float(values[known].clip(min=0).sum()), float(-values[known].clip(max=0).sum())
    shaped = gains > 0 and losses < 0.05 * gains
    aside, expected = nowhere, np.full(len(values), np.nan)
    if shaped:
        aside, expected = outlying.find(replace(history, values=values), places)
    known = known & ~aside
    amounts = np.where(known, np.nan_to_num(values), 0.0)
    week, wave, due = np.ones(7), np.zeros(2), np.ones(len(values))
    sizes = np.diff(history.starts)
    if shaped:
        week = season.week_factors(history, amounts, known & ~places.core)
        weekly = week[weekdays(history.days)]
        eventful = np.ones(len(values))
        # Season and events explain each other's days: first the year without events, then each given the other.
        for used in (known & ~places.core, known):
            covered = history.by_block(np.where(used, weekly * eventful, 0.0))
            level = np.divide(
                history.by_block(np.where(used, amounts, 0.0)),
                covered,
                out=np.zeros(len(sizes)),
                where=covered > 0,
            )
            weight = np.minimum(1.0, covered / sizes)
            wave = season.learn_year(history, level, np.where(weight < 0.3, 0.0, weight))
            yearly = weekly * season.year_factors(history.days, wave)
            factors = event_days.learn(history, amounts, known, yearly, places)
            eventful = factors.of(places)
        due = yearly * eventful
    covered = history.by_block(np.where(known, due, 0.0))
    some = covered > 0.3 * sizes
    if not some.any():
        some = covered > 0
    place = np.arange(len(sizes))
    blocks = np.zeros(len(sizes))
    if some.any():
        blocks = np.interp(place, place[some], history.by_block(amounts)[some] / covered[some])
    return Fitted(
        history, scale, bool((values[~np.isnan(values)] < 0).any()), shaped, aside, expected * scale, week, wave, events,
        factors, due, amounts, known, blocks,
        levels.learn(blocks, history.block_days) if scale > 0 else None,
    )  # fmt: skip
