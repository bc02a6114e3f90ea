"""Figure dictionaries for Plotly, made from selector results. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from common.periods import Grain, Period
from dashboards.ahead_charts import Range, forecast_bars, interval, range_of
from dashboards.selectors import OverTime, Overview, Part, Spend
from dashboards.spans import Span
from kpis.models import Direction
from kpis.selectors import NO_FIGURE, Figure

SERIES = 6  # that can be told apart
COLOURS = 8  # of palette.py
BARS = 15  # as many as can be read beside each other
SLIM = 0.09  # of the room of all bars: two or three do not become walls
Values = tuple[Decimal | None, ...]


class Step(StrEnum):
    """The distance between two points of a line over time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


STEPS = {
    Grain.MONTH: (Step.DAY, Step.WEEK),
    Grain.QUARTER: (Step.WEEK, Step.DAY, Step.MONTH),
    Grain.YEAR: (Step.MONTH,),
}


@dataclass(frozen=True)
class Lines:
    """Along time: what was, what was planned, and what was a year before; None where nothing is known.

    `edge`: up to where a plan that is missed is a warning only (the other edge of the band under or over the plan).
    `original`: the plan as it was first set, empty where it never was another. `ahead`: what the days left will bring.
    """

    at: tuple[date, ...]
    actual: Values
    plan: Values
    last_year: Values
    step: Step
    edge: Values = ()
    original: Values = ()
    ahead: Range | None = None

    @property
    def empty(self) -> bool:
        return not any(value is not None for value in self.actual)

    @property
    def monthly(self) -> bool:
        return self.step == Step.MONTH


def steps_of(page: Overview) -> tuple[Step, ...]:
    """The steps that can be chosen, the usual one first."""
    return STEPS.get(page.period.grain, (Step.DAY,))  # type: ignore[call-overload, no-any-return]


def step_of(page: Overview) -> Step:
    offered = steps_of(page)
    return next((step for step in offered if step == page.step), offered[0])


def lines(page: Overview, code: str) -> Lines:
    """Revenue or cost over the period, by day, week or month."""
    figure = page.figure(code)
    if page.period.grain == Grain.YEAR:
        found = _by_month(page.over_time, page.period, code)
    else:
        found = _gathered(_by_day(page.over_time, page.period, code, figure), step_of(page))
    metric = page.metrics[code]
    share = metric.yellow_from
    lower = metric.direction == Direction.LOWER
    edge = tuple(
        None if due is None or not share else due / share if lower else due * share for due in found.plan
    )
    return replace(
        found, edge=edge, ahead=range_of(page, code, at=found.at, actual=found.actual, step=found.step.value)
    )


def _by_day(over_time: OverTime, period: Span, code: str, whole: Figure) -> Lines:
    days = (period.end - period.start).days + 1
    at = tuple(period.start + timedelta(days=number) for number in range(days))
    through = whole.through or period.start
    year_ago = period.last_year()

    def reported(day: date | None) -> Decimal | None:
        found = over_time.days.get(day) if day else None
        return found.of(code) if found else None

    def due(day: date) -> Decimal | None:
        month = over_time.months.get((code, day.replace(day=1)), NO_FIGURE).target
        if month is not None:
            return month / monthrange(day.year, day.month)[1]
        return whole.target / days if whole.target is not None else None

    def first_due(day: date) -> Decimal | None:
        key = code, day.replace(day=1)
        if key not in over_time.originals:
            return due(day)
        month = over_time.originals[key]
        return None if month is None else month / monthrange(day.year, day.month)[1]

    def year_before(day: date) -> date | None:
        if period.grain in (Grain.MONTH, Grain.QUARTER):
            return _year_before(day)
        return day - (period.start - year_ago.start)

    return Lines(
        at=at,
        actual=tuple(reported(day) if day <= through else None for day in at),
        plan=tuple(due(day) for day in at),
        last_year=tuple(reported(year_before(day)) for day in at),
        step=Step.DAY,
        original=tuple(first_due(day) for day in at) if _moved(over_time, code) else (),
    )


def _moved(over_time: OverTime, code: str) -> bool:
    """Whether any plan of the period was set anew."""
    return any(metric == code for metric, _month in over_time.originals)


def _gathered(days: Lines, step: Step) -> Lines:
    """Days summed up to weeks or months. A line ends with the last whole step, so that it does not seem to fall."""
    if step == Step.DAY:
        return days
    places: dict[date, list[int]] = {}
    for place, day in enumerate(days.at):
        first = day.replace(day=1) if step == Step.MONTH else day - timedelta(days=day.weekday())
        places.setdefault(max(first, days.at[0]), []).append(place)
    known = [place for place, value in enumerate(days.actual) if value is not None]
    newest = max(known, default=-1)

    def summed(values: Values, found: list[int], *, whole: bool = False) -> Decimal | None:
        if whole and found[-1] > newest:
            return None
        there = [value for place in found if (value := values[place]) is not None]
        return sum(there, Decimal(0)) if there else None

    if step == Step.WEEK:
        # Weeks that the period cuts through would stand there as a fall.
        whole = {first: group for first, group in places.items() if len(group) == 7}
        places = whole if len(whole) > 1 else places
    groups = list(places.values())
    return Lines(
        at=tuple(places),
        actual=tuple(summed(days.actual, group, whole=step == Step.WEEK) for group in groups),
        plan=tuple(summed(days.plan, group) for group in groups),
        last_year=tuple(summed(days.last_year, group) for group in groups),
        step=step,
        original=tuple(summed(days.original, group) for group in groups) if days.original else (),
    )


