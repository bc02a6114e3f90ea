"""Figures for Plotly on the page of one channel. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.periods import Grain
from dashboards.selectors.channel import History
from kpis.models import Direction, Metric


def history(found: History, metric: Metric, *, names: Mapping[str, str]) -> dict[str, Any]:
    """A line along periods with what was planned, and under (or over) the plan the band in which a miss is a warning only. `names`
    of the traces: actual, plan, band.
    """
    at = [span.start.isoformat() for span in found.spans]
    actual = [_float(one.value) for one in found.figures]
    plan = [_float(one.target) for one in found.figures]
    share = float(metric.yellow_from)
    lower = metric.direction == Direction.LOWER
    edge = [None if due is None or not share else due / share if lower else due * share for due in plan]
    traces: list[dict[str, Any]] = []
    if any(value is not None for value in plan):
        traces = [
            {**_line(at, edge, names["band"], "edge"), "meta": {"role": "edge"}, "showlegend": False},
            {**_line(at, plan, names["band"], "band"), "meta": {"role": "band"}, "showlegend": False},
            _line(at, plan, names["plan"], "plan"),
        ]
    traces.append({**_line(at, actual, names["actual"], "actual"), "mode": "lines+markers"})
    grain = {"grain": "month"} if found.spans[-1].grain == Grain.MONTH else {}
    return {"data": traces, "layout": {"meta": {"unit": metric.unit, **grain}}}


def _line(at: list[str], values: list[float | None], name: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": at,
        "y": values,
        "name": name,
        "connectgaps": False,
        "meta": {"role": role, "label": True},
    }


def _float(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 6)
