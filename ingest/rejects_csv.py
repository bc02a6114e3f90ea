"""Rejected lines as a file that people mend in Excel and send again: their own columns, then the line and the reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ingest.models import Reject
from ingest.rejecting import word

BOM = "\ufeff"  # so that Excel reads Chinese
_OURS = {"Line", "Reason", "行号", "原因"}  # as an earlier download named them; not piled up
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_NUMBER = re.compile(r"[+\-＋－]?\s*[¥￥$€]?\s*[\d.,，．０-９ ]+\s*[%％]?")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. Numbers stay as they are, negative ones too.

    Source: OWASP, CSV Injection: a leading apostrophe makes the cell text.
    """
    if cell.lstrip(" \u00a0\u3000").startswith(_FORMULA) and not _NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell


def csv_lines(*, headings: Sequence[str], rejects: Iterable[Reject], language: str) -> Iterator[str]:
    """The file, line by line, so that a million rejects need no memory. Reasons are in the given language."""
    width = len(headings)
    while width and headings[width - 1].strip().lstrip(BOM) in _OURS:
        width -= 1
    with translation.override(language):
        names = [_("Line"), _("Reason")]
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([*(safe(heading.lstrip(BOM)) for heading in headings[:width]), *names])
    for reject in rejects:
        cells = [safe(cell) for cell in reject.cells[:width]]
        yield writer.writerow([*cells, reject.line, safe(reasons_in_words(reject.reasons, language))])


def reasons_in_words(reasons: Iterable[dict[str, Any]], language: str) -> str:
    with translation.override(language):
        return " ".join(word(reason) for reason in reasons)


class _Echo:
    """What csv writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line