def _by_month(over_time: OverTime, period: Span, code: str) -> Lines:
    at = tuple(month.start for month in Period(Grain.YEAR, period.start, period.fiscal_start).months())

    def of(month: date) -> Figure:
        return over_time.months.get((code, month), NO_FIGURE)

    return Lines(
        at=at,
        actual=tuple(of(month).value for month in at),
        plan=tuple(of(month).target for month in at),
        last_year=tuple(of(month.replace(year=month.year - 1)).value for month in at),
        step=Step.MONTH,
        original=tuple(over_time.originals.get((code, month), of(month).target) for month in at)
        if _moved(over_time, code)
        else (),
    )


def _year_before(day: date) -> date | None:
    """None for 29 February: no day of the year before stands for it."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None


def over_time(drawn: Lines, *, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` of the traces: actual, plan, original, last_year, band, forecast. Actual by day or week is a line, by month bars (from
    zero); the original plan is dashed and lighter than the one that holds.
    """
    at = [day.isoformat() for day in drawn.at]
    traces = [
        _line(at, values, names[role], role)
        for role, values in (
            ("last_year", drawn.last_year),
            ("original", drawn.original),
            ("plan", drawn.plan),
        )
        if any(value is not None for value in values)
    ]
    if not drawn.monthly and any(value is not None for value in drawn.edge):
        # A pair: the second is filled up to the first.
        traces[:0] = [
            {**_line(at, values, names["band"], role), "meta": {"role": role}, "showlegend": False}
            for role, values in (("edge", drawn.edge), ("band", drawn.plan))
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
    if drawn.ahead is not None:
        name = names["forecast"]
        if drawn.monthly:
            traces.insert(0, forecast_bars(at, drawn.ahead, name))  # behind what is in already
        else:
            traces = [
                *interval(at, drawn.ahead, name),
                *traces,
                _line(at, drawn.ahead.mean, name, "forecast"),
            ]
    grain = {"grain": "month"} if drawn.monthly else {}
    mode = {"barmode": "overlay"} if drawn.monthly and drawn.ahead is not None else {}
    return {"data": traces, "layout": {**mode, "meta": {"unit": "money", "ground": True, **grain}}}


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
    return [None if value is None else round(float(value), 6) for value in values]


def spend(found: Spend, *, unit: str, others: str, rest: str) -> dict[str, Any]:
    """Stacked bars by month: the six largest parts, each in a colour of its own, then all others, then what is in none."""
    sizes: dict[int, Decimal] = {}
    for (_month, node_id), amount in found.amounts.items():
        sizes[node_id] = sizes.get(node_id, Decimal(0)) + amount
    ranked = sorted(found.nodes, key=lambda pk: (-sizes.get(pk, Decimal(0)), found.nodes[pk].label))
    shown, hidden = (ranked, []) if len(ranked) <= SERIES + 1 else (ranked[:SERIES], ranked[SERIES:])
    at = [month.isoformat() for month in found.months]
    labels = unique([found.nodes[pk].label for pk in shown])

    def of(pks: Sequence[int]) -> list[float | None]:
        sums = []
        for month in found.months:
            there = [found.amounts[month, pk] for pk in pks if (month, pk) in found.amounts]
            sums.append(sum(there, Decimal(0)) if there else None)
        return _floats(sums)

    colours = series_colours(shown, sorted(found.nodes))
    traces = [
        {
            "type": "bar",
            "x": at,
            "y": of([pk]),
            "name": label,
            "meta": {"role": "series", "series": colours[pk]},
        }
        for pk, label in zip(shown, labels, strict=True)
    ]
    for name, pks in ((others, hidden), (rest, [0] if 0 in sizes else [])):
        if pks:
            traces.append({"type": "bar", "x": at, "y": of(pks), "name": name, "meta": {"role": "last_year"}})
    return {"data": traces, "layout": {"barmode": "stack", "meta": {"unit": unit, "grain": "month"}}}


def series_colours(shown: Sequence[int], everybody: Sequence[int]) -> dict[int, int]:
    """A part's colour goes by its place among all, so that it is the same on every page; two never share one."""
    taken: dict[int, int] = {}
    for pk in sorted(shown):
        colour = everybody.index(pk) % COLOURS
        while colour in taken.values():
            colour = (colour + 1) % COLOURS
        taken[pk] = colour
    return taken


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
    labels = unique([part.node.label for part in parts])
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


def unique(labels: Sequence[str]) -> list[str]:
    """Two shops of one name stay two bars."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found
