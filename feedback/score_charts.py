"""Scores as figures for Plotly. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from feedback.selectors.scores import MonthScore

_SHADES: tuple[dict[str, Any], ...] = (
    {"role": "series", "series": 0},
    {"role": "last_year"},
    {"role": "series", "series": 1},
)


def score_trend(months: Sequence[MonthScore], names: Mapping[str, str]) -> dict[str, Any]:
    """A line with its interval as a band; months of few answers stand apart as grey dots.

    `names`: score, few, target, benchmark.
    """
    at = [one.month.isoformat() for one in months]
    sure = [None if one.score.small else one.score for one in months]
    traces = [
        {
            **_line(at, [_float(one.low if one else None) for one in sure], names["score"], "least"),
            "showlegend": False,
        },
        {
            **_line(at, [_float(one.high if one else None) for one in sure], names["score"], "most"),
            "showlegend": False,
        },
    ]
    for name, values in (
        ("target", [one.target for one in months]),
        ("benchmark", [one.benchmark for one in months]),
    ):
        if any(value is not None for value in values):
            traces.append(
                _line(at, list(map(_float, values)), names[name], "plan" if name == "target" else "original")
            )
    traces.append(
        {
            **_line(at, [_float(one.value if one else None) for one in sure], names["score"], "actual"),
            "mode": "lines+markers",
        }
    )
    few = [_float(one.score.value) if one.score.small else None for one in months]
    if any(value is not None for value in few):
        traces.append({**_line(at, few, names["few"], "last_year"), "mode": "markers"})
        traces[-1]["meta"]["label"] = False
    return {"data": traces, "layout": {"meta": {"unit": "ratio", "grain": "month"}}}


def _line(at: list[str], values: list[float | None], name: str, role: str) -> dict[str, Any]:
    label = role in ("plan", "original", "actual")
    return {
        "type": "scatter", "x": at, "y": values, "name": name, "connectgaps": False,
        "meta": {"role": role, "label": label},
    }  # fmt: skip


def spread(
    marks: Sequence[str], counts: Sequence[int], groups: Sequence[tuple[str, range]]
) -> dict[str, Any]:
    """How many gave each mark; `groups`: good, between and bad, each with the places of its marks."""
    traces = [
        {
            "type": "bar",
            "x": [marks[place] for place in places],
            "y": [counts[place] for place in places],
            "name": name,
            "width": 0.72,
            "meta": shade,
        }
        for (name, places), shade in zip(groups, _SHADES, strict=True)
    ]
    order = {"categoryorder": "array", "categoryarray": list(marks)}
    return {"data": traces, "layout": {"barmode": "overlay", "meta": {"unit": "count"}, "xaxis": order}}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)
