"""What the chart of a mail shows, and its place in the mail's HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.periods import Grain, Period

# About a year, or two weeks; quarters and years are fewer, so that their names find room.
PERIODS = {Grain.DAY: 14, Grain.WEEK: 13, Grain.MONTH: 13, Grain.QUARTER: 9, Grain.YEAR: 6}
SOURCE = "cid:chart"  # what stands in a mail's HTML for where its picture is
# The template of the mail puts the picture and its caption between these. What people write cannot hold them, since it
# is escaped.
_BLOCK = re.compile(r"<!--chart-->(.*?)<!--/chart-->", re.DOTALL)


@dataclass(frozen=True)
class Point:
    """One period. `label` is how its time is written."""

    label: str
    value: Decimal | None = None
    expected: Decimal | None = None


@dataclass(frozen=True)
class Picture:
    """`write` writes an amount, briefly; `runs`: more will be added to the last value, so the way to it is no fall."""

    points: tuple[Point, ...]
    status: str
    write: Callable[[Decimal], str]
    limit: Decimal | None = None
    runs: bool = False

    @property
    def known(self) -> int:
        return sum(point.value is not None for point in self.points)


def window(grain: str, start: date, fiscal_start: int) -> tuple[Period, ...]:
    """The periods up to the one that begins on `start`, oldest first."""
    last = Period(Grain(grain), start, fiscal_start)
    return tuple(last.next(-back) for back in reversed(range(PERIODS[last.grain])))


def limit_of(condition: Mapping[str, Any] | None) -> Decimal | None:
    """The amount that a condition, as it was seen, holds a figure against, where it is one amount for all periods."""
    stored = condition or {}
    if stored.get("kind") != "level":
        return None
    limits = [stored[side] for side in ("below", "above") if stored.get(side) is not None]
    return Decimal(str(limits[0])) if len(limits) == 1 else None


def has_place(html: str) -> bool:
    return _BLOCK.search(html) is not None


def placed(html: str, source: str) -> str:
    """The HTML with its picture taken from `source`; without the picture and its caption where that is empty."""
    if not source:
        return _BLOCK.sub("", html)
    return _BLOCK.sub(lambda block: block[1].replace(SOURCE, source), html)
