"""Files as rows of text cells, streamed: memory does not grow with the file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from common.listing import listed
from ingest.errors import FileRefused
from ingest.reading.encoding import encoding_of

Row = tuple[int, list[str]]  # line number in the file from 1, cells
Block = tuple[Sequence[int], list[list[str]]]  # some rows at once: their line numbers, their cells
BLOCK_ROWS = 500  # what fits a processor cache: larger blocks are slower
MAX_COLUMNS = 250
MOST_LINES = 1_048_576  # of a sheet, as Excel has them
DELIMITERS = (",", "\t", ";", "|", "，")
HEAD_ROWS = 30  # titles may stand above the headings

# Letters of a cell: far more than any has, so that a comment of a megabyte costs its line and not its file.
csv.field_size_limit(4_000_000)


@dataclass(frozen=True)
class Table:
    """An open file: how it is written, its first rows (for finding the headings), and all rows from the start."""

    encoding: str
    head: list[Row]
    path: Path
    delimiter: str = ""

    def blocks(self) -> Iterator[Block]:
        """Every row that is not blank, some hundreds at a time: a call a row would cost more than the reading.

        Raises FileRefused where the file turns out to be cut off.
        """
        if self.encoding == "xlsx":
            return _workbook_blocks(self.path)
        return _text_blocks(self.path, self.encoding, self.delimiter)


def open_table(path: Path) -> Table:
    """Looks at the file's beginning. Raises FileRefused where it is no table, empty, too large, locked or cut off."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(_("This file is empty."))
    if size > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
        raise FileRefused(
            _("This file is larger than %(limit)s MB. Split it and send the parts.") % {"limit": limit}
        )
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refuse_old_office(path)
    if start.startswith(b"PK"):
        _check_workbook(path)
        table = Table("xlsx", list(islice(_workbook_rows(path), HEAD_ROWS)), path)
    elif start.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
    ):
        raise FileRefused(_("This file is no table. Send a CSV or XLSX file."))
    else:
        encoding = encoding_of(path)
        delimiter = _delimiter_of(path, encoding)
        lines, rows = next(_text_blocks(path, encoding, delimiter, HEAD_ROWS), ([], []))
        table = Table(encoding, list(zip(lines, rows, strict=True)), path, delimiter)
    if not table.head:
        raise FileRefused(_("This file is empty."))
    if max(len(cells) for _line, cells in table.head) > MAX_COLUMNS:
        raise FileRefused(_("This file has more than %(limit)s columns.") % {"limit": MAX_COLUMNS})
    return table


def _delimiter_of(path: Path, encoding: str) -> str:
    """The separator that gives the first lines the most columns, and the same number of them."""
    with path.open(encoding=encoding, newline="") as file:
        sample = [line for line in islice(file, 20) if line.strip()]

    def fitness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            return (0, 0)
        width = max(widths, default=0)
        return (widths.count(width) if width > 1 else 0, width)

    return max(DELIMITERS, key=fitness)


def _text_blocks(path: Path, encoding: str, delimiter: str, size: int = BLOCK_ROWS) -> Iterator[Block]:
    ends_open = not _ends_with_newline(path)
    width, last = 0, 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            while True:
                before = reader.line_num
                rows = list(islice(reader, size))
                if not rows:
                    break
                lines: Sequence[int] = range(before + 1, reader.line_num + 1)
                if len(lines) != len(rows):  # a cell spans lines: count again, a row at a time
                    lines = _line_numbers(rows, before, reader.line_num)
                width, last = len(rows[-2]) if len(rows) > 1 else last, len(rows[-1])
                if not all(map(any, rows)):
                    kept = [position for position, cells in enumerate(rows) if any(cells)]
                    lines, rows = (
                        [lines[position] for position in kept],
                        [rows[position] for position in kept],
                    )
                if rows:
                    yield lines, rows
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise FileRefused(
                    _(
                        "This file is cut off: a quotation mark on its last lines is never closed. Send the whole file."
                    )
                ) from None
            raise FileRefused(
                _("Line %(line)s is not well-formed: a quotation mark or a cell is wrong there.")
                % {"line": reader.line_num}
            ) from None
    if ends_open and 0 < last < width:
        raise FileRefused(
            _("This file is cut off in its last line. Export it again and send the whole file.")
        )


def _line_numbers(rows: list[list[str]], before: int, after: int) -> list[int]:
    """The line on which each row begins, where cells hold line breaks of their own."""
    lines, at = [], before + 1
    for cells in rows:
        lines.append(min(at, after))
        at += 1 + sum(cell.count("\n") or cell.count("\r") for cell in cells)
    return lines


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2))
        return not set(file.read()).isdisjoint(b"\r\n")


