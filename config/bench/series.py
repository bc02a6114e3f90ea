"""Made series of which everything is known, by family, and troubles to plant in them. Seeded.

Each is three years of days, of which the first two are history. All shares are of the level; a spread is what a
normal distribution's standard deviation would be (for Student's t, by its quartiles).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from alerts.bands import Mark
from organization.calendars import events_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FIRST = date(2023, 7, 3)  # a Monday
DAYS, HISTORY = 1096, 731
AFTER_SHIFT = 14  # days after a shift of the level that are no ordinary days: to be told of them is right
T3_QUARTILE = 0.7649 / 0.6745  # the quartile of Student's t with 3 degrees over a normal one's


@dataclass(frozen=True)
class Made:
    """Arrays are series × days. `spread` is the noise's own size on each day, `ordinary` whether the day is one on
    which an alarm would be false."""

    values: Floats
    spread: Floats
    ordinary: Bools


Maker = Callable[[np.random.Generator, int], Made]


def days() -> list[date]:
    return [FIRST + timedelta(days=day) for day in range(DAYS)]


def calendar() -> list[Mark]:
    """The Spring Festival with the fortnights around it, 618 and 11.11."""
    return [
        Mark(
            one.name, one.first_day, one.last_day, one.kind, *((15, 14) if one.kind == "holiday" else (1, 2))
        )
        for year in range(FIRST.year, FIRST.year + 4)
        for one in events_of(year)
    ]


# -- Pieces -----------------------------------------------------------------------------------------


def _week(draw: np.random.Generator, count: int) -> Floats:
    factors = np.exp(0.2 * draw.standard_normal((count, 7)))
    return factors[:, np.arange(DAYS) % 7]


def _year(draw: np.random.Generator, count: int, swing: float = 0.25) -> Floats:
    turn = 2 * np.pi * np.arange(DAYS) / 365.2425
    size = np.zeros((count, DAYS))
    for wave in (1, 2, 3):
        size += (swing / wave) * np.sin(wave * turn + draw.uniform(0, 2 * np.pi, (count, 1)))
    return np.exp(size)


def _growth(draw: np.random.Generator, count: int, most: float = 0.5) -> Floats:
    a_year = np.log1p(draw.uniform(-most / 2, most, (count, 1)))
    return np.exp(a_year * np.arange(DAYS) / 365.2425)


def _events(draw: np.random.Generator, count: int) -> Floats:
    """What the marked days do: the festival empties shops, promotions fill them."""
    factors = np.ones((count, DAYS))
    loss, gain = draw.uniform(0.3, 0.9, count), draw.uniform(0.2, 2.0, count)
    for mark in calendar():
        begin = (mark.first_day - FIRST).days - mark.before
        part = slice(max(0, begin), max(0, (mark.last_day - FIRST).days + mark.after + 1))
        factors[:, part] = (1 - loss if mark.kind == "holiday" else 1 + gain)[:, None]
    return factors


def _level(draw: np.random.Generator, count: int) -> Floats:
    """From a small shop's tens to a company's millions."""
    return np.asarray(10 ** draw.uniform(1.5, 6, (count, 1)))


def _noisy(draw: np.random.Generator, usual: Floats, noise: float = 0.12, *, heavy: bool = False) -> Made:
    if heavy:
        share = noise * draw.standard_t(3, usual.shape) / T3_QUARTILE
        values = np.maximum(usual * (1 + share), 0)
    else:
        values = usual * np.exp(noise * draw.standard_normal(usual.shape))
    return Made(values, noise * usual, np.ones(usual.shape, dtype=np.bool_))


# -- Families ---------------------------------------------------------------------------------------


def _weekday(draw: np.random.Generator, count: int) -> Made:
    return _noisy(draw, _level(draw, count) * _week(draw, count))


def _season(draw: np.random.Generator, count: int) -> Made:
    return _noisy(draw, _level(draw, count) * _week(draw, count) * _year(draw, count))


def _trend(draw: np.random.Generator, count: int) -> Made:
    return _noisy(draw, _level(draw, count) * _week(draw, count) * _growth(draw, count))


def _heavy(draw: np.random.Generator, count: int) -> Made:
    return _noisy(draw, _level(draw, count) * _week(draw, count), heavy=True)


def _holidays(draw: np.random.Generator, count: int) -> Made:
    return _noisy(draw, _level(draw, count) * _week(draw, count) * _events(draw, count))


def _shifts(draw: np.random.Generator, count: int) -> Made:
    """One and a half a year, each of 4 to 8 spreads."""
    shifted = draw.random((count, DAYS)) < 1.5 / 365
    size = draw.choice([-1, 1], (count, DAYS)) * draw.uniform(4, 8, (count, DAYS)) * 0.12
    level = _level(draw, count) * np.exp(np.cumsum(shifted * size, axis=1))
    made = _noisy(draw, level * _week(draw, count))
    sums = np.cumsum(shifted, axis=1)
    before = np.pad(sums, ((0, 0), (AFTER_SHIFT, 0)))[:, :DAYS]
    return Made(made.values, made.spread, sums == before)


def _counts(draw: np.random.Generator, count: int) -> Made:
    """Orders of a small shop: half a one to eight a day."""
    usual = np.exp(draw.uniform(np.log(0.5), np.log(8), (count, 1))) * _week(draw, count)
    return Made(draw.poisson(usual).astype(np.float64), np.sqrt(usual), np.ones(usual.shape, dtype=np.bool_))


def _zeros(draw: np.random.Generator, count: int) -> Made:
    """A large order now and then: on 5 to 40 of 100 days."""
    chance = draw.uniform(0.05, 0.4, (count, 1))
    size = _level(draw, count) * np.exp(0.6 * draw.standard_normal((count, DAYS)))
    values = np.where(draw.random((count, DAYS)) < chance, size, 0.0)
    spread = np.broadcast_to(values.std(axis=1, keepdims=True), values.shape)
    return Made(values, spread, np.ones(values.shape, dtype=np.bool_))


def _wandering(draw: np.random.Generator, count: int) -> Made:
    level = _level(draw, count) * np.exp(np.cumsum(0.02 * draw.standard_normal((count, DAYS)), axis=1))
    return _noisy(draw, level * _week(draw, count))


def _profit(draw: np.random.Generator, count: int) -> Made:
    """Goes below zero."""
    size = _level(draw, count)
    values = size * (_week(draw, count) - 0.8 + 0.5 * draw.standard_t(5, (count, DAYS)))
    spread = np.broadcast_to(0.5 * size, values.shape)
    return Made(values, spread, np.ones(values.shape, dtype=np.bool_))


def _everything(draw: np.random.Generator, count: int) -> Made:
    usual = _level(draw, count) * _week(draw, count) * _year(draw, count) * _growth(draw, count)
    return _noisy(draw, usual * _events(draw, count), heavy=True)


FAMILIES: dict[str, Maker] = {
    "weekday": _weekday,
    "season of the year": _season,
    "trend": _trend,
    "heavy tails (t, 3 degrees)": _heavy,
    "holidays and promotions": _holidays,
    "shifts of the level": _shifts,
    "small counts": _counts,
    "mostly zeros": _zeros,
    "wandering level": _wandering,
    "below zero": _profit,
    "week, year, trend, heavy tails, holidays": _everything,
}


def make(family: str, seed: int, count: int) -> Made:
    return FAMILIES[family](np.random.default_rng([seed, zlib.crc32(family.encode())]), count)


# -- Troubles ---------------------------------------------------------------------------------------

TROUBLE_DAYS = 14
SIZE = 5.0  # spreads


def _drop(made: Made, at: slice) -> Floats:
    return made.values[:, at] - SIZE * made.spread[:, at]


def _spike(made: Made, at: slice) -> Floats:
    only = np.zeros(TROUBLE_DAYS)
    only[0] = 1
    return made.values[:, at] + only * SIZE * made.spread[:, at]


def _drift(made: Made, at: slice) -> Floats:
    """Half a spread more each day."""
    return made.values[:, at] - 0.5 * np.arange(1, TROUBLE_DAYS + 1) * made.spread[:, at]


def _outage(made: Made, at: slice) -> Floats:
    return np.zeros_like(made.values[:, at])


DROP, SPIKE = "drop by 5 spreads", "spike of one day, 5 spreads"
DRIFT, OUTAGE = "drift down, half a spread a day", "outage to zero"
TROUBLES: dict[str, Callable[[Made, slice], Floats]] = {
    DROP: _drop,
    SPIKE: _spike,
    DRIFT: _drift,
    OUTAGE: _outage,
}


def with_trouble(made: Made, trouble: str, day: int) -> Floats:
    """The values with a trouble from this day on; what cannot go below zero does not."""
    values = made.values.copy()
    at = slice(day, day + TROUBLE_DAYS)
    values[:, at] = TROUBLES[trouble](made, at)
    with np.errstate(invalid="ignore"):
        return values if (made.values < 0).any() else np.maximum(values, 0)
