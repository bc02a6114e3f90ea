"""Figures for Plotly of panels that are split by part. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from common.periods import Grain
from dashboards import charts
from dashboards.selectors.panel_parts import Lines, Parts
from kpis.models import Metric


def bars(found: Parts, metric: Metric, *, names: Mapping[str, str], others: str) -> dict[str, Any]:
    """Lying bars of the largest parts, a tick where the plan is; all others as one bar at the bottom, under a name."""
    figure = charts.bars(found.shown, metric.code, unit=metric.unit, names=names)
    if found.others and found.together is not None:
        actual = figure["data"][0]
        actual["y"] = [others, *actual["y"]]
        actual["x"] = [_float(found.together), *actual["x"]]
    return figure


def lines(found: Lines, metric: Metric, *, others: str) -> dict[str, Any]:
    """A line for each of the largest parts, named at its end; all others together in grey."""
    at = [span.start.isoformat() for span in found.spans]
    labels = charts.unique([node.label for node in found.nodes])
    colours = charts.series_colours([node.pk for node in found.nodes], found.everybody)
    traces = [
        _line(at, found.values[node.pk], label, {"role": "series", "series": colours[node.pk]})
        for node, label in zip(found.nodes, labels, strict=True)
    ]
    if found.together:
        traces.insert(0, _line(at, found.together, others, {"role": "last_year"}))
    grain = {"grain": "month"} if found.spans[-1].grain == Grain.MONTH else {}
    return {"data": traces, "layout": {"meta": {"unit": metric.unit, **grain}}}


def _line(
    at: list[str], values: tuple[Decimal | None, ...], name: str, meta: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": at,
        "y": [_float(value) for value in values],
        "name": name,
        "connectgaps": False,
        "meta": {**meta, "label": True},
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
