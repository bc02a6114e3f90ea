"""A year of targets beside what was reached, as a figure for Plotly. No database, no words, no colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kpis.models import Metric
from kpis.selectors.outlook import Ahead
from kpis.selectors.target_history import YearMonth


def year(
    months: Sequence[YearMonth],
    metric: Metric,
    *,
    names: Mapping[str, str],
    ahead: Mapping[date, Ahead] | None = None,
) -> dict[str, Any] | None:
    """Actual as bars from zero (a line, for what does not add up), the target that holds as a thin dark line, the
    original one dashed and lighter where it differs, months `ahead` (by their first days) hatched with their intervals.
    `names`: actual, plan, original, forecast. None where nothing is known.
    """
    if not any(one.value is not None or one.target is not None for one in months):
        return None
    at = [one.period.start.isoformat() for one in months]
    actual: dict[str, Any] = {
        "x": at,
        "y": [_float(one.value) for one in months],
        "name": names["actual"],
        "meta": {"role": "actual"},
    }
    if metric.additive:
        actual["type"] = "bar"
    else:
        actual |= {"type": "scatter", "mode": "lines+markers", "connectgaps": False}
        actual["meta"]["label"] = True
    told = {day: one for day, one in (ahead or {}).items() if one.mean is not None}
    # What is in already stands before the whole of it.
    data = [*([_forecast(at, told, names["forecast"])] if told else []), actual]
    if any(one.moved for one in months):
        data.append(_line(at, [_float(one.original) for one in months], names["original"], "original"))
    if any(one.target is not None for one in months):
        data.append(_line(at, [_float(one.target) for one in months], names["plan"], "plan"))
    return {
        "data": data,
        "layout": {
            **({"barmode": "overlay"} if told else {}),
            "meta": {"unit": metric.unit, "ground": metric.additive, "grain": "month"},
        },
    }


def _forecast(at: Sequence[str], told: Mapping[date, Ahead], name: str) -> dict[str, Any]:
    """With all points of the axis, since a bar is as wide as points lie apart."""
    found = {day.isoformat(): one for day, one in told.items()}
    ordered = [found.get(day) for day in at]

    def away(ends: Sequence[Decimal | None]) -> list[float | None]:
        return [
            None if one is None or one.mean is None or end is None else _float(abs(end - one.mean))
            for one, end in zip(ordered, ends, strict=True)
        ]

    return {
        "type": "bar",
        "x": list(at),
        "y": [_float(one.mean) if one is not None else None for one in ordered],
        "name": name,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": away([one.high if one is not None else None for one in ordered]),
            "arrayminus": away([one.low if one is not None else None for one in ordered]),
            "thickness": 1.5,
            "width": 4,
        },
        "meta": {"role": "forecast"},
    }


def _line(at: list[str], values: list[float | None], name: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": at,
        "y": values,
        "name": name,
        "connectgaps": False,
        "meta": {"role": role, "label": True},
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
