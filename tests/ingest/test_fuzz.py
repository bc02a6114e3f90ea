"""Whatever is sent: no error that nobody wrote, no wrong figure, nothing left of what failed, in bounded memory and time."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import Fact, Original, Superseded
from ingest.errors import FileRefused
from ingest.layout_pages import question
from ingest.models import Import, Reject, SavedLayout, State
from ingest.reading.tables import open_table
from ingest.rejecting import word
from ingest.services import ask_undo, import_path, work_next
from ingest.services.run import _UNKNOWN
from kpis.models import AmountDay, Measure
from kpis.work import catch_up
from tests.clean_slate import start_over
from tests.ingest import nasty
from tests.ingest.layouts import layout, rate
from tests.people import bob

pytestmark = pytest.mark.django_db(transaction=True)

# PLUMBLINE_FUZZ=2000 tries that many files a test, with other luck each time; the suite tries the same few.
LONG = int(os.environ.get("PLUMBLINE_FUZZ", "0"))
A_FILE_TAKES = 20.0  # seconds at most, on a machine that does other things too
A_FILE_NEEDS = 300 * 1024  # kB of memory at most, beyond what was needed before


def fuzz(examples: int) -> settings:
    return settings(
        max_examples=LONG or examples,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def bounded() -> Iterator[None]:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    yield
    assert time.monotonic() - started < A_FILE_TAKES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < A_FILE_NEEDS


def send(folder: Path, content: bytes, *, preset: str = "") -> Import:
    path = folder / "file.csv"
    path.write_bytes(content)
    with bounded():
        batch = import_path(path=path, preset=preset)
    assert_sound(batch)
    return batch


def assert_sound(batch: Import) -> None:
    """It is done, failed with words, or asks; its lines are counted; of what failed nothing is left."""
    rejects = list(Reject.objects.filter(batch=batch))
    assert batch.state in {State.DONE, State.FAILED, State.ASKS}
    assert batch.rows == batch.accepted + batch.rejected
    assert len(rejects) == batch.rejected
    assert not staging_tables()
    for reject in rejects:
        assert reject.reasons
        assert all(word(reason) for reason in reject.reasons)
    if batch.state == State.DONE:
        assert not batch.error
        assert batch.rows
        assert batch.accepted - batch.unchanged >= 0
    else:
        assert batch.error
        assert batch.error != str(_UNKNOWN)
        assert not rejects
        assert not Fact.objects.filter(batch_id=batch.pk).exists()


def staging_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE tablename ~ '^ingest_(stage|typed|spread|map)_'"
        )
        return [name for (name,) in cursor.fetchall()]


def sums(rows: Any) -> dict[str, Decimal]:
    """By measure, without those that are nothing."""
    codes = dict(Measure.objects.values_list("slot", "code"))
    found: dict[str, Decimal] = {}
    for amounts in rows.values_list("amounts", flat=True):
        for slot, amount in enumerate(amounts, start=1):
            if amount is not None:
                found[codes[slot]] = found.get(codes[slot], Decimal(0)) + amount
    return {code: total for code, total in found.items() if total}


def figures() -> dict[str, Decimal]:
    """The company's sums; its facts say the same."""
    catch_up()
    found = sums(AmountDay.objects.filter(scope__key="company"))
    assert found == sums(Fact.objects.all())
    return found


def take_back(batch: Import) -> None:
    """And nothing is left; the figures follow, as the next file sees."""
    if batch.state == State.DONE:
        assert ask_undo(batch=batch, person=None)
        assert work_next()
    assert not Fact.objects.exists()
    assert not Superseded.objects.exists()
    assert not Original.objects.exists()


# -- What goes in is what a plain reader reads


def test_an_endless_line_is_refused_before_it_is_held(tmp_path: Path) -> None:
    for content in (
        b"date,channel,cost\n2025-08-01,A,5\n" + b"," * 30_000_000,
        b'"' + b"x\0y" * 200_000,
        b"1" * 9_000_000,
    ):
        batch = send(tmp_path, content)
        assert batch.state == State.FAILED


def test_every_odd_text_is_read_as_it_is_meant(tmp_path: Path) -> None:
    amounts = [
        ["2025-08-01", f"Channel {number}", "", "1", "1", "1", text]
        for number, text in enumerate(nasty.AMOUNTS)
    ]
    days = [[text, f"Day {number}", "", "1", "1", "1", "1"] for number, text in enumerate(nasty.DAYS)]
    names = [
        [f"2025-07-{number % 28 + 1:02}", text, f"P{number}", "1", "1", "1", "1"]
        for number, text in enumerate(nasty.NAMES)
    ]
    for rows in (amounts, days, names):
        check(send(tmp_path, nasty.write(rows, nasty.Writing())), rows, nasty.line_numbers(rows))