def _refuse_old_office(path: Path) -> FileRefused:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return FileRefused(
            _("This workbook is protected by a password. Save it without one and send it again.")
        )
    return FileRefused(_("This is an old Excel file (.xls). Save it as .xlsx or CSV and send it again."))


def _check_workbook(path: Path) -> None:
    if path.stat().st_size > settings.XLSX_LIMIT_BYTES:
        limit = settings.XLSX_LIMIT_BYTES // (1024 * 1024)
        raise FileRefused(
            _("This workbook is larger than %(limit)s MB. Save it as CSV and send that.") % {"limit": limit}
        )
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            unpacked = sum(info.file_size for info in archive.infolist())
            locked = any(info.flag_bits & 1 for info in archive.infolist())
    except zipfile.BadZipFile:
        raise FileRefused(
            _("This workbook is cut off or damaged. Save it again and send the whole file.")
        ) from None
    if locked:
        raise FileRefused(_("This file is protected by a password. Save it without one and send it again."))
    if "xl/workbook.xml" not in names:
        raise FileRefused(_("This file is no table: it is a packed file, but no Excel workbook."))
    if unpacked > 20 * settings.XLSX_LIMIT_BYTES:
        raise FileRefused(_("This workbook is too large when unpacked. Save it as CSV and send that."))


def _workbook_blocks(path: Path) -> Iterator[Block]:
    rows = _workbook_rows(path)
    while block := list(islice(rows, BLOCK_ROWS)):
        yield [line for line, _cells in block], [cells for _line, cells in block]


def _workbook_rows(path: Path) -> Iterator[Row]:
    """Rows of the one visible sheet that holds a table; texts on other sheets are passed over."""
    import openpyxl

    file = path.open("rb")  # given the path, the library would go by the name, which may be anything
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # a damaged workbook fails in many ways inside the library
        file.close()
        raise FileRefused(_("This workbook cannot be read. Save it again as .xlsx and send it.")) from error
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        tables = [sheet for sheet in sheets if _is_table(sheet)]
        if len(tables) > 1:
            names = listed(f"“{sheet.title}”" for sheet in tables[:5])
            raise FileRefused(
                _("This workbook has several sheets with tables: %(names)s. Send one sheet a file.")
                % {"names": names}
            )
        for sheet in tables or sheets[:1]:
            yield from _sheet_rows(sheet)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(
            _("This workbook is cut off or damaged. Save it again and send the whole file.")
        ) from error
    finally:
        book.close()
        file.close()


def _is_table(sheet: Any) -> bool:
    """Two of its first rows have two cells or more."""
    return sum(len(cells) > 1 for _line, cells in islice(_sheet_rows(sheet), HEAD_ROWS)) > 1


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    """The lines that hold something. The file's own word for where a cell stands is not trusted: the library would
    make every cell and line before it, however many."""
    with sheet._get_source() as source:
        parser = _sheet_parser()(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=sheet.parent.epoch,
            date_formats=sheet.parent._date_formats,
            timedelta_formats=sheet.parent._timedelta_formats,
        )
        before = 0
        for line, cells in parser.parse():
            if not before < line <= MOST_LINES:
                raise ValueError(f"line {line} after {before}")
            before = line
            texts: list[str] = []
            for cell in cells:
                text = _cell_text(cell["value"])
                if not text:
                    continue
                if cell["column"] > MAX_COLUMNS:
                    raise FileRefused(
                        _("This file has more than %(limit)s columns.") % {"limit": MAX_COLUMNS}
                    )
                if cell["column"] <= len(texts):
                    raise ValueError(f"column {cell['column']} twice in line {line}")
                texts += [""] * (cell["column"] - len(texts) - 1)
                texts.append(text)
            if texts:
                yield line, texts


@cache
def _sheet_parser() -> Any:
    from openpyxl.worksheet import _reader

    class Parser(_reader.WorkSheetParser):
        """A formula that was never counted is not an empty cell: it is read as it stands, and rejected as a figure."""

        def parse_cell(self, element: Any) -> Any:
            cell = super().parse_cell(element)
            if cell["value"] is None and element.find(_reader.VALUE_TAG) is None:
                formula = element.find(_reader.FORMULA_TAG)
                if formula is not None:
                    cell["value"] = f"={formula.text or ''}"
            return cell

    return Parser


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()
