"""The steps of a change as a figure for Plotly. No database, no words, no colours (static/js/charts.js)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.change import Change, exact_sum

STEPS = 10  # parts that can be read below each other; the others are one step
SMALL = Decimal(
    "0.1"
)  # of the larger total: smaller changes are drawn alone, or nobody would see their steps


@dataclass(frozen=True)
class Names:
    before: str
    after: str
    change: str
    up: str
    down: str
    more: str


@dataclass(frozen=True)
class _Bar:
    name: str
    start: Decimal
    length: Decimal
    role: str  # total, up, down


def waterfall(found: Change, labels: Mapping[str, str], names: Names, *, unit: str) -> dict[str, Any]:
    """Lying bars, from above: what it was, a floating step for each part, what it became.

    Each step begins where the one before it ended. Where the change is small beside the totals, the steps begin at
    zero and end at the change, so that bars still start at zero and can be seen.
    """
    largest = max(abs(found.before), abs(found.after))
    whole = abs(found.change) >= largest * SMALL and largest > 0
    parts = [(labels.get(part.key, part.key), part.effect) for part in found.parts if part.effect]
    if len(parts) > STEPS:
        rest = exact_sum(effect for _name, effect in parts[STEPS - 1 :])
        parts = [*parts[: STEPS - 1], (names.more, rest)]
    at = found.before if whole else Decimal(0)
    bars = [_Bar(names.before, Decimal(0), found.before, "total")] if whole else []
    for name, effect in parts:
        bars.append(_Bar(name, at, effect, "up" if effect > 0 else "down"))
        at = exact_sum([at, effect])
    last = found.after if whole else found.change
    bars.append(_Bar(names.after if whole else names.change, Decimal(0), last, "total"))
    order = _unique([bar.name for bar in bars])
    traces = []
    for role, name, meta in (
        ("total", "", {"role": "actual"}),
        ("up", names.up, {"role": "series", "series": 0}),
        ("down", names.down, {"role": "series", "series": 1}),
    ):
        some = [(label, bar) for label, bar in zip(order, bars, strict=True) if bar.role == role]
        if some:
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [label for label, _bar in some],
                    "x": [_float(bar.length) for _label, bar in some],
                    "base": [_float(bar.start) for _label, bar in some],
                    "name": name,
                    "width": 0.6,
                    "showlegend": role != "total",
                    "meta": meta,
                }
            )
    return {
        "data": traces,
        "layout": {
            "barmode": "overlay",
            "meta": {"unit": unit, "axis": "x"},
            "yaxis": {"categoryorder": "array", "categoryarray": order[::-1]},
        },
    }


def _unique(labels: list[str]) -> list[str]:
    """Two shops of one name stay two bars."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


def _float(value: Decimal) -> float:
    return round(float(value), 6)
