"""How money burns, as figures for Plotly. No database, no words, no colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from budgets.burn import ZERO, Burn

DAILY = 131  # days up to which each is a point of its own


@dataclass(frozen=True)
class Course:
    """Running sums at the end of each day: the plan, what was spent, and what lies ahead with the ends of its range."""

    at: tuple[date, ...]
    plan: tuple[Decimal, ...]
    actual: tuple[Decimal | None, ...]
    mean: tuple[Decimal | None, ...]
    low: tuple[Decimal | None, ...]
    high: tuple[Decimal | None, ...]


def course(planned: Sequence[tuple[date, Decimal]], spent: Mapping[date, Decimal], burn: Burn) -> Course:
    """`planned`: each day's plan, ascending; `spent`: what a day cost. Of long periods each week is a point."""
    step = 1 if len(planned) <= DAILY else 7
    kept = [at for at, (day, _plan) in enumerate(planned) if at % step == 0 or day == burn.by]
    if planned and kept[-1] != len(planned) - 1:
        kept.append(len(planned) - 1)
    due, gone = ZERO, ZERO
    plan: list[Decimal] = []
    actual: list[Decimal | None] = []
    ahead: list[tuple[Decimal, Decimal, Decimal] | None] = []
    chosen = set(kept)
    for place, (day, amount) in enumerate(planned):
        due += amount
        gone += spent.get(day, ZERO)
        if place not in chosen:
            continue
        plan.append(due)
        actual.append(gone if day <= burn.by else None)
        ahead.append(_ahead(burn, day))
    low, mean, high = (tuple(one[end] if one is not None else None for one in ahead) for end in range(3))
    return Course(tuple(planned[at][0] for at in kept), tuple(plan), tuple(actual), mean, low, high)


def _ahead(burn: Burn, day: date) -> tuple[Decimal, Decimal, Decimal] | None:
    """On the straight way from what is spent to the forecast; the range widens as errors of single days add up."""
    if burn.forecast is None or day < burn.by or burn.days_left <= 0:
        return None
    part = min(Decimal((day - burn.by).days) / burn.days_left, Decimal(1))
    mean = burn.spent_by + (burn.forecast.mean - burn.spent_by) * part
    wide = part.sqrt()
    return (
        mean - (burn.forecast.mean - burn.forecast.low) * wide,
        mean,
        mean + (burn.forecast.high - burn.forecast.mean) * wide,
    )


def burn_chart(drawn: Course, names: Mapping[str, str]) -> dict[str, Any]:
    """`names`: plan, actual, forecast."""
    at = [day.isoformat() for day in drawn.at]
    traces: list[dict[str, Any]] = []
    if any(value is not None for value in drawn.mean):
        traces += [
            {**_line(at, values, names["forecast"], role), "showlegend": False}
            for role, values in (("least", drawn.low), ("most", drawn.high))
        ]
    traces.append(_line(at, drawn.plan, names["plan"], "plan"))
    traces.append(_line(at, drawn.actual, names["actual"], "actual"))
    if any(value is not None for value in drawn.mean):
        traces.append(_line(at, drawn.mean, names["forecast"], "forecast"))
    return {"data": traces, "layout": {"meta": {"unit": "money", "ground": True}}}


def _line(at: list[str], values: Sequence[Decimal | None], name: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": at,
        "y": [None if value is None else round(float(value), 2) for value in values],
        "name": name,
        "connectgaps": False,
        "meta": {"role": role, "label": role in ("plan", "actual", "forecast")},
    }


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall. `whole`: it stands on the ground; else it begins where the one before ended."""

    name: str
    amount: Decimal
    whole: bool = False


def waterfall(steps: Sequence[Step]) -> dict[str, Any]:
    """Lying bars from the original budget to what is left; what adds and what takes are apart in colour and direction."""
    level = ZERO
    bars: dict[str, list[tuple[str, float, float]]] = {"whole": [], "more": [], "less": []}
    for step in steps:
        if step.whole:
            level = step.amount
            bars["whole"].append((step.name, 0.0, _float(level)))
            continue
        begin, level = level, level + step.amount
        kind = "more" if step.amount >= 0 else "less"
        bars[kind].append((step.name, _float(min(begin, level)), _float(abs(step.amount))))
    roles: dict[str, dict[str, Any]] = {
        "whole": {"role": "actual"},
        "more": {"role": "series", "series": 0},
        "less": {"role": "series", "series": 1},
    }
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [name for name, _base, _size in found],
            "x": [size for _name, _base, size in found],
            "base": [base for _name, base, _size in found],
            "width": 0.6,
            "meta": roles[kind],
        }
        for kind, found in bars.items()
        if found
    ]
    order = [step.name for step in reversed(steps)]
    return {
        "data": traces,
        "layout": {
            "barmode": "overlay",
            "meta": {"unit": "money", "axis": "x"},
            "yaxis": {"categoryorder": "array", "categoryarray": order},
        },
    }


def _float(value: Decimal) -> float:
    return round(float(value), 2)
