"""One whole over rows and columns at once (areas × months), in whole units, so that both margins add up.

Rows and columns first get their totals, each by largest remainder (`divide`). What a cell should hold is then the
table nearest to the weights with those totals: weights scaled to rows and columns in turn (iterative proportional
fitting, Deming and Stephan 1940). Rounding it keeps both margins (controlled rounding, Causey, Cox and Ernst 1985):
every cell is rounded down, and the units left over find their cells, the largest remainders first, as a flow from rows
to columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from kpis.decomposition.dividing import (
    LocksTooLarge,
    WeightsRefused,
    amount_of,
    check_weights,
    divide,
    in_units,
)

Cell = tuple[str, str]
ROUNDS = 300  # of scaling; what is not near by then, the flow makes exact all the same
NEAR = 0.01  # units


@dataclass(frozen=True)
class Grid:
    """Amounts by (row, column), and the totals of rows and columns, each in the order in which it was asked."""

    cells: dict[Cell, Decimal]
    rows: dict[str, Decimal]
    columns: dict[str, Decimal]


def divide_grid(
    total: Decimal,
    *,
    rows: Mapping[str, Decimal],
    columns: Mapping[str, Decimal],
    unit: Decimal,
    own: Mapping[str, Mapping[str, Decimal]] | None = None,
    locks: Mapping[Cell, Decimal] | None = None,
    row_locks: Mapping[str, Decimal] | None = None,
    column_locks: Mapping[str, Decimal] | None = None,
) -> Grid:
    """`total` over rows and columns by their weights, in multiples of `unit`. `own`: a row's own weights of the columns
    (an area's season), where they differ from the columns'.

    Guaranteed: the cells of a row add up to its total and those of a column to its; both are those that `divide` gives
    with `row_locks` and `column_locks`; locked cells keep their amounts (a row or column that is locked in every cell
    thereby has its total); no other cell has another sign than the total; the order of rows and columns does not matter.
    Without locked cells and `own`, each cell is within one unit of row × column ÷ total. A cell of weight zero gets
    something only where what is locked leaves no other way.

    Raises WeightsRefused, UnitRefused, and LocksTooLarge where no such table exists: of the row or column that it names,
    or as a whole.
    """
    locks = locks or {}
    strangers = sorted({*(row for row, _column in locks), *(row_locks or {})} - set(rows))
    strangers += sorted({*(column for _row, column in locks), *(column_locks or {})} - set(columns))
    if strangers:
        raise KeyError(f"Locked, but not in the grid: {', '.join(strangers)}")
    sign = -1 if total < 0 else 1
    kept = {cell: sign * in_units(amount, unit, key=" ".join(cell)) for cell, amount in locks.items()}
    row_totals = _totals(total, rows, unit, row_locks or {}, _full(kept, columns, 0, sign * unit))
    column_totals = _totals(total, columns, unit, column_locks or {}, _full(kept, rows, 1, sign * unit))
    row_keys, column_keys = sorted(rows), sorted(columns)
    table = _Table(
        [sign * in_units(row_totals[key], unit) for key in row_keys],
        [sign * in_units(column_totals[key], unit) for key in column_keys],
        [[(row, column) not in kept for column in column_keys] for row in row_keys],
    )
    _set_locked_aside(table, kept, row_keys, column_keys, sign * unit)
    exact = not kept and own is None
    _fill(table, None if exact else _seeds(row_keys, column_keys, columns, own or {}, table.open))
    lacking = sum(table.row_needs)
    if lacking:
        raise LocksTooLarge(
            total=total,
            locked=amount_of(sum(kept.values()), sign * unit),
            missing=amount_of(lacking, unit),
            over=True,
        )
    amounts = {
        (row, column): amount_of(table.cells[i][j], sign * unit)
        for i, row in enumerate(row_keys)
        for j, column in enumerate(column_keys)
    } | {cell: amount_of(steps, sign * unit) for cell, steps in kept.items()}
    return Grid(
        {(row, column): amounts[row, column] for row in rows for column in columns},
        {row: row_totals[row] for row in rows},
        {column: column_totals[column] for column in columns},
    )


def _totals(
    total: Decimal,
    weights: Mapping[str, Decimal],
    unit: Decimal,
    locks: Mapping[str, Decimal],
    full: Mapping[str, Decimal],
) -> dict[str, Decimal]:
    """Of rows or columns. Lines that are locked in every cell at what they get anyhow move no other line's rounding."""
    if full:
        try:
            free = divide(total, weights, unit=unit, locks=locks)
        except (LocksTooLarge, WeightsRefused):
            pass
        else:
            if all(free.get(line) == amount for line, amount in full.items()):
                return free
    return divide(total, weights, unit=unit, locks={**full, **locks})


def _full(
    kept: Mapping[Cell, int], across: Mapping[str, Decimal], axis: int, unit: Decimal
) -> dict[str, Decimal]:
    """The totals of rows (axis 0) or columns (1) in which every cell is locked."""
    sums: dict[str, list[int]] = {}
    for cell, steps in kept.items():
        sums.setdefault(cell[axis], []).append(steps)
    return {line: amount_of(sum(found), unit) for line, found in sums.items() if len(found) == len(across)}


@dataclass
class _Table:
    """What is still to be given, in units: needs of rows and columns, which cells may have some, and what they have."""

    row_needs: list[int]
    column_needs: list[int]
    open: list[list[bool]]
    cells: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = [[0] * len(self.column_needs) for _row in self.row_needs]

    def give(self, i: int, j: int, steps: int) -> None:
        self.cells[i][j] += steps
        self.row_needs[i] -= steps
        self.column_needs[j] -= steps


def _set_locked_aside(
    table: _Table, kept: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str], unit: Decimal
) -> None:
    """Takes locked cells off the needs. Raises LocksTooLarge for the line in which they leave less than nothing."""
    for axis, (keys, needs) in enumerate(((rows, table.row_needs), (columns, table.column_needs))):
        place = {key: number for number, key in enumerate(keys)}
        sums = [0] * len(keys)
        for cell, steps in kept.items():
            sums[place[cell[axis]]] += steps
        closed = [not any(line) for line in (table.open if axis == 0 else zip(*table.open, strict=True))]
        for number, key in enumerate(keys):
            rest = needs[number] - sums[number]
            if rest < 0 or (rest and closed[number]):
                raise LocksTooLarge.of(needs[number], sums[number], unit, where=key)
            needs[number] = rest