@fuzz(12)
@given(rows=nasty.tables(), way=nasty.writings)
def test_a_table_says_the_same_in_all_letters_and_separators(
    tmp_path: Path, rows: list[list[str]], way: nasty.Writing
) -> None:
    if way.encoding in {"utf-8", "gb18030"} and way.delimiter == ",":
        rows = [*rows, ["2025-08-31", "华东直播", "", "1", "1", "1", "1"]]
    check(send(tmp_path, nasty.write(rows, way)), rows, nasty.line_numbers(rows))


@fuzz(6)
@given(rows=nasty.tables(), typed=st.booleans())
def test_a_workbook_says_what_its_table_says(tmp_path: Path, rows: list[list[str]], typed: bool) -> None:
    rows = [[cell[:30_000].replace("\r", "\n") for cell in row] for row in rows]
    rows = [
        row
        for row in rows
        if all(cell in known or len(cell) < 20 for cell, known in zip(row, KNOWN, strict=True))
    ]
    if rows:
        check(send(tmp_path, nasty.write_workbook(rows, typed=typed)), rows, list(range(2, len(rows) + 2)))


KNOWN: tuple[Collection[str], ...] = (
    nasty.DAYS,
    nasty.NAMES,
    nasty.NAMES,
    *[nasty.AMOUNTS] * len(nasty.MEASURES),
)


def check(batch: Import, rows: list[list[str]], lines: list[int]) -> None:
    expected = nasty.read(rows)
    assert batch.state == State.DONE, batch.error
    wrong = {lines[position] for position in expected.rejected}
    told = {reject.line: (reject.cells, reject.reasons) for reject in batch.rejects.all()}
    assert set(told) == wrong, {line: told.get(line) for line in set(told) ^ wrong}
    assert (batch.rows, batch.accepted) == (len(rows), expected.accepted)
    assert figures() == expected.sums
    take_back(batch)


@fuzz(8)
@given(
    rows=nasty.tables(), way=nasty.writings, added=st.booleans(), replaces=st.booleans(), strict=st.booleans(),
    foreign=st.sampled_from(["", "USD", "JPY"]), factor=st.sampled_from([1, 1000, 10000]), days=st.sampled_from([1, 7]),
)  # fmt: skip
def test_a_saved_layout_reads_by_its_own_rules(
    tmp_path: Path, rows: list[list[str]], way: nasty.Writing, added: bool, replaces: bool, strict: bool,
    foreign: str, factor: int, days: int,
) -> None:  # fmt: skip
    SavedLayout.objects.all().delete()
    rate("USD", "1990-01-01", "7")
    saved = layout(
        ("date", "day"), ("channel", "channel"), ("product", "product"), ("clicks", "measure:clicks"),
        ("orders", "measure:orders"), ("revenue", "measure:revenue"), ("cost", "measure:cost", factor), source="Ours",
        sums=added, replaces=replaces, strict=strict, currency=foreign, days=days,
    )  # fmt: skip
    batch = send(tmp_path, nasty.write(rows, way), preset=saved.code)
    assert batch.state == State.DONE, batch.error
    if not strict and foreign != "JPY" and days == 1 and not has_bounds(rows):
        expected = nasty.read(rows, sums=added)
        worth = {"revenue": Decimal(7 if foreign else 1), "cost": Decimal(7 if foreign else 1) * factor}
        assert {code: total for code, total in figures().items() if code not in worth} == {
            code: total for code, total in expected.sums.items() if code not in worth
        }
        assert batch.accepted == expected.accepted
        for code, times in worth.items():
            assert (
                abs(figures().get(code, Decimal(0)) - expected.sums.get(code, Decimal(0)) * times)
                <= len(rows) * times / 10000
            )
    elif foreign == "JPY":
        assert batch.accepted == 0  # nobody has said what it is worth
    take_back(batch)


def has_bounds(rows: list[list[str]]) -> bool:
    """Amounts that a factor or a rate brings over the limit."""
    return any(
        cell[:7] in {"9999999", "1000000"} or len(cell.split(".")[0]) > 7 for row in rows for cell in row[3:]
    )


