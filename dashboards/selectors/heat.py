"""Region × channel (or what of them an area still has): one metric in every cell, each cell a cut of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from common.periods import Grain
from dashboards.selectors.areas import Area
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.spans import Span, is_kept
from kpis.models import Reading
from kpis.selectors import NO_FIGURE, Figure
from kpis.selectors.at_risk import Risk, kept_at_risk
from organization.models import Node

ATTAINMENT = "attainment"  # of revenue
DEFAULT = "revenue"
ROWS, COLUMNS = 20, 14


@dataclass(frozen=True)
class HeatMap:
    """`cells` by (row's node, column's node); 0 is what nobody split. `metric` is a metric's code or ATTAINMENT.

    `hidden`: rows and columns that were left out, the smallest first.
    """

    metric: str
    down: str
    across: str
    rows: tuple[Node, ...]
    columns: tuple[Node, ...]
    cells: Mapping[tuple[int, int], Figure]
    hidden: tuple[int, int] = (0, 0)
    risks: Mapping[tuple[int, int], tuple[Risk, ...]] = field(default_factory=dict)

    def figure(self, row: int, column: int) -> Figure:
        return self.cells.get((row, column), NO_FIGURE)

    def shade(self, figure: Figure) -> Decimal | None:
        return figure.attainment if self.metric == ATTAINMENT else figure.value


def axes(parts: Mapping[str, Sequence[Node]]) -> tuple[str, str] | None:
    """Regions down and channels across, products in place of what the area cannot be split by."""
    there = [dimension for dimension in ("region", "channel", "product") if len(parts.get(dimension, ())) > 1]
    return (there[0], there[1]) if len(there) > 1 else None


def heat_map(
    *,
    area: Area,
    parts: Mapping[str, Sequence[Node]],
    amounts: Mapping[tuple[int, ...], Amounts],
    period: Span,
    metric: str,
    catalog: Catalog,
) -> HeatMap | None:
    """`amounts` by (row, column), as `cuts.sums` answers for `axes`. Two queries for attainment, else none."""
    chosen = axes(parts)
    if chosen is None:
        return None
    down, across = chosen
    measured = DEFAULT if metric == ATTAINMENT else metric
    cells: dict[tuple[int, int], Figure] = {}
    for (row, column), found in amounts.items():
        value = catalog.value(measured, found)
        if value is not None:
            cells[row, column] = Figure(value=value)
    risks: Mapping[tuple[int, int], tuple[Risk, ...]] = {}
    if metric == ATTAINMENT:
        kept, risks = _kept(area, down, across, period, catalog)
        cells = {where: kept.get(where, figure) for where, figure in cells.items()}
    if not cells:
        return None
    rows = _largest(parts[down], cells, 0, ROWS)
    columns = _largest(parts[across], cells, 1, COLUMNS)
    there = [
        {node.pk for node in parts[dimension]} & {where[n] for where in cells}
        for n, dimension in enumerate(chosen)
    ]
    hidden = (len(there[0]) - len(rows), len(there[1]) - len(columns))
    return HeatMap(metric, down, across, rows, columns, cells, hidden, risks)


def _largest(
    nodes: Sequence[Node], cells: Mapping[tuple[int, int], Figure], side: int, most: int
) -> tuple[Node, ...]:
    """The parts that have any value, the largest first."""
    sizes: dict[int, Decimal] = {}
    for where, figure in cells.items():
        sizes[where[side]] = sizes.get(where[side], Decimal(0)) + abs(figure.value or Decimal(0))
    there = [node for node in nodes if node.pk in sizes]
    return tuple(sorted(there, key=lambda node: (-sizes[node.pk], node.label))[:most])


def _kept(
    area: Area, down: str, across: str, period: Span, catalog: Catalog
) -> tuple[dict[tuple[int, int], Figure], dict[tuple[int, int], tuple[Risk, ...]]]:
    """Kept figures of revenue for the cells that somebody has pointed to, and what puts green ones at risk.

    At most two queries; nothing is kept of days that are no month, quarter or year.
    """
    if not is_kept(period):
        return {}, {}
    wanted: dict[str, Any] = {f"scope__{down}__isnull": False, f"scope__{across}__isnull": False}
    for dimension in ("region", "channel", "product", "team", "budget"):
        if dimension in (down, across):
            continue
        node = area.nodes.get(dimension)
        wanted |= {f"scope__{dimension}": node} if node else {f"scope__{dimension}__isnull": True}
    rows = Reading.objects.filter(
        metric=catalog.metrics[DEFAULT], grain=str(period.grain), start=period.start, **wanted
    ).values_list(
        f"scope__{down}_id",
        f"scope__{across}_id",
        "scope_id",
        *("value", "target", "expected", "attainment", "status", "through", "estimated", "few"),
    )
    cells, spots = {}, {}
    for row, column, scope_id, *rest in rows:
        cells[row, column] = figure = Figure(*rest)
        if figure.status == "green":
            spots[row, column] = (scope_id, catalog.metrics[DEFAULT].pk, period.start)
    found = kept_at_risk(spots.values(), Grain(period.grain))
    return cells, {where: found[spot] for where, spot in spots.items() if spot in found}
