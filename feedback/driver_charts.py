"""The map of drivers as a figure for Plotly. No database, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from feedback.driver_map import Map, Place

_SERIES = {Place.BEGIN: 1, Place.KEEP: 0, Place.LATER: 4, Place.ENOUGH: 3}
AIR = 0.18  # of what is drawn, around it


def map_chart(found: Map, places: Mapping[Place, str], names: Mapping[str, str]) -> dict[str, Any]:
    """`names`: mean, effect. Dots by their place, each with its interval; two thin lines part the places."""
    means = [float(one.mean) for one, _place in found.drivers]
    ends = [float(end) for one, _place in found.drivers for end in (one.low, one.high)]
    left, right = _ends([*means, float(found.mean)], least=0.4)
    low, high = _ends([*ends, 0.0], least=0.4)
    traces: list[dict[str, Any]] = [
        _rule([left, right], [0.0, 0.0], "plan"),
        _rule([float(found.mean)] * 2, [low, high], "last_year"),
        _rule([left, right], [float(found.effect)] * 2, "last_year"),
    ]
    for place in Place:
        some = [one for one, where in found.drivers if where == place]
        if not some:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [_float(one.mean) for one in some],
                "y": [_float(one.effect) for one in some],
                "text": [one.name for one in some],
                "textposition": [
                    "middle right" if float(one.mean) < (left + right) / 2 else "middle left" for one in some
                ],
                "name": places[place],
                "cliponaxis": False,
                "marker": {"size": 12},
                "error_y": {
                    "type": "data",
                    "array": [_float(one.high - one.effect) for one in some],
                    "arrayminus": [_float(one.effect - one.low) for one in some],
                    "thickness": 1.25,
                    "width": 0,
                },
                "hovertemplate": f"%{{text}}<br>{names['mean']}: %{{x:.2f}}<br>{names['effect']}: %{{y:.2f}}<extra></extra>",
                "meta": {"role": "series", "series": _SERIES[place]},
            }
        )
    axis = {
        "type": "linear",
        "tickmode": "auto",
        "nticks": 6,
        "tickvals": None,
        "ticktext": None,
        "tickformat": ".1f",
    }
    return {
        "data": traces,
        "layout": {
            "hovermode": "closest",
            "meta": {"unit": "ratio"},
            "xaxis": {**axis, "range": [left, right], "title": {"text": names["mean"], "standoff": 8}},
            "yaxis": {**axis, "range": [low, high], "title": {"text": names["effect"], "standoff": 4}},
            "margin": {"l": 56, "r": 16, "t": 56, "b": 52, "pad": 0},
        },
    }


def _rule(x: list[float], y: list[float], role: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "showlegend": False,
        "line": {"width": 1}, "meta": {"role": role},
    }  # fmt: skip


def _ends(values: list[float], *, least: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    air = max((high - low) * AIR, least / 2)
    return round(low - air, 4), round(high + air, 4)


def _float(value: Decimal) -> float:
    return round(float(value), 4)
