"""From a plan to one file: page after page over the network. No ORM."""

from __future__ import annotations

import csv
import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from common.listing import listed
from common.outbound import Answer, OutboundFailed, download
from ingest.pulling.asking import Ask, Page, Pairs, Plan, PullRefused, first_ask, higher, next_ask
from ingest.pulling.records import Spool, flat, parse_json, records_of
from ingest.reading.tables import Table, open_table

MEGABYTE = 1024 * 1024
LARGEST_FILE = 512 * MEGABYTE
LARGEST_JSON = 32 * MEGABYTE
SECONDS_A_PAGE = 120.0
SECONDS_IN_ALL = 900.0
SHOWN_ROWS = 10


class TryAgain(Exception):
    """It may work later. The message is for people; `after` is how many seconds the other side asks for."""

    def __init__(self, words: str, after: int = 0) -> None:
        super().__init__(words)
        self.after = after


@dataclass(frozen=True)
class Fetched:
    """The file with everything, or None where there was nothing; `marker` is the highest value of the marker field."""

    path: Path | None
    pages: int
    records: int
    marker: str = ""


@dataclass(frozen=True)
class Sample:
    """The first rows of the first page, as a table."""

    rows: tuple[tuple[str, ...], ...]  # headings first
    records: int
    more: bool  # there is another page
    path: Path


def fetch(*, plan: Plan, times: Pairs, folder: Path) -> Fetched:
    """Everything that there is, in one file in `folder`. Raises TryAgain, PullRefused, FileRefused, OutboundRefused."""
    gathering = _Gathering(plan, times, folder, SECONDS_A_PAGE, SECONDS_IN_ALL)
    return gathering.all_pages()


def sample(*, plan: Plan, times: Pairs, folder: Path, seconds: float = 15.0) -> Sample:
    """The first page alone, to look at. Raises like `fetch`."""
    gathering = _Gathering(plan, times, folder, seconds, seconds)
    return gathering.first_page()


class _Gathering:
    def __init__(self, plan: Plan, times: Pairs, folder: Path, a_page: float, in_all: float) -> None:
        self.plan, self.times, self.folder = plan, times, folder
        self.a_page, self.until = a_page, time.monotonic() + in_all
        self.bytes_left = min(LARGEST_FILE, settings.UPLOAD_LIMIT_BYTES)

    # -- All of it

    def all_pages(self) -> Fetched:
        if self.plan.json:
            return self._json_pages()
        if self.plan.paging == "none":
            return self._one_table()
        return self._table_pages()

    def _one_table(self) -> Fetched:
        """As it came, byte for byte."""
        path = self.folder / "answer"
        self._download(first_ask(self.plan, self.times), path)
        table = _table(path)
        if table is None or len(table.head) < 2:
            return Fetched(None, 1, 0)
        rows, marker = 0, ""
        if self.plan.marker_field:
            at = _column(table.head[0][1], self.plan.marker_field)
            for _lines, block in table.blocks():
                rows += len(block)
                for cells in block[1 if rows == len(block) else 0 :]:
                    marker = higher(marker, cells[at].strip() if at < len(cells) else "")
        suffix = ".xlsx" if table.encoding == "xlsx" else ".csv"
        return Fetched(path.rename(self.folder / f"table{suffix}"), 1, max(0, rows - 1), marker)

    def _table_pages(self) -> Fetched:
        """Tables under each other; headings that come again are left out."""
        whole, headings, pages, records, marker, at = self.folder / "table.csv", None, 0, 0, "", 0
        ask: Ask | None = first_ask(self.plan, self.times)
        before = b""
        with whole.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            while ask is not None:
                path = self.folder / "answer"
                answer = self._download(ask, path)
                pages += 1
                table = _table(path)
                count = 0
                for _lines, rows in table.blocks() if table else ():
                    for cells in rows:
                        if headings is None:
                            headings = cells
                            at = _column(cells, self.plan.marker_field) if self.plan.marker_field else 0
                            writer.writerow(cells)
                        elif cells != headings:
                            writer.writerow(cells)
                            count += 1
                            if self.plan.marker_field and at < len(cells):
                                marker = higher(marker, cells[at].strip())
                if count:
                    before = _differs(before, path)
                records += count
                ask = next_ask(self.plan, self.times, ask, Page(count, None, answer.headers))
        return Fetched(whole if records else None, pages, records, marker)

    def _json_pages(self) -> Fetched:
        spool = Spool(self.folder, self.plan.marker_field)
        try:
            pages = 0
            ask: Ask | None = first_ask(self.plan, self.times)
            before = b""
            while ask is not None:
                page, records, body = self._json_page(ask)
                pages += 1
                if records:
                    if body == before:
                        raise _same_page()
                    before = body
                for record in records:
                    spool.add(flat(record))
                ask = next_ask(self.plan, self.times, ask, page)
            if not spool.count:
                return Fetched(None, pages, 0)
            spool.write(self.folder / "table.csv")
            return Fetched(self.folder / "table.csv", pages, spool.count, spool.marker)
        finally:
            spool.close()

    # -- A look

    def first_page(self) -> Sample:
        ask = first_ask(self.plan, self.times)
        if self.plan.json:
            page, records, _body = self._json_page(ask)
            spool = Spool(self.folder, "")
            for record in records:
                spool.add(flat(record))
            path = self.folder / "table.csv"
            spool.write(path)
            count = len(records)
        else:
            path = self.folder / "answer"
            answer = self._download(ask, path)
            table = _table(path)
            count = sum(len(rows) for _lines, rows in table.blocks()) - 1 if table else 0
            page = Page(max(0, count), None, answer.headers)
        table = _table(path)
        rows = tuple(tuple(cells) for _line, cells in islice(table.head, SHOWN_ROWS + 1)) if table else ()
        more = self.plan.paging != "none" and next_ask(self.plan, self.times, ask, page) is not None
        return Sample(rows, max(0, count), more, path)

    # -- One request

    def _json_page(self, ask: Ask) -> tuple[Page, list[dict[str, Any]], bytes]:
        into = BytesIO()
        answer = self._answer(ask, into, min(LARGEST_JSON, self.bytes_left))
        body = into.getvalue()
        self.bytes_left -= len(body)
        parsed = parse_json(body)
        records = records_of(parsed, self.plan.records_path)
        return Page(len(records), parsed, answer.headers), records, body

    def _download(self, ask: Ask, path: Path) -> Answer:
        with path.open("wb") as file:
            answer = self._answer(ask, file, self.bytes_left)
        self.bytes_left -= path.stat().st_size
        return answer

    def _answer(self, ask: Ask, to: BinaryIO, most_bytes: int) -> Answer:
        left = min(self.a_page, self.until - time.monotonic())
        if left <= 0 or most_bytes <= 0:
            raise PullRefused(
                _("There is too much for one time. Ask for less at once; nothing was imported.")
            )
        try:
            answer = download(
                url=ask.url, to=to, headers=dict(self.plan.headers), timeout=left, most_bytes=most_bytes
            )
        except OutboundFailed as failed:
            raise TryAgain(str(failed)) from failed
        _judge(answer, self.plan.json)
        return answer


