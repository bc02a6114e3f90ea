"""Lists as files, the history above all: CSV as it is read, XLSX by way of a temporary file. Spreadsheets must not run what
people wrote.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from common.spreadsheets import harmless, in_cell
from organization.history import Line, lines
from organization.models import AuditEntry

MOST_IN_XLSX = 200_000


def headings() -> list[str]:
    return [_("When"), _("Who"), _("What"), _("Concerning"), _("Details")]


def cells(line: Line) -> list[str]:
    """Times in the reader's zone, with their distance from UTC."""
    who = line.who.label if line.who is not None else _("The system")
    details = "; ".join(f"{name}: {value}" for name, value in line.details)
    at = timezone.localtime(line.at).isoformat(sep=" ", timespec="seconds")
    return [at, who, line.action, line.subject, details]


class _Echo:
    """What csv writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


Cell = str | int | Decimal | None


def rows_as_csv(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """UTF-8 with a mark at the beginning, by which Excel knows it; numbers are numbers, and no text is computed."""
    writer: Any = csv.writer(_Echo())
    mark = "\ufeff"
    for row in rows:
        yield mark + writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        mark = ""


def rows_as_xlsx(title: str, rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """A temporary file, wound back to its beginning; rows are written as they are read, so memory stays small."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([in_cell(cell) if isinstance(cell, str) else cell for cell in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    book.save(file)
    file.seek(0)
    return file


def _rows(chunks: Iterable[list[AuditEntry]]) -> Iterator[list[str]]:
    yield headings()
    for chunk in chunks:
        yield from map(cells, lines(chunk))


def as_csv(chunks: Iterable[list[AuditEntry]]) -> Iterator[str]:
    return rows_as_csv(_rows(chunks))


def as_xlsx(chunks: Iterable[list[AuditEntry]]) -> IO[bytes]:
    return rows_as_xlsx(_("History"), _rows(chunks))
