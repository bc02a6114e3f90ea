"""Figure dictionaries for Plotly. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kpis.models import Direction, Metric
from kpis.preview import Preview


def preview(tried: Preview, metric: Metric, *, names: Mapping[str, str]) -> dict[str, Any]:
    """By month: amounts as bars from zero, all else as a line; a target as a thin line, a band as its two edges.

    `names` of the traces: actual, plan.
    """
    at = [month.period.start.isoformat() for month in tried.months]
    values = [_float(month.value) for month in tried.months]
    actual: dict[str, Any] = {"x": at, "y": values, "name": names["actual"], "meta": {"role": "actual"}}
    if metric.additive:
        actual["type"] = "bar"
    else:
        actual |= {"type": "scatter", "mode": "lines+markers", "connectgaps": False}
        actual["meta"]["label"] = True
    data = [actual]
    if metric.direction == Direction.BAND:
        data += [
            _plan(at, [_float(edge)] * len(at), names["plan"]) for edge in (metric.band_low, metric.band_high)
        ]
    elif any(month.expected is not None for month in tried.months):
        data.append(_plan(at, [_float(month.expected) for month in tried.months], names["plan"]))
    return {
        "data": data,
        "layout": {"meta": {"unit": metric.unit, "ground": metric.additive, "grain": "month"}},
    }


def _plan(at: list[str], values: list[float | None], name: str) -> dict[str, Any]:
    return {"type": "scatter", "x": at, "y": values, "name": name, "meta": {"role": "plan", "label": True}}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)


def score_trend(at: list[str], scores: list[Decimal | None], *, name: str, grain: str) -> dict[str, Any]:
    """A score over periods (first days), 100 being on plan."""
    line = {
        "type": "scatter", "mode": "lines+markers", "x": at, "y": [_float(one) for one in scores],
        "name": name, "meta": {"role": "actual", "label": True},
    }  # fmt: skip
    return {
        "data": [line, _plan(at, [100.0] * len(at), "100")],
        "layout": {"meta": {"unit": "count", "grain": grain}},
    }
