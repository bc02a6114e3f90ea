"""What is usual for figures of areas: bands learnt from their days, with the days that the calendar explains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from alerts import bands
from alerts.conditions import Band, Figure, Usual
from common.listing import listed
from common.periods import Grain, Period
from kpis.models import Metric
from kpis.selectors.seasons import daily
from organization.models import CalendarDay, CalendarEvent, Scope
from organization.selectors import company

YEARS = 3
GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH)  # in which bands are learnt
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Learnt:
    """`low` is None where too little is known, or nobody looks that way."""

    low: Decimal | None
    expected: Decimal | None
    high: Decimal | None
    known: int

    def band(self, marked: str) -> Band | None:
        return None if self.expected is None else Band(self.low, self.expected, self.high, marked)


def learn(
    scopes: Sequence[Scope], metric: Metric, grain: str, starts: Sequence[date], usuals: Sequence[Usual]
) -> dict[tuple[int, date, Usual], Learnt]:
    """By the scope's place in the list, the period's first day and the band. A query for each kind of area.

    Nothing for quarters and years, of which no history is long enough. Work grows with areas and three years of days.
    """
    if not scopes or not starts or not usuals or Grain(grain) not in GRAINS:
        return {}
    fiscal_start = company().fiscal_year_start
    last = Period(Grain(grain), max(starts), fiscal_start)
    begin = date(min(starts).year - YEARS, 1, 1)
    first = Period.containing(begin, Grain(grain), fiscal_start=fiscal_start)
    history = _by_period(_days(scopes, metric, first.start, last.end), first, last)
    study = bands.study(history, first=first, marks=marks_between(first.start, last.end))
    ordered = sorted(starts)
    terms = [bands.Terms(one_in, bands.Direction(direction)) for one_in, direction in usuals]
    found = {}
    for usual, told in zip(usuals, study.on_terms(ordered, terms), strict=True):
        for row in range(len(scopes)):
            for place, start in enumerate(ordered):
                band = told.at(row, place)
                found[row, start, usual] = Learnt(
                    _decimal(band.low),
                    _decimal(band.expected),
                    _decimal(band.high),
                    int(told.known[row, place]),
                )
    return found


def marks_between(first: date, last: date) -> list[bands.Mark]:
    """What the calendar says of these days: its events, and the holidays with the working days that make up for them."""
    events = CalendarEvent.objects.filter(first_day__lte=last, last_day__gte=first).order_by(
        "first_day", "code"
    )
    days = CalendarDay.objects.filter(day__range=(first, last)).order_by("day")
    return [
        *(bands.Mark(one.name, one.first_day, one.last_day, one.kind) for one in events),
        *(bands.Mark(one.name, one.day, one.day, "holiday") for one in days),
    ]


def put_bands(figure: Figure, learnt: Mapping[Usual, Learnt | None], marks: Sequence[bands.Mark]) -> Figure:
    """The figure with what was usual for it, and what of the calendar explains it."""
    stop = figure.stop or figure.start
    names = (one.name for one in bands.marks_on(marks, figure.start, stop))
    marked = listed(dict.fromkeys(names))
    found = [
        (usual, band)
        for usual, one in learnt.items()
        if one is not None and (band := one.band(marked)) is not None
    ]
    return replace(figure, bands=tuple(found))


def _days(scopes: Sequence[Scope], metric: Metric, first: date, last: date) -> tuple[Floats, Floats | None]:
    """Scopes × days above the line, and below it where there is one; NaN where nothing was reported."""
    areas = [{one: getattr(scope, one) for one in scope.node_ids()} for scope in scopes]
    above = _amounts(areas, Metric(numerator=metric.numerator, scale=metric.scale), first, last)
    if metric.denominator is None:
        return above, None
    return above, _amounts(areas, Metric(numerator=metric.denominator, scale=Decimal(1)), first, last)


def _amounts(areas: Sequence[Mapping[str, object]], metric: Metric, first: date, last: date) -> Floats:
    found = np.full((len(areas), (last - first).days + 1), np.nan)
    for row, at, amounts in daily(areas, metric, first, last):  # type: ignore[arg-type]  # nodes by dimension
        found[row, np.asarray(at)] = np.asarray(amounts)
    return found


def _by_period(days: tuple[Floats, Floats | None], first: Period, last: Period) -> Floats:
    """Scopes × periods: sums of the days that were reported, divided where there is something below the line."""
    begins, period = [], first
    while period.start <= last.start:
        begins.append((period.start - first.start).days)
        period = period.next()
    above, below = (None if part is None else _summed(part, begins) for part in days)
    assert above is not None
    if below is None:
        return above
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = above / below
    ratios[~np.isfinite(ratios)] = np.nan
    return ratios


def _summed(days: Floats, begins: Sequence[int]) -> Floats:
    known = np.isfinite(days)
    sums: Floats = np.add.reduceat(np.where(known, days, 0.0), begins, axis=1)
    sums[np.add.reduceat(known.astype(np.int64), begins, axis=1) == 0] = np.nan
    return sums


def _decimal(number: float) -> Decimal | None:
    return Decimal(repr(round(number, 6))) if math.isfinite(number) else None
