"""Figures of the board of complaints, from plain values. No database, no words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from feedback.pareto import Bar


def trend_chart(
    at: Sequence[date], received: Sequence[int], solved: Sequence[int], *, names: Mapping[str, str], step: str
) -> dict[str, Any]:
    """What came in as bars, what was solved as a line; both are complaints, on one axis."""
    days = [day.isoformat() for day in at]
    grain = {"grain": "month"} if step == "month" else {}
    return {
        "data": [
            {"type": "bar", "x": days, "y": list(received), "name": names["received"], "meta": {"role": "actual"}},
            {
                "type": "scatter", "mode": "lines+markers", "x": days, "y": list(solved), "name": names["solved"],
                "meta": {"series": 1},
            },
        ],
        "layout": {"meta": {"unit": "count", **grain}},
    }  # fmt: skip


def ages_chart(labels: Sequence[str], counts: Sequence[int]) -> dict[str, Any]:
    return {
        "data": [{"type": "bar", "x": list(labels), "y": list(counts), "meta": {"role": "actual"}}],
        "layout": {"meta": {"unit": "count"}},
    }


def pareto_chart(bars: Sequence[Bar], labels: Sequence[str], *, names: Mapping[str, str]) -> dict[str, Any]:
    """Each cause's share as a bar and what they add up to as a line: both are parts of the whole, on one axis."""
    return {
        "data": [
            {
                "type": "bar", "x": list(labels), "y": [round(bar.share, 4) for bar in bars], "name": names["share"],
                "meta": {"role": "actual"},
            },
            {
                "type": "scatter", "mode": "lines+markers", "x": list(labels),
                "y": [round(bar.cumulative, 4) for bar in bars], "name": names["cumulative"], "meta": {"series": 1},
            },
        ],
        "layout": {"meta": {"unit": "percent"}},
    }  # fmt: skip


def months_chart(at: Sequence[date], counts: Sequence[int], *, name: str) -> dict[str, Any]:
    return {
        "data": [
            {
                "type": "bar",
                "x": [month.isoformat() for month in at],
                "y": list(counts),
                "name": name,
                "meta": {"role": "actual"},
            }
        ],
        "layout": {"meta": {"unit": "count", "grain": "month"}},
    }
