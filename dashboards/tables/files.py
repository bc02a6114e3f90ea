"""Blocks of a page as CSV (one after another) and as XLSX (a sheet each). Numbers are numbers, and no text is computed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from common.spreadsheets import in_cell
from dashboards.tables.page import Block, SeenPage
from dashboards.tables.values import DAYS, PERCENT, POINTS, TIMES, Seen
from organization.exporting import Cell

DAY = "yyyy-mm-dd"
NAME = 31  # characters of a sheet's name
WIDEST = 48  # characters of a column
_NOT_IN_NAMES = re.compile(r"[\\/*?:\[\]\x00-\x1f]")


@dataclass(frozen=True)
class Words:
    """What files say beside the page, in its language. `about`: lines of two cells: whose view, as of when, where."""

    about: tuple[tuple[str, str], ...]
    unit: str
    note: str
    units: dict[str, str]  # how a unit is written in a heading


@dataclass(frozen=True)
class _Column:
    head: str
    cells: tuple[Seen, ...]

    @property
    def units(self) -> set[str]:
        return {cell.unit for cell in self.cells if cell.number is not None}


def laid_out(block: Block, words: Words) -> tuple[list[str], list[list[Seen]]]:
    """Headings with units, and columns besides for units that differ and for what stands beside a number."""
    heads: list[str] = []
    columns: list[Sequence[Seen]] = []
    for n, head in enumerate(block.heads):
        column = _Column(head, tuple(row[n] for row in block.rows))
        units = column.units
        named = {words.units.get(unit, unit) for unit in units}
        if len(units) == 1 and units != {""}:
            unit = named.pop()
            heads.append(f"{head} ({unit})" if head else unit)
        else:
            heads.append(head)
        columns.append(column.cells)
        if len(units) > 1:
            heads.append(words.unit if not head else f"{head}: {words.unit}")
            columns.append([Seen(words.units.get(cell.unit, cell.unit)) for cell in column.cells])
        if any(cell.note and (cell.text or cell.number is not None) for cell in column.cells):
            heads.append(f"{head}: {words.note}" if head else words.note)
            columns.append([Seen(cell.note) for cell in column.cells])
        elif any(cell.note for cell in column.cells):
            columns[-1] = [cell if cell.text else Seen(cell.note) for cell in column.cells]
    rows = [[column[n] for column in columns] for n in range(len(block.rows))]
    return heads, rows


def csv_rows(page: SeenPage, words: Words) -> Iterator[list[Cell]]:
    """For `organization.exporting.rows_as_csv`. Percentages as they are read: 2.5 below "CTR (%)"."""
    for line in words.about:
        yield list(line)
    for block in page.blocks:
        yield []
        yield [block.name]
        heads, rows = laid_out(block, words)
        yield list(heads)
        for row in rows:
            yield [_plain(cell) for cell in row]


def _plain(cell: Seen) -> Cell:
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    if cell.value is None:
        return cell.text
    return _short(cell.value * 100 if cell.unit == PERCENT else cell.value)


def _short(value: Decimal) -> Decimal:
    """Without zeros at its end, and never as 1E+3."""
    return Decimal(f"{value:f}".rstrip("0").rstrip(".")) if "." in f"{value:f}" else Decimal(f"{value:f}")


def xlsx(page: SeenPage, words: Words) -> IO[bytes]:
    """A temporary file, wound back to its beginning. What is said about all of it stands on the first sheet."""
    book = Workbook(write_only=True)
    bold = Font(bold=True)
    taken: set[str] = set()
    first = book.create_sheet(_sheet_name(page.title or "Plumbline", taken))
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 18, 90
    for name, text in words.about:
        label = WriteOnlyCell(first, in_cell(name))
        label.font = bold
        first.append([label, in_cell(text)])
    for block in page.blocks:
        heads, rows = laid_out(block, words)
        sheet = book.create_sheet(_sheet_name(block.name, taken))
        sheet.freeze_panes = "A2"
        for n, head in enumerate(heads):
            texts = [head, *(row[n].text for row in rows)]
            letter = _letter(n)
            sheet.column_dimensions[letter].width = min(max(map(_breadth, texts)) + 2, WIDEST)
        top = []
        for head in heads:
            cell = WriteOnlyCell(sheet, in_cell(head))
            cell.font = bold
            top.append(cell)
        sheet.append(top)
        for row in rows:
            sheet.append([_cell(sheet, one) for one in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: object, cell: Seen) -> object:
    if cell.value is None:
        return in_cell(cell.text) or None
    made = WriteOnlyCell(sheet, _short(cell.value) if isinstance(cell.value, Decimal) else cell.value)  # type: ignore[arg-type]
    made.number_format = DAY if isinstance(cell.value, date) else format_of(cell.value, cell.unit)
    return made


def format_of(value: Decimal, unit: str) -> str:
    """How a spreadsheet writes it; behind it the number is exact."""
    digits = "#,##0" if value == value.to_integral_value() else "#,##0.00"
    match unit:
        case "%":
            return "0.0%" if value == 0 or abs(value) >= Decimal("0.001") else "0.0000%"
        case _ if unit == POINTS:
            return "+0.0#;-0.0#;0"
        case _ if unit == TIMES:
            return '"1:"0.00'
        case _ if unit in ("", DAYS):
            return digits
    sign = unit.replace('"', "")
    return f'"{sign}"{digits};-"{sign}"{digits}'


def _sheet_name(text: str, taken: set[str]) -> str:
    """Once in the book, without what Excel forbids in it."""
    plain = " ".join(_NOT_IN_NAMES.sub(" ", text).split()).strip("'") or "Plumbline"
    name, number = _cut(plain, NAME), 1
    while name.casefold() in taken:
        number += 1
        end = f" ({number})"
        name = _cut(plain, NAME - len(end)) + end
    taken.add(name.casefold())
    return name


def _cut(text: str, length: int) -> str:
    """By UTF-16, in which Excel counts."""
    while len(text.encode("utf-16-le")) // 2 > length:
        text = text[:-1]
    return text.rstrip()


def _breadth(text: str) -> int:
    """Chinese takes twice the room."""
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text[:WIDEST])


def _letter(n: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(n + 1)