def _seeds(
    rows: Sequence[str],
    columns: Sequence[str],
    weights: Mapping[str, Decimal],
    own: Mapping[str, Mapping[str, Decimal]],
    is_open: Sequence[Sequence[bool]],
) -> Any:
    """Weights of the cells, rows × columns; a row whose open cells have no weight of their own takes the columns'."""

    def line(sizes: Mapping[str, Decimal]) -> Any:
        check_weights(sizes)
        found = np.array([float(sizes.get(column, 0)) for column in columns])
        return found / (found.max(initial=0) or 1)

    common = line(weights)
    seeds = np.array([line(own[row]) if row in own else common for row in rows])
    allowed = np.array(is_open, dtype=bool)
    seeds[~allowed] = 0
    bare = ~seeds.any(axis=1)
    seeds[bare] = np.where(allowed[bare], common, 0)
    return seeds


def _fill(table: _Table, seeds: Any) -> None:
    """Gives every cell its due rounded down, and the units left over by their remainders."""
    remainders: list[tuple[float, int, int]] = []
    if seeds is None:
        # row × column ÷ total, in whole numbers: margins are exact at any size.
        whole, row_needs, column_needs = sum(table.row_needs), list(table.row_needs), list(table.column_needs)
        support = [[bool(r and c) for c in column_needs] for r in row_needs]
        for i, row in enumerate(row_needs):
            for j, column in enumerate(column_needs):
                if row and column:
                    steps, remainder = divmod(row * column, whole)
                    table.give(i, j, steps)
                    if remainder:
                        remainders.append((-remainder, i, j))
    else:
        support = (seeds > 0).tolist()
        fitted = _fit(seeds, table.row_needs, table.column_needs)
        floors = np.floor(fitted)
        for i, line in enumerate(floors.tolist()):
            for j, steps in enumerate(line):
                if steps:
                    table.give(i, j, int(steps))
        _take_back(table)
        parts = fitted - floors
        remainders = [(-float(parts[i, j]), i, j) for i, j in zip(*np.nonzero(parts), strict=True)]
    raised: set[tuple[int, int]] = set()
    fractional = {(i, j) for _part, i, j in remainders}
    for _part, i, j in sorted(remainders):
        if table.row_needs[i] and table.column_needs[j]:
            table.give(i, j, 1)
            raised.add((i, j))
    _route(table, lambda i, j: int((i, j) in fractional and (i, j) not in raised), raised)
    _route(table, lambda i, j: sum(table.row_needs) if support[i][j] else 0, None)
    _route(table, lambda i, j: sum(table.row_needs) if table.open[i][j] else 0, None)


