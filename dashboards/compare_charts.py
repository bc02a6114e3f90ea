"""The figure for Plotly that lays two sides over each other. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboards.selectors.compare import Comparison


def over_each_other(
    page: Comparison, *, names: Mapping[str, str], days: Sequence[str] = ()
) -> dict[str, Any]:
    """`names` of the traces: left, right. Another time is grey, as last year is everywhere, and hover says its own `days`;
    another area has a colour of its own.
    """
    lines = page.lines
    at = [day.isoformat() for day in lines.at]
    areas = page.of == "areas"
    looks: dict[str, dict[str, Any]] = {
        "left": {"role": "series", "series": 0} if areas else {"role": "actual"},
        "right": {"role": "series", "series": 1} if areas else {"role": "last_year"},
    }
    values = {"left": lines.left, "right": lines.right}
    traces = [
        {
            "type": "scatter",
            "x": at,
            "y": [_float(one) for one in values[side]],
            "name": names[side],
            "connectgaps": False,
            "meta": {**looks[side], "label": True},
            **({"text": list(days)} if days and side == "right" else {}),
        }
        for side in ("right", "left")
        if any(one is not None for one in values[side])
    ]
    grain = {"grain": "month"} if lines.step == "month" else {}
    unit = page.metrics[page.drawn].unit
    return {"data": traces, "layout": {"meta": {"unit": unit, "ground": True, **grain}}}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)
