"""Figure dictionaries of a suggestion. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpis.models import Metric
from kpis.selectors.suggestions import Suggested
from kpis.suggesting import Suggestion


def years(found: Suggestion, metric: Metric, *, names: Mapping[str, str]) -> dict[str, Any]:
    """What each year brought and the one to come with its interval; `names`: actual, forecast."""
    past = [year for year in found.years if year.complete]
    running = [year for year in found.years if not year.complete]
    ahead = [
        *((str(year.first_day.year), year.usual) for year in running),
        (str(found.first_day.year), found.forecast.mean),
    ]
    interval = {
        "type": "data",
        "symmetric": False,
        "array": [*(None for _year in running), found.forecast.high - found.forecast.mean],
        "arrayminus": [*(None for _year in running), found.forecast.mean - found.forecast.low],
        "thickness": 1.5,
        "width": 6,
    }
    return {
        "data": [
            {
                "type": "bar", "x": [str(year.first_day.year) for year in past], "y": [round(year.total, 4) for year in past],
                "name": names["actual"], "meta": {"role": "actual"},
            },
            {
                "type": "bar", "x": [x for x, _y in ahead], "y": [round(y, 4) for _x, y in ahead], "error_y": interval,
                "name": names["forecast"], "meta": {"role": "forecast"},
            },
        ],
        "layout": {"meta": {"unit": metric.unit, "ground": True, "categories": True}, "xaxis": {"type": "category"}},
    }  # fmt: skip


def months(
    suggested: Suggested, found: Suggestion, metric: Metric, *, names: Mapping[str, str]
) -> dict[str, Any]:
    """Month by month what was, what is expected, and where one-off days were set aside; `names`: actual, forecast, aside."""
    sums: dict[str, float] = {}
    for day, amount in zip(suggested.days, suggested.amounts, strict=True):
        month = day.replace(day=1).isoformat()
        sums[month] = sums.get(month, 0.0) + amount
    ahead = {
        one.first_day.replace(day=1).isoformat(): one.mean
        for one in found.months
        if suggested.last is None or one.first_day > suggested.last
    }
    marks: dict[str, list[str]] = {}
    for one in found.outliers:
        marks.setdefault(one.first_day.replace(day=1).isoformat(), []).append(one.first_day.isoformat())
    data: list[dict[str, Any]] = [
        {
            "type": "bar", "x": list(sums), "y": [round(value, 4) for value in sums.values()],
            "name": names["actual"], "meta": {"role": "actual"},
        },
        {
            "type": "bar", "x": list(ahead), "y": [round(value, 4) for value in ahead.values()],
            "name": names["forecast"], "meta": {"role": "forecast"},
        },
    ]  # fmt: skip
    if marks:
        data.append(
            {
                "type": "scatter", "mode": "markers", "x": list(marks), "y": [round(sums.get(month, 0.0), 4) for month in marks],
                "name": names["aside"], "meta": {"role": "series", "series": 5},
            }
        )  # fmt: skip
    return {"data": data, "layout": {"meta": {"unit": metric.unit, "ground": True, "grain": "month"}}}