# -- Whatever comes


@fuzz(150)
@given(content=nasty.spoiled())
def test_reading_ends_in_rows_or_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with bounded():
        lines = lines_or_words(path)
    assert lines == sorted(set(lines))


def lines_or_words(path: Path) -> list[int]:
    try:
        return [line for lines, _rows in open_table(path).blocks() for line in lines]
    except FileRefused as refused:
        said = str(refused)
    assert said
    return []


@fuzz(15)
@given(content=nasty.spoiled(), preset=st.sampled_from(["", "", "ask", "table", "ad-report", "media-weekly"]))
def test_a_spoiled_file_goes_in_or_says_why_not(tmp_path: Path, content: bytes, preset: str) -> None:
    bob()
    batch = send(tmp_path, content, preset=preset)
    if batch.state == State.ASKS:
        assert_asks_well(batch)
    if batch.pk % 8 == 0:
        figures()
    take_back(batch)


def assert_asks_well(batch: Import) -> None:
    """The page that asks what its columns are comes, with every line as the one of the headings, or says why not."""
    client = Client()
    client.force_login(bob())
    for line in ["", "1", "2", "9" * 5000]:
        with bounded():
            answer = client.get(f"/imports/{batch.pk}/columns/", {"line": line})
        assert answer.status_code in {200, 302, 404}
    try:
        asked = question(batch=batch)
    except (FileRefused, KeyError):
        return
    roles = {
        f"role_{number}": column.role or "measure:cost" for number, column in enumerate(asked.said.columns)
    }
    with bounded():
        answer = client.post(
            f"/imports/{batch.pk}/columns/look/",
            {**roles, "days": "1", "repeats": "sum", "covered": "replace", "line": asked.line},
        )
    assert answer.status_code == 200
    assert not staging_tables()
    assert not Fact.objects.exists()


@pytest.fixture(autouse=True)
def clean() -> None:
    start_over()


# -- Workbooks that lie


def rows_of(path: Path) -> list[list[str]]:
    return [cells for _lines, rows in open_table(path).blocks() for cells in rows]


def a_workbook(folder: Path, old: bytes = b"", new: bytes = b"") -> Path:
    """Two lines, and in its sheet `old` replaced."""
    parts = nasty.parts_of(
        nasty.write_workbook([["2025-08-01", "Search", "Sofa", "1", "2", "3", "4"]], typed=True)
    )
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    path = folder / "book.xlsx"
    path.write_bytes(nasty.packed({**parts, sheet: parts[sheet].replace(old, new)}))
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="2"', b'<row r="99999999999"'),  # a line that only claims to be so far down
        (b'r="G2"', b'r="ZZZZ2"'),  # and a cell
        (b'r="G2"', b'r="XFD2"'),
        (b'r="G2"', b'r="F2"'),  # the same cell twice
        (b'<row r="2"', b'<row r="1"'),
    ],
)
def test_a_sheet_that_lies_about_its_size_is_refused_at_once(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = a_workbook(tmp_path, old, new)
    with bounded(), pytest.raises(FileRefused):
        rows_of(path)


def test_an_unpacked_size_beyond_reason_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.XLSX_LIMIT_BYTES = 100_000
    path = a_workbook(tmp_path, b"</sheetData>", b"</sheetData>" + b" " * 5_000_000)
    with pytest.raises(FileRefused, match="too large"):
        rows_of(path)


def test_a_huge_dimension_costs_nothing(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, b'<dimension ref="A1:G2"', b'<dimension ref="A1:XFD1048576"')
    with bounded():
        assert len(rows_of(path)) == 2


def test_a_formula_that_was_never_counted_is_no_blank(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, b"<v>4</v>", b"<f>F2+1</f>")
    assert rows_of(path)[1][-1] == "=F2+1"
    path = a_workbook(tmp_path, b"<v>4</v>", b"<f>F2+1</f><v>4</v>")
    assert rows_of(path)[1][-1] == "4"


def test_what_no_layout_can_be_called_is_not_found(tmp_path: Path) -> None:
    batch = send(tmp_path, b"when,much\n2025-08-01,1\n")
    client = Client()
    client.force_login(bob())
    assert client.get(f"/imports/{batch.pk}/columns/", {"start": "\0"}).status_code == 200
    assert client.post(f"/imports/{batch.pk}/columns/use/", {"layout": "\0"}).status_code == 404
    assert client.get("/imports/layouts/%00/").status_code == 404
