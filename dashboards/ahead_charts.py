"""What the days left of an open period will bring, as charts over time draw it. No database, no words, no colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.periods import Grain
from dashboards.selectors import Overview
from kpis.selectors import NO_FIGURE

Values = tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Range:
    """What is expected where a line has not arrived yet, with the ends of its interval; None elsewhere. It begins where
    the line ends; where bars are drawn, with the bar that is under way, what is in already included.
    """

    mean: Values
    low: Values
    high: Values


def range_of(page: Overview, code: str, *, at: Sequence[date], actual: Values, step: str) -> Range | None:
    """The pieces of the forecast at the points `at` of a line by `step`, on top of what is in of them already. None
    where there is none, or where what is in is not known to the same day.
    """
    told = page.ahead.get(code)
    pieces = told.pieces.get(step, ()) if told is not None else ()
    if told is None or not pieces:
        return None
    values: dict[date, tuple[Decimal, Decimal, Decimal]] = {}
    for piece in pieces:
        point = max(_begin(piece.first, step), page.period.start)
        if point not in at:
            continue  # a week that the period cuts through
        known = _known(page, code, step, point, told.through)
        if known is None:
            return None
        values[point] = (known + piece.low, known + piece.mean, known + piece.high)
    if step != "month":
        last = max((place for place, value in enumerate(actual) if value is not None), default=-1)
        value = actual[last] if last >= 0 else None
        if value is not None and at[last] not in values:
            values[at[last]] = (value, value, value)
    low, mean, high = (
        tuple(values[one][place] if one in values else None for one in at) for place in range(3)
    )
    return Range(mean=mean, low=low, high=high)


def _begin(day: date, step: str) -> date:
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _known(page: Overview, code: str, step: str, first: date, through: date) -> Decimal | None:
    """What is in already of the step that begins here; None where that is not known to the same day."""
    if first > through or step == "day":
        return Decimal(0)
    if page.period.grain == Grain.YEAR:
        month = page.over_time.months.get((code, first), NO_FIGURE)
        return month.value if month.through == through else None
    days = page.over_time.days
    whole = (first + timedelta(days=n) for n in range((through - first).days + 1))
    amounts = (days[day].of(code) for day in whole if day in days)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def interval(at: Sequence[str], ahead: Range, name: str) -> list[dict[str, Any]]:
    """A pair of lines with the interval between them."""
    return [
        {
            "type": "scatter",
            "x": list(at),
            "y": [_float(value) for value in values],
            "name": name,
            "connectgaps": False,
            "showlegend": False,
            "meta": {"role": role},
        }
        for role, values in (("least", ahead.low), ("most", ahead.high))
    ]


def forecast_bars(at: Sequence[str], ahead: Range, name: str) -> dict[str, Any]:
    """Each a whole period, of which a part may be in already, with its interval. With all points of the axis, since a
    bar is as wide as points lie apart.
    """

    def away(ends: Values) -> list[float | None]:
        return [
            None if end is None or mean is None else _float(abs(end - mean))
            for end, mean in zip(ends, ahead.mean, strict=True)
        ]

    return {
        "type": "bar",
        "x": list(at),
        "y": [_float(mean) for mean in ahead.mean],
        "name": name,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": away(ahead.high),
            "arrayminus": away(ahead.low),
            "thickness": 1.5,
            "width": 4,
        },
        "meta": {"role": "forecast"},
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 2)
