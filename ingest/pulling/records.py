"""What an answer holds, as rows of a table: JSON records under headings that are their keys, nested ones dotted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ingest.pulling.asking import PullRefused, dig, higher
from ingest.reading.tables import MAX_COLUMNS

DEEPEST = 6


def parse_json(body: bytes) -> Any:
    """Numbers stay as they were written, so that no digit is lost. Raises PullRefused where it is no JSON."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=lambda text: None
        )
    except UnicodeDecodeError:
        raise PullRefused(_("The answer is no JSON: its letters are not UTF-8.")) from None
    except (ValueError, RecursionError):
        start = body[:80].decode("utf-8", "replace").strip()
        raise PullRefused(_("The answer is no JSON. It begins: %(start)s") % {"start": start}) from None


def records_of(body: Any, path: str) -> list[dict[str, Any]]:
    """The list of records at the path; without a path the answer itself, or the one list that it holds.

    Raises PullRefused where there is none.
    """
    found = dig(body, path) if path else body
    if not path and isinstance(body, Mapping):
        lists = [value for value in body.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    if found is None and path and dig(body, path.rpartition(".")[0]) is not None:
        found = [] if _names(body, path) else None
    if not isinstance(found, list):
        keys = ", ".join(map(str, body)) if isinstance(body, Mapping) else ""
        raise PullRefused(
            _("No list of records was found at “%(path)s”. The answer holds: %(keys)s.")
            % {"path": path or "…", "keys": keys[:200] or "—"}
        )
    if not all(isinstance(record, Mapping) for record in found):
        raise PullRefused(
            _("The list at “%(path)s” holds something else than records.") % {"path": path or "…"}
        )
    return found


def _names(body: Any, path: str) -> bool:
    """Whether the last step of the path is there at all, with nothing (null) in it: no records this time."""
    above, _dot, last = path.rpartition(".")
    at = dig(body, above)
    return isinstance(at, Mapping) and last in at


def flat(record: Mapping[str, Any]) -> dict[str, str]:
    """One record as cells by heading."""
    cells: dict[str, str] = {}

    def put(name: str, value: Any, depth: int) -> None:
        if isinstance(value, Mapping) and value and depth < DEEPEST:
            for key, inner in value.items():
                put(f"{name}.{key}" if name else str(key), inner, depth + 1)
        elif isinstance(value, list | Mapping):
            cells[name] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            cells[name] = "true" if value else "false"
        else:
            cells[name] = "" if value is None else str(value)

    put("", record, 0)
    return cells


class Spool:
    """Records of many pages on their way into one CSV file: memory does not grow with them.

    Headings may come up late, so records are kept as lines first and written out when all are known.
    """

    def __init__(self, folder: Path, marker_field: str) -> None:
        self._path = folder / "records"
        self._file = self._path.open("w", encoding="utf-8")
        self._headings: dict[str, None] = {}
        self._field = marker_field
        self.count = 0
        self.marker = ""

    def add(self, cells: Mapping[str, str]) -> None:
        for heading in cells:
            self._headings.setdefault(heading)
        if len(self._headings) > MAX_COLUMNS:
            raise PullRefused(_("The records have more than %(limit)s fields.") % {"limit": MAX_COLUMNS})
        self._file.write(json.dumps(cells, ensure_ascii=False) + "\n")
        self.marker = higher(self.marker, cells.get(self._field, "").strip())
        self.count += 1

    def write(self, path: Path) -> None:
        """The CSV file with all that was added."""
        self._file.close()
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(self._headings)
            with self._path.open(encoding="utf-8") as lines:
                writer.writerows(self._cells(json.loads(line)) for line in lines)
        self._path.unlink()

    def _cells(self, record: Mapping[str, str]) -> Iterator[str]:
        return (record.get(heading, "") for heading in self._headings)

    def close(self) -> None:
        self._file.close()