def _fit(seeds: Any, row_needs: Sequence[int], column_needs: Sequence[int]) -> Any:
    """The weights scaled so that rows and columns add up to what they need, as nearly as the weights allow."""
    rows, columns = np.array(row_needs, dtype=float), np.array(column_needs, dtype=float)
    fitted = seeds.copy()
    for _round in range(ROUNDS):
        fitted *= _factors(columns, fitted.sum(axis=0))
        sums = fitted.sum(axis=1)
        fitted *= _factors(rows, sums)[:, None]
        if np.abs(fitted.sum(axis=0) - columns).max(initial=0) < NEAR:
            break
    return fitted


def _factors(wanted: Any, sums: Any) -> Any:
    return np.divide(wanted, sums, out=np.zeros_like(wanted), where=sums > 0)


def _take_back(table: _Table) -> None:
    """What scaling gave too much of to a row or column comes off its largest cells."""
    for i, need in enumerate(table.row_needs):
        for j in sorted(range(len(table.column_needs)), key=lambda j: -table.cells[i][j]) if need < 0 else ():
            table.give(i, j, -min(table.cells[i][j], max(0, -table.row_needs[i])))
    for j, need in enumerate(table.column_needs):
        for i in sorted(range(len(table.row_needs)), key=lambda i: -table.cells[i][j]) if need < 0 else ():
            table.give(i, j, -min(table.cells[i][j], max(0, -table.column_needs[j])))


def _route(table: _Table, room: Callable[[int, int], int], raised: set[tuple[int, int]] | None) -> None:
    """Gives rows what they still need along shortest paths: this row gets more of a column, of which another row gives
    some back and takes another column instead (Edmonds and Karp's flow on rows and columns).

    `raised` are the cells of which one unit may be given back; None: of every cell all that it has.
    """
    for i, _need in enumerate(table.row_needs):
        while table.row_needs[i] > 0:
            path = _path(table, i, room, raised)
            if path is None:
                break
            amounts = [table.row_needs[i], table.column_needs[path[-1][1]]]
            amounts += [room(row, column) for row, column in path[::2]]
            if raised is None:
                amounts += [table.cells[row][column] for row, column in path[1::2]]
            else:
                amounts.append(1)
            steps = min(amounts)
            for place, cell in enumerate(path):
                table.give(*cell, -steps if place % 2 else steps)
                if raised is not None:
                    raised ^= {cell}


def _path(
    table: _Table, start: int, room: Callable[[int, int], int], raised: set[tuple[int, int]] | None
) -> list[tuple[int, int]] | None:
    """Cells to raise, lower, raise, …, from a row in need to a column in need; None where there is no way."""
    needy = [j for j, need in enumerate(table.column_needs) if need > 0]
    come_by: dict[int, tuple[int, int] | None] = {start: None}  # row → (the row before, the column between)
    reached: set[int] = set()
    line = [start]
    for row in line:
        for j in needy:
            if room(row, j):
                path = [(row, j)]
                step = come_by[row]
                while step is not None:
                    before, column = step
                    path += [(row, column), (before, column)]
                    row, step = before, come_by[before]
                return path[::-1]
        for j in range(len(table.column_needs)):
            if j in reached or not room(row, j):
                continue
            reached.add(j)
            for other in range(len(table.row_needs)):
                if other not in come_by and (
                    table.cells[other][j] > 0 if raised is None else (other, j) in raised
                ):
                    come_by[other] = (row, j)
                    line.append(other)
    return None
