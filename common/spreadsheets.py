"""Texts in files that spreadsheets open: shown as they are, and never computed. Pure."""

from __future__ import annotations

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# With these at its beginning, a spreadsheet takes a cell for a formula (OWASP: CSV injection).
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
BLANK = " \u00a0\u3000"  # which spreadsheets pass over before it
LONGEST = 32_000  # characters; a cell holds some more


def harmless(text: str) -> str:
    """The text, with a quotation mark before what a spreadsheet would compute."""
    return f"'{text}" if text.lstrip(BLANK).startswith(FORMULA) else text


def in_cell(text: str) -> str:
    """The same for a cell of a workbook, which holds no control characters and is not endless."""
    return harmless(ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST])
