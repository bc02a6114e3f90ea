"""What a break-down consists of: siblings and periods with their weights, targets as they are and as they would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from common.periods import Period
from kpis.forms.break_down import Asked, Place
from kpis.models import Metric
from organization.models import Node, Scope
from organization.selectors import scope_key

NOWHERE = Place()


@dataclass(frozen=True)
class Line:
    """A sibling or a period: what it weighs (`weight` as it stands in its field) and why."""

    key: str
    label: str
    nodes: Mapping[str, Node]
    period: Period | None = None
    weight: str = ""
    share: Decimal | None = None
    why: str = ""
    takes: bool = True
    closed: bool = False
    place: Place = NOWHERE
    error: str = ""

    @cached_property
    def area(self) -> str:
        return scope_key(self.nodes)


@dataclass(frozen=True)
class Cell:
    """A target as it is and as it would be; `column` "" for a row's total, `row` "" for a column's."""

    row: str
    column: str
    before: Decimal | None
    after: Decimal | None
    text: str
    locked: bool = False  # by hand; closed months are fixed besides
    closed: bool = False
    version: int = 0
    error: str = ""

    @property
    def difference(self) -> Decimal | None:
        if self.after is None or self.after == (self.before or 0):
            return None
        return self.after - (self.before or Decimal(0))


@dataclass(frozen=True)
class Row:
    line: Line
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Aim:
    """One target that would be set, and the version that was seen (0: none)."""

    area: str
    period: Period
    before: Decimal | None
    value: Decimal
    version: int
    locked: bool = False

    @property
    def changes(self) -> bool:
        return self.value != self.before


@dataclass(frozen=True)
class BreakDown:
    metric: Metric
    scope: Scope
    asked: Asked
    columns: tuple[Line, ...]
    rows: tuple[Row, ...]
    foot: tuple[Cell, ...]
    whole: Cell
    aims: tuple[Aim, ...]
    notes: tuple[str, ...]
    errors: tuple[str, ...]
    total_error: str

    @property
    def both(self) -> bool:
        return bool(self.asked.time and self.asked.tree)

    @property
    def changes(self) -> int:
        return sum(aim.changes for aim in self.aims)

    @property
    def good(self) -> bool:
        return bool(self.aims) and not self.errors and not self.total_error

    def details(self) -> dict[str, Any]:
        """How it came about, kept with the change."""
        asked = self.asked
        by_row = {row.line.key: row.line for row in self.rows}
        return {
            "metric": self.metric.code,
            "area": self.scope.key,
            "period": str(asked.period),
            "total": asked.total,
            "time": asked.time,
            "season": asked.season if asked.time else "",
            "tree": asked.tree,
            "method": asked.method if asked.tree else "",
            "weights": {
                (line.area if line.period is None else line.key): line.weight
                for line in (*self.columns, *by_row.values())
                if line.takes and line.weight
            },
            "locks": [
                [by_row[row].area if row in by_row else "", column, text]
                for (row, column), text in asked.fixed.locks.items()
                if not row or row in by_row
            ],
            "out": [line.area for line in by_row.values() if not line.takes],
            "places": {line.area: line.place.as_json() for line in by_row.values() if line.place.as_json()},
        }
