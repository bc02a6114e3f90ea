"""Files of paths with counts: `path,conversions,nulls` and perhaps `hours`, a line for each path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from channels.attribution import AttributionRefused, Paths, paths_of
from common.listing import listed
from ingest.errors import FileRefused
from ingest.reading.tables import open_table
from kpis.amount_text import parse_amount

NEEDED = ("path", "conversions", "nulls")
HOURS = "hours"
LIMIT = 10**15  # a larger count is a slip, and would be rounded


@dataclass(frozen=True)
class PathFile:
    """The paths of a file, and the line of each."""

    paths: Paths
    lines: Sequence[int]


def read_paths(path: Path) -> PathFile:
    """The whole file, or nothing. Columns may stand in any order and beside others, which are passed over.

    Raises FileRefused, with the line where there is one, for what is no table, lacks a column or has a bad line;
    OSError where the file cannot be read.
    """
    lines: list[int] = []
    texts: list[str] = []
    hours: list[str] = []
    counts: tuple[list[float], list[float]] = ([], [])
    columns: dict[str, int] = {}
    width = 0
    for numbers, rows in open_table(path).blocks():
        for line, cells in zip(numbers, rows, strict=True):
            if not columns:
                columns, width = _columns(cells), len(cells)
                continue
            if any(cells[width:]):
                raise _at(line, _("There are more cells than headings."))
            cells += [""] * (width - len(cells))
            lines.append(line)
            texts.append(cells[columns["path"]])
            for name, found in zip(NEEDED[1:], counts, strict=True):
                found.append(_count(cells[columns[name]], name, line))
            if HOURS in columns:
                hours.append(cells[columns[HOURS]])
    try:
        paths = paths_of(texts, *counts, hours if HOURS in columns else None)
    except AttributionRefused as refused:
        raise FileRefused(refusal(refused, lines)) from refused
    return PathFile(paths, lines)


def refusal(refused: AttributionRefused, lines: Sequence[int]) -> str:
    """What was refused, with the line of the path at fault."""
    return str(refused) if refused.path is None else str(_at(lines[refused.path], str(refused)))


def _at(line: int, text: str) -> FileRefused:
    return FileRefused(_("Line %(line)s: %(text)s") % {"line": line, "text": text})


def _columns(headings: Sequence[str]) -> dict[str, int]:
    names = [heading.strip().casefold() for heading in headings]
    for name in (*NEEDED, HOURS):
        if names.count(name) > 1:
            raise FileRefused(_("The column “%(name)s” stands there twice.") % {"name": name})
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise FileRefused(
            _(
                "Columns are missing: %(missing)s. The first line names them: path, conversions, nulls, and hours if known."
            )
            % {"missing": listed(missing)}
        )
    return {name: names.index(name) for name in (*NEEDED, HOURS) if name in names}


def _count(text: str, name: str, line: int) -> float:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return float(text)
    if not text.strip():
        raise _at(line, _("“%(name)s” is blank; write 0 for none.") % {"name": name})
    amount = parse_amount(text)
    if amount is None:
        raise _at(
            line,
            _("“%(text)s” in “%(name)s” is no number.") % {"text": " ".join(text.split())[:60], "name": name},
        )
    if amount < 0:
        raise _at(line, _("%(text)s in “%(name)s” is below zero.") % {"text": text.strip(), "name": name})
    if amount >= LIMIT:
        raise _at(
            line, _("%(text)s in “%(name)s” is too large for a count.") % {"text": text.strip(), "name": name}
        )
    return float(amount)
