"""Figure dictionaries for Plotly, made from selector results. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.periods import Grain, Period
from dashboards.selectors import OverTime, Overview, Part
from kpis.selectors import NO_FIGURE, Figure

BARS = 15  # as many as can be read beside each other
SLIM = 0.09  # of the room of all bars: two or three do not become walls
Values = tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Lines:
    """Along time: what was, what was planned, and what was a year before; None where nothing is known."""

    at: tuple[date, ...]
    actual: Values
    plan: Values
    last_year: Values
    monthly: bool

    @property
    def empty(self) -> bool:
        return not any(value is not None for value in self.actual)


def lines(page: Overview, code: str) -> Lines:
    """Revenue or cost by day of a month or quarter, by month of a year."""
    figure = page.figure(code)
    if page.period.grain == Grain.YEAR:
        return _by_month(page.over_time, page.period, code)
    return _by_day(page.over_time, page.period, code, figure)


def _by_day(over_time: OverTime, period: Period, code: str, whole: Figure) -> Lines:
    at = tuple(period.start + timedelta(days=number) for number in range(period.days))
    through = whole.through or period.start

    def reported(day: date | None) -> Decimal | None:
        found = over_time.days.get(day) if day else None
        value: Decimal | None = getattr(found, code) if found else None
        return value

    def due(day: date) -> Decimal | None:
        month = over_time.months.get((code, day.replace(day=1)), NO_FIGURE).target
        if month is not None:
            return month / monthrange(day.year, day.month)[1]
        return whole.target / period.days if whole.target is not None else None

    return Lines(
        at=at,
        actual=tuple(reported(day) if day <= through else None for day in at),
        plan=tuple(due(day) for day in at),
        last_year=tuple(reported(_year_before(day)) for day in at),
        monthly=False,
    )


def _by_month(over_time: OverTime, period: Period, code: str) -> Lines:
    at = tuple(month.start for month in period.months())

    def of(month: date) -> Figure:
        return over_time.months.get((code, month), NO_FIGURE)

    return Lines(
        at=at,
        actual=tuple(of(month).value for month in at),
        plan=tuple(of(month).target for month in at),
        last_year=tuple(of(month.replace(year=month.year - 1)).value for month in at),
        monthly=True,
    )


def _year_before(day: date) -> date | None:
    """None for 29 February: no day of the year before stands for it."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None


def over_time(drawn: Lines, *, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` of the traces: actual, plan, last_year. Actual by day is a line, by month bars (from zero)."""
    at = [day.isoformat() for day in drawn.at]
    traces = [
        _line(at, values, names[role], role)
        for role, values in (("last_year", drawn.last_year), ("plan", drawn.plan))
        if any(value is not None for value in values)
    ]
    if drawn.monthly:
        actual = {
            "type": "bar",
            "x": at,
            "y": _floats(drawn.actual),
            "name": names["actual"],
            "meta": {"role": "actual"},
        }
        traces.insert(0, actual)
    else:
        traces.append(_line(at, drawn.actual, names["actual"], "actual"))
    grain = {"grain": "month"} if drawn.monthly else {}
    return {"data": traces, "layout": {"meta": {"unit": "money", "ground": True, **grain}}}


def _line(at: list[str], values: Values, name: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": at,
        "y": _floats(values),
        "name": name,
        "connectgaps": False,
        "meta": {"role": role, "label": True},
    }


def _floats(values: Sequence[Decimal | None]) -> list[float | None]:
    return [None if value is None else round(float(value), 2) for value in values]


def bars_of(parts: Sequence[Part], code: str) -> list[Part]:
    """The parts that a bar chart shows: those with a value, the farthest behind plan where there are too many,
    the largest value on top (that is last, as Plotly counts)."""
    known = [part for part in parts if part.figure(code).value is not None]
    if len(known) > BARS:
        far = sorted(known, key=lambda part: part.figure(code).attainment or Decimal(99))
        known = far[:BARS]
    return sorted(known, key=lambda part: part.figure(code).value or Decimal(0))


def bars(parts: Sequence[Part], code: str, *, unit: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Lying bars from zero, a tick where the plan is. `names` of the traces: actual, plan."""
    labels = _unique([part.node.label for part in parts])
    planned = [
        (label, part.figure(code).target)
        for label, part in zip(labels, parts, strict=True)
        if part.figure(code).target is not None
    ]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": labels,
            "x": _floats([part.figure(code).value for part in parts]),
            "name": names["actual"],
            "width": round(min(0.65, SLIM * len(labels)), 3),
            "meta": {"role": "actual"},
        }
    ]
    if planned:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "orientation": "h",
                "y": [label for label, _target in planned],
                "x": _floats([target for _label, target in planned]),
                "name": names["plan"],
                "marker": {"symbol": "line-ns-open", "size": 15, "line": {"width": 2}},
                "meta": {"role": "plan"},
            }
        )
    return {"data": data, "layout": {"meta": {"unit": unit, "axis": "x"}}}


def _unique(labels: Sequence[str]) -> list[str]:
    """Two shops of one name stay two bars."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found
