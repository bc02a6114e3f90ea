"""What a total comes to when it is broken down as asked, beside the targets that hold today. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from common import formats
from common.listing import listed
from common.periods import Period
from kpis.decomposition import (
    DivisionRefused,
    LocksTooLarge,
    UnitRefused,
    divide,
    divide_grid,
)
from kpis.figures import Look
from kpis.forms.break_down import Asked, read_weight
from kpis.forms.targets import may_be_negative, read_target
from kpis.models import Target
from kpis.selectors import shares
from kpis.selectors.parts import Aim, BreakDown, Cell, Line, Row
from kpis.selectors.targets import amount_text
from kpis.selectors.weighing import WHOLE, Weighing
from organization.models import Scope
from organization.selectors import closed_through

MOST_CELLS = 12_000
Cells = Mapping[tuple[str, str], Decimal]


class Holding(NamedTuple):
    """What a target says today, by the version that says so."""

    value: Decimal | None
    version: int


Held = Mapping[tuple[str, str, date], Holding]  # area, grain, first day


def break_down(scope: Scope, asked: Asked, *, today: date) -> BreakDown:
    """A bounded number of queries. `scope` may be a crossing that nobody has pointed to yet."""
    return _Breaking(scope, asked, today).done()


class _Breaking:
    def __init__(self, scope: Scope, asked: Asked, today: date) -> None:
        self.scope, self.asked, self.metric = scope, asked, asked.metric
        self.closed = closed_through(today)
        self.weighing = Weighing(scope, asked, Look.at(today=today), self.closed)
        self.notes, self.errors = self.weighing.notes, self.weighing.errors
        self.total_error = ""
        self.at: dict[tuple[str, str], str] = {}  # what is wrong with a cell
        self.language = get_language() or "en"

    def done(self) -> BreakDown:
        columns = self.weighing.columns()
        lines = self.weighing.lines()
        if not self.asked.time and not self.asked.tree:
            self.errors.append(_("Choose what to divide by: time, areas or both."))
        elif self.asked.tree and not lines:
            self.errors.append(_("There is nothing of this kind directly below this area."))
        elif len(lines) * len(columns) > MOST_CELLS:
            self.errors.append(_("These are more than %(n)s targets at once.") % {"n": f"{MOST_CELLS:,}"})
            lines = []
        held = self._held(lines, columns)
        locks = self._locks(lines, columns, held)
        total = self._total()
        wrong = self.errors or self.total_error or self.at or any(line.error for line in (*lines, *columns))
        cells: Cells = {}
        if total is not None and not wrong and lines:
            cells = self._divided(total, lines, columns, locks)
        return self._put_together(total, lines, columns, held, locks, cells)

    # -- What holds, what is fixed ----------------------------------------------------------------

    def _held(self, lines: Sequence[Line], columns: Sequence[Line]) -> Held:
        """The targets that hold, of the whole too. One query."""
        found = Target.objects.filter(
            metric=self.metric,
            scope__key__in={self.scope.key, *(line.area for line in lines)},
            grain__in={
                self.asked.period.grain.value,
                *(one.period.grain.value for one in columns if one.period),
            },
            start__range=(self.asked.period.start, self.asked.period.end),
            superseded_at__isnull=True,
        ).values_list("scope__key", "grain", "start", "value", "version")
        return {(area, grain, start): Holding(value, version) for area, grain, start, value, version in found}

    def _total(self) -> Decimal | None:
        if not self.asked.total:
            self.total_error = _("Type the total that is to be divided.")
            return None
        total, self.total_error = read_target(self.asked.total, self.metric)
        return total

    def _locks(
        self, lines: Sequence[Line], columns: Sequence[Line], held: Held
    ) -> dict[tuple[str, str], Decimal]:
        """What is fixed: by hand, and closed periods at what they have (nothing, where they have no target)."""
        rows = {line.key for line in lines if line.takes}
        names = {column.key for column in columns}
        fixed: dict[tuple[str, str], Decimal] = {}
        negative = bool(self.asked.fixed.locks) and may_be_negative(self.metric)
        for (row, column), text in self.asked.fixed.locks.items():
            both = bool(self.asked.time and self.asked.tree)
            inside = row in rows and column in names
            if not inside and not (both and ((row in rows and not column) or (not row and column in names))):
                continue
            amount, error = read_target(text, self.metric, negative=negative)
            if amount is None:
                self.at[row, column] = error or _("This is not a number. Write 1,200,000 or 120万.")
            else:
                fixed[row, column] = amount
        shut = [column for column in columns if column.closed]
        if shut and len(shut) == len(columns):
            self.errors.append(_("All of this is closed, so its targets stay as they are."))
        for closed in shut:
            assert closed.period is not None
            for line in lines:
                target = held.get((line.area, closed.period.grain.value, closed.period.start))
                if line.takes:
                    fixed[line.key, closed.key] = (target.value if target else None) or Decimal(0)
                    self.at.pop((line.key, closed.key), None)
            fixed.pop(("", closed.key), None)
        if shut and not self.errors:
            self.notes.append(
                _("Closed, so their targets stay and the rest takes up the difference: %(periods)s.")
                % {"periods": listed(formats.short_period(one.key, self.language) for one in shut)}
            )
        return fixed

    # -- Dividing -----------------------------------------------------------------------------------

    def _divided(self, total: Decimal, lines: Sequence[Line], columns: Sequence[Line], locks: Cells) -> Cells:
        unit = shares.unit_of(self.metric)
        rows = {line.key: self._weight(line) for line in lines if line.takes}
        across = {column.key: self._weight(column) for column in columns}
        try:
            if not rows:
                raise DivisionRefused(gettext("Let at least one take part."))
            if self.asked.time and self.asked.tree:
                grid = divide_grid(
                    total, rows=rows, columns=across, unit=unit,
                    locks={cell: amount for cell, amount in locks.items() if all(cell)},
                    row_locks={row: amount for (row, column), amount in locks.items() if not column},
                    column_locks={column: amount for (row, column), amount in locks.items() if not row},
                )  # fmt: skip
                return {
                    **grid.cells,
                    **{(row, ""): amount for row, amount in grid.rows.items()},
                    **{("", column): amount for column, amount in grid.columns.items()},
                }
            if self.asked.time:
                by_time = divide(
                    total, across, unit=unit, locks={c: amount for (_r, c), amount in locks.items()}
                )
                return {(WHOLE, column): amount for column, amount in by_time.items()}
            only = columns[0].key
            by_area = divide(total, rows, unit=unit, locks={r: amount for (r, _c), amount in locks.items()})
            return {(row, only): amount for row, amount in by_area.items()}
        except DivisionRefused as refused:
            self._refused(refused, lines, columns)
            return {}

    def _weight(self, line: Line) -> Decimal:
        by_hand = self.asked.season == "hand" if line.period is not None else self.asked.method == "hand"
        if line.key == WHOLE or (line.period is not None and not self.asked.time):
            return Decimal(1)
        return (read_weight(line.weight) or Decimal(0)) if by_hand else (line.share or Decimal(0))

    def _refused(self, refused: DivisionRefused, lines: Sequence[Line], columns: Sequence[Line]) -> None:
        """What is wrong, at its place and in the words of the page."""
        label = {line.key: line.label for line in (*lines, *columns)}
        if isinstance(refused, LocksTooLarge):
            where = refused.where
            said = str(refused).removeprefix(f"{where}: ")
            if where:
                self.at[(where, "") if where in {line.key for line in lines} else ("", where)] = said
            self.errors.append(f"{label.get(where, where)}: {said}" if where else said)
        elif isinstance(refused, UnitRefused):
            said = str(refused).removeprefix(f"{refused.key}: ")
            keys = tuple(refused.key.split(" "))
            if not refused.key:
                self.total_error = said
                return
            cell = keys if len(keys) == 2 else (keys[0], "") if keys[0].startswith("n") else ("", keys[0])
            self.at[cell[0], cell[1]] = said
            self.errors.append(f"{' · '.join(label.get(key, key) for key in keys)}: {said}")
        else:
            self.errors.append(str(refused))

    def _put_together(
        self,
        total: Decimal | None,
        lines: Sequence[Line],
        columns: Sequence[Line],
        held: Held,
        locks: Cells,
        cells: Cells,
    ) -> BreakDown:
        def target(area: str, period: Period) -> Holding | None:
            return held.get((area, period.grain.value, period.start))

        def cell(row: str, column: str, before: Decimal | None, now: Holding | None, closed: bool) -> Cell:
            after = cells.get((row, column))
            by_hand = (row, column) in self.asked.fixed.locks and not closed
            text = self.asked.fixed.locks[row, column] if by_hand and after is None else ""
            return Cell(
                row, column, before, after, text or amount_text(after, self.metric),
                by_hand, closed, now.version if now else 0, self.at.get((row, column), ""),
            )  # fmt: skip

        rows = []
        for line in lines:
            found = []
            for column in columns:
                assert column.period is not None
                now = target(line.area, column.period)
                found.append(cell(line.key, column.key, now.value if now else None, now, column.closed))
            before = _sum([one.before for one in found])
            rows.append(Row(line, tuple(found), cell(line.key, "", before, None, False)))
        foot = []
        for column in columns:
            assert column.period is not None
            now = target(self.scope.key, column.period)
            foot.append(cell("", column.key, now.value if now else None, now, column.closed))
        now = target(self.scope.key, self.asked.period)
        # The total is what was typed, or what it could not be.
        whole = Cell("", "", now.value if now else None, total if cells else None,
                     amount_text(total, self.metric), version=now.version if now else 0)  # fmt: skip
        return BreakDown(
            self.metric, self.scope, self.asked, tuple(columns), tuple(rows), tuple(foot), whole,
            tuple(self._aims(rows, columns, foot, whole)) if cells else (),
            tuple(self.notes), tuple(self.errors), self.total_error,
        )  # fmt: skip

    def _aims(
        self, rows: Sequence[Row], columns: Sequence[Line], foot: Sequence[Cell], whole: Cell
    ) -> list[Aim]:
        aims = [
            _aim(row.line.area, column.period, cell)
            for row in rows
            if row.line.takes
            for column, cell in zip(columns, row.cells, strict=True)
            if not column.closed and column.period is not None
        ]
        if self.asked.time and self.asked.tree and self.asked.own_parts:
            aims += [
                _aim(self.scope.key, column.period, cell)
                for column, cell in zip(columns, foot, strict=True)
                if not column.closed and column.period is not None
            ]
        if self.asked.own:
            aims.append(_aim(self.scope.key, self.asked.period, whole))
        return aims


def _aim(area: str, period: Period | None, cell: Cell) -> Aim:
    assert period is not None
    assert cell.after is not None
    return Aim(area, period, cell.before, cell.after, cell.version, cell.locked)


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def own_total(scope: Scope, asked: Asked) -> str:
    """What the whole is planned to reach: by its own target, else by those of its quarters or months, where all have one."""
    found = list(
        Target.objects.filter(
            metric=asked.metric, scope__key=scope.key, superseded_at__isnull=True, value__isnull=False,
            start__range=(asked.period.start, asked.period.end),
        ).values_list("grain", "value")
    )  # fmt: skip
    months = len(list(asked.period.months()))
    for grain, needed in ((asked.period.grain.value, 1), ("quarter", months // 3), ("month", months)):
        values = [value for one, value in found if one == grain]
        if len(values) == needed and needed:
            return amount_text(sum((value or Decimal(0) for value in values), Decimal(0)), asked.metric)
    return ""
