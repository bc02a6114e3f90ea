"""Figures of alerts for Plotly. No words, no colours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from alerts.lifecycle import Change
from alerts.selectors.preview import Preview

MOST_LINES = 8


def preview(tried: Preview) -> dict[str, Any] | None:
    """The figure of each area as a line, of one area with its target; where alerts would have begun or got worse as
    marks. None where nothing is known.
    """
    pasts = [past for past in tried.pasts if any(one.figure.value is not None for one in past.periods)]
    if not pasts:
        return None
    data: list[dict[str, Any]] = []
    for number, past in enumerate(pasts[:MOST_LINES]):
        at = [one.figure.start.isoformat() for one in past.periods]
        role = {"role": "actual"} if len(pasts) == 1 else {"role": "series", "series": number}
        data.append(
            {
                "type": "scatter", "mode": "lines", "x": at, "connectgaps": False,
                "y": [_float(one.figure.value) for one in past.periods],
                "name": past.scope.label, "meta": {**role, "label": True},
            }
        )  # fmt: skip
        if len(pasts) == 1 and any(one.figure.target is not None for one in past.periods):
            data.append(
                {
                    "type": "scatter", "mode": "lines", "x": at, "connectgaps": False,
                    "y": [_float(one.figure.target) for one in past.periods],
                    "name": "", "meta": {"role": "plan"}, "showlegend": False,
                }
            )  # fmt: skip
        worse = [one for one in past.changes if one.transition.change in (Change.FIRST, Change.RAISED)]
        if worse:
            data.append(
                {
                    "type": "scatter", "mode": "markers",
                    "x": [one.figure.start.isoformat() for one in worse],
                    "y": [_float(one.figure.value) for one in worse],
                    "name": past.scope.label, "showlegend": False,
                    "marker": {"size": 11, "symbol": "diamond-open", "line": {"width": 2}},
                    "meta": role,
                }
            )  # fmt: skip
    return {
        "data": data,
        "layout": {
            "meta": {"unit": tried.metric.unit, "ground": tried.metric.additive, "grain": tried.grain}
        },
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
