"""The shipped data of three channels, whose revenue nobody split by channel: regions × weeks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from channels.allocation import Option
from channels.response import Fitted, Floats, fit

FILE = Path(__file__).resolve().parents[1] / "data" / "meridian_geo_full_funnel_weekly.csv"
CHANNELS = ("AwarenessVideo", "PerformanceDisplay", "PerformanceNative")
WEEKS = 52


@cache
def panel() -> tuple[dict[str, Floats], Floats, Floats]:
    """Spend by channel, revenue, and how much people searched for the kind of goods."""
    frame = pd.read_csv(FILE)
    frame["revenue"] = frame["conversions"] * frame["revenue_per_conversion"]

    def wide(column: str) -> Floats:
        return np.asarray(frame.pivot(index="geo", columns="time", values=column).to_numpy(dtype=np.float64))

    return {name: wide(f"{name}_spend") for name in CHANNELS}, wide("revenue"), wide("GenericGQV_control")


@cache
def fitted(*, searches: bool = True) -> dict[str, Fitted]:
    spend, revenue, searched = panel()
    return fit(spend, revenue, controls=[searched] if searches else [])


def options(found: dict[str, Fitted], *, room: float = 0.3) -> list[Option]:
    """Last year's spend of each channel, and as much less and more as there is room for."""
    told = []
    for code, weeks in panel()[0].items():
        cents = round(float(weeks[:, -WEEKS:].sum()) * 100)
        low, high = round(cents * (1 - room)), round(cents * (1 + room))
        told.append(Option(code, cents, low, high, found[code].curve))
    return told
