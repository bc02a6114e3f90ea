"""A year's targets as a workbook: written for people to edit, read again by its headings. No database, no clock."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from common.spreadsheets import in_cell

CODES = {"area": ("Area code", "区域代码"), "metric": ("Figure code", "指标代码")}
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, HEADING_WITHIN = 3_000, 60, 20
PERCENT = "0.######%"
AMOUNT = "#,##0.######"
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")


class WorkbookRefused(ValueError):
    """The file cannot be read as targets; the message is a sentence for the person who sent it."""


@dataclass(frozen=True)
class WrittenRow:
    """A line to write; `amounts` are one for each month, of a percentage as a fraction."""

    area_code: str
    metric_code: str
    area: str
    metric: str
    percent: bool
    amounts: Sequence[Decimal | None]


@dataclass(frozen=True)
class ReadAmount:
    """A cell that was read: where it stands (`D7`), what it concerns, and its text as somebody would have typed it."""

    address: str
    area: str
    metric: str
    month: str
    text: str
    error: str = ""
    number: Decimal | None = None  # where the cell holds a number: of a percentage the fraction


def write(rows: Sequence[WrittenRow], *, months: Sequence[str], locked: Sequence[bool], title: str) -> bytes:
    """An XLSX file. Codes stand in the first two columns, so that the lines find their way back."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title[:31]
    chinese = _("Area code") != "Area code"
    sheet.append([*(names[chinese] for names in CODES.values()), _("Area"), _("Figure"), *months])
    grey = PatternFill("solid", fgColor="E6E9EE")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        names = (row.area_code, row.metric_code, row.area, row.metric)
        sheet.append([*map(in_cell, names), *row.amounts])
        for place, shut in enumerate(locked):
            cell = sheet.cell(row=sheet.max_row, column=5 + place)
            cell.number_format = PERCENT if row.percent else AMOUNT
            if shut:
                cell.fill = grey
    for place in range(1, 5 + len(months)):
        sheet.column_dimensions[get_column_letter(place)].width = 24 if place in (1, 3) else 14
        if place > 4:
            sheet.cell(row=1, column=place).number_format = "@"
    sheet.freeze_panes = "E2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> list[ReadAmount]:
    """Every cell below a month's heading, in the order of the lines; the columns may stand anywhere.

    Raises WorkbookRefused where it is no workbook, too large, or its headings are missing or said twice.
    """
    values, formulas = (sheet_rows(content, values=one) for one in (True, False))
    heading: _Heading | None = None
    found: list[ReadAmount] = []
    for number, (row, written) in enumerate(zip(values, formulas, strict=False), start=1):
        if heading is None:
            heading = _heading(row)
            if heading is None and number >= HEADING_WITHIN:
                break
            continue
        area, metric = (text_of_cell(row[place]) for place in (heading.area, heading.metric))
        if not area and not metric:
            continue
        for place, month in heading.months.items():
            address = f"{get_column_letter(place + 1)}{number}"
            computed = isinstance(written[place], str) and written[place].startswith("=")
            if computed and row[place] is None:
                error = _("This formula was never calculated. Open the file in Excel and save it again.")
                found.append(ReadAmount(address, area, metric, month, str(written[place])[:60], error))
            else:
                found.append(ReadAmount(address, area, metric, month, *amount_of_cell(row[place])))
    if heading is None:
        raise WorkbookRefused(
            _("There is no line of headings here with %(area)s, %(metric)s and months such as 2027-01.")
            % {"area": _("Area code"), "metric": _("Figure code")}
        )
    return found


@dataclass(frozen=True)
class _Heading:
    area: int
    metric: int
    months: dict[int, str]


def _heading(row: Sequence[Any]) -> _Heading | None:
    """None where the line is not that of the headings. Raises WorkbookRefused where a heading is said twice."""
    texts = [month_of_cell(cell) or text_of_cell(cell) for cell in row]
    places: dict[str, int] = {}
    for name, known in CODES.items():
        at = [place for place, text in enumerate(texts) if text in known]
        if len(at) > 1:
            raise WorkbookRefused(_("The column %(name)s is here twice.") % {"name": texts[at[0]]})
        if at:
            places[name] = at[0]
    months = {place: text for place, cell in enumerate(row) if (text := month_of_cell(cell))}
    if len(places) < len(CODES) or not months:
        return None
    for month in months.values():
        if list(months.values()).count(month) > 1:
            raise WorkbookRefused(_("The column %(name)s is here twice.") % {"name": month})
    return _Heading(places["area"], places["metric"], months)


def month_of_cell(cell: Any) -> str:
    """`2027-01`, also where Excel has made a day of it."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    match = _MONTH.fullmatch(text_of_cell(cell))
    return f"{match[1]}-{int(match[2]):02d}" if match and 1 <= int(match[2]) <= 12 else ""


def text_of_cell(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().removeprefix("'")


def amount_of_cell(cell: Any) -> tuple[str, str, Decimal | None]:
    """Text, nothing wrong with it, and the number: digits for a number, else the text as it stands."""
    if cell is None:
        return "", "", None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = Decimal(repr(cell))
        return (f"{number:f}", "", number) if number.is_finite() else (str(cell), "", None)
    return str(cell).strip(), "", None


def sheet_rows(content: bytes, *, values: bool, columns: int = MOST_COLUMNS) -> Iterator[Sequence[Any]]:
    """The lines of the first sheet, each with as many cells; with `values` what formulas came to, else the formulas.

    Raises WorkbookRefused.
    """
    if len(content) > MOST_BYTES:
        raise WorkbookRefused(_("This file is larger than 5 MB."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise WorkbookRefused(_("This workbook is too large."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        if not sheets:
            raise WorkbookRefused(_("There is no sheet here."))
        sheet = sheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_col=columns, values_only=True), start=1):
            if number > MOST_ROWS:
                raise WorkbookRefused(_("There are more than %(n)s lines here.") % {"n": MOST_ROWS})
            yield [*row, *([None] * (columns - len(row)))]
    except WorkbookRefused:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file leads it to
        raise WorkbookRefused(_("This is no XLSX workbook, or it is damaged.")) from error