def _judge(answer: Answer, json: bool) -> None:
    """Raises where the status or the kind of content says that this is no data."""
    status = answer.status
    if status == 429 or status >= 500 or status == 408:
        words = {
            429: _("The other side says that we ask too often (429)."),
            503: _("The other side is not available now (503)."),
        }.get(status, _("The other side has a fault of its own (%(status)s).") % {"status": status})
        raise TryAgain(words, _retry_after(answer))
    if status in {401, 403}:
        raise PullRefused(
            _("The other side does not let us in (%(status)s). Check the key in the headers.")
            % {"status": status}
        )
    if status in {404, 410}:
        raise PullRefused(_("There is nothing at this address (%(status)s). Check it.") % {"status": status})
    if not answer.ok or status == 206:
        raise PullRefused(
            _("The other side refuses the request (%(status)s). Check address and parameters.")
            % {"status": status}
        )
    kind = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        raise PullRefused(_("A web page came instead of data, perhaps one to log in. Check address and key."))
    if kind.startswith(("image/", "audio/", "video/", "font/")) or kind == "application/pdf":
        raise PullRefused(_("What came is no data (%(kind)s). Check the address.") % {"kind": kind})
    if not json and kind in {"application/json", "text/json"}:
        raise PullRefused(_("JSON came instead of a table. Choose JSON as what comes."))


def _retry_after(answer: Answer) -> int:
    text = (answer.headers.get("Retry-After") or "").strip()
    return min(int(text), 24 * 3600) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _table(path: Path) -> Table | None:
    """The table; None where the answer is empty. Raises FileRefused where it is none."""
    return open_table(path) if path.stat().st_size else None


def _column(headings: Sequence[str], name: str) -> int:
    names = [heading.lstrip("\ufeff").strip() for heading in headings]
    if name not in names:
        raise PullRefused(
            _("There is no column “%(name)s” to take the marker from. The columns are: %(columns)s.")
            % {"name": name, "columns": listed(names)[:200]}
        )
    return names.index(name)


def _differs(before: bytes, path: Path) -> bytes:
    """The page's digest. Raises PullRefused where the page before was the same: the parameter is not understood."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    if digest == before:
        raise _same_page()
    return digest


def _same_page() -> PullRefused:
    return PullRefused(
        _(
            "The same page came twice: the other side does not know the parameter for pages. Nothing was imported."
        )
    )


def clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
