"""Figures of alerts for Plotly. No words, no colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alerts.lifecycle import Change
from alerts.selectors.course import Course
from alerts.selectors.preview import Preview

MOST_LINES = 8
# The lights' own shapes are ● ▲ ■ ○; levels have others.
SYMBOLS = {1: "triangle-down", 2: "diamond", 3: "x", 0: "star"}


@dataclass(frozen=True)
class CourseNames:
    """What the lines and marks are called; `tiers` by level, 0 for its end."""

    value: str
    plan: str
    limit: str
    tiers: Mapping[int, str]


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


def course(run: Course, *, unit: str, grounded: bool, share: bool, names: CourseNames) -> dict[str, Any]:
    """How an alert's figure ran, or its share of plan: with what was expected, the line that it crossed and the steps of
    the alert, a mark for each level; the time in which it was open lies on a ground of its own.
    """
    at = [one.period.start.isoformat() for one in run.points]
    data = [
        _line(at, [one.attainment if share else one.value for one in run.points], names.value, "actual"),
    ]
    if share:
        data.append(_line(at, [Decimal(1)] * len(at), names.plan, "plan"))
    elif any(one.expected is not None for one in run.points):
        data.append(_line(at, [one.expected for one in run.points], names.plan, "plan"))
    limits = [one.lines.share if share else one.lines.amount for one in run.points]
    for ends in ([one.below for one in limits], [one.above for one in limits]):
        if any(end is not None for end in ends):
            data.append(
                {
                    **_line(at, ends, names.limit, "series"),
                    # A line needs two points: where it is known for one period alone, a dash marks it.
                    "mode": "lines+markers",
                    "marker": {"symbol": "line-ew-open", "size": 16, "line": {"width": 2}},
                    "line": {"shape": "hv", "dash": "dash", "width": 1.75},
                    "showlegend": True,
                    "meta": {"role": "series", "series": 1},
                }
            )
    if share == run.by_share:
        data += _marks(run, share, names)
    first, last = run.span
    return {
        "data": data,
        "layout": {
            "meta": {
                "unit": "percent" if share else unit, "ground": grounded and not share, "grain": run.grain.value,
                "span": [max(first, run.points[0].period.start).isoformat(), last.isoformat()],
            }
        },
    }  # fmt: skip


def _line(at: list[str], values: Sequence[Decimal | None], name: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": at, "y": [_float(one) for one in values], "connectgaps": False,
        "name": name, "showlegend": False, "meta": {"role": role, "label": True},
    }  # fmt: skip


def _marks(run: Course, share: bool, names: CourseNames) -> list[dict[str, Any]]:
    traces = []
    for tier, symbol in SYMBOLS.items():
        found = [one for one in run.marks if one.tier == tier]
        known = [one for one in found if (one.attainment if share else one.value) is not None]
        if known:
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "x": [one.start.isoformat() for one in known],
                    "y": [_float(one.attainment if share else one.value) for one in known],
                    "name": names.tiers[tier], "marker": {"size": 12, "symbol": symbol}, "meta": {"role": "actual"},
                }
            )  # fmt: skip
    return traces


def _float(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
