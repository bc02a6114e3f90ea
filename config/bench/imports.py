"""How long imports take, beside a bare COPY of the same file.

Every import is a process of its own (`manage.py import_file`), so that its memory is its own too.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from config.bench.running import PROJECT, SIZES, head, row

HERE = Path(__file__).resolve().parent
DAY = "2026-10-15"
DAY_ROWS = 9_000
COLUMNS = (
    "day date, channel text, campaign text, region text, product text, impressions bigint, clicks bigint,"
    " leads int, orders int, new_customers int, revenue numeric(14,2), cost numeric(14,2)"
)


@dataclass(frozen=True)
class Run:
    """One import: its own seconds (as it prints them), its whole process's, and its peak memory."""

    seconds: float
    wall: float
    megabytes: float
    outcome: dict[str, float]


def measure(url: str, size: str, folder: Path) -> Run:
    """Imports the reference data of this size into an empty database; returns the run that corrects a day."""
    rows, days = SIZES[size]
    head(f"{rows:,} rows, {days} days, 12 channels, 120 campaigns, 20 regions, 4 product lines")
    manage(url, "migrate", "--verbosity", "0")
    whole, day, corrected = folder / f"{size}.csv", folder / "day.csv", folder / "corrected.csv"
    with closing(psycopg2.connect(url)) as db:
        write_reference(db, whole, rows, days)
        write_day(day, whole)
        write_corrected(day, corrected)
        copies = [bare_copy(db, whole) for _ in range(3)]
    copy = statistics.median(copies)
    row("bare COPY of the file", copy)
    first = import_file(url, whole)
    row(f"import of {rows:,} rows", first.seconds, "bare COPY", first.seconds / copy, "10")
    again = import_file(url, whole)
    row("the same file again", again.seconds, "its first import", again.seconds / first.seconds, "0.33")
    touched = import_file(url, one_blank_line_more(whole))
    row(
        "the same lines in another file",
        touched.seconds,
        "its first import",
        touched.seconds / first.seconds,
    )
    import_file(url, day)
    fixed = import_file(url, corrected)
    row(f"correcting a day of {DAY_ROWS:,} rows", fixed.seconds)
    print(
        f"peak memory: first import {first.megabytes:.0f} MB, again {touched.megabytes:.0f} MB (at most 300)"
    )
    assert first.outcome["accepted"] == rows
    assert again.outcome["unchanged"] == touched.outcome["unchanged"] == rows
    assert fixed.outcome["corrected"] == DAY_ROWS
    return fixed


def fill(url: str, folder: Path, rows: int = 100_000, days: int = 730) -> None:
    """Figures to look at, where no import is measured."""
    manage(url, "migrate", "--verbosity", "0")
    path = folder / "some.csv"
    with closing(psycopg2.connect(url)) as db:
        write_reference(db, path, rows, days)
    import_file(url, path)


# -- Data -----------------------------------------------------------------------------------------


def write_reference(db: Connection, path: Path, rows: int, days: int) -> None:
    with db, db.cursor() as cursor, path.open("w") as file:
        query = cursor.mogrify((HERE / "data.sql").read_text(), {"rows": rows, "days": days}).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", file)


def write_day(path: Path, whole: Path) -> None:
    """One full day: each of 9,000 different places once, with the amounts of other lines."""
    with whole.open() as source, path.open("w", newline="") as file:
        lines = csv.reader(source)
        writer = csv.writer(file)
        writer.writerow(next(lines))
        places: set[tuple[str, ...]] = set()
        for cells in lines:
            if tuple(cells[1:5]) not in places:
                places.add(tuple(cells[1:5]))
                writer.writerow([DAY, *cells[1:]])
            if len(places) == DAY_ROWS:
                return


def write_corrected(day: Path, path: Path) -> None:
    with day.open() as source, path.open("w", newline="") as file:
        lines = csv.reader(source)
        writer = csv.writer(file)
        writer.writerow(next(lines))
        for cells in lines:
            writer.writerow([*cells[:10], f"{float(cells[10]) + 1:.2f}", cells[11]])


def one_blank_line_more(path: Path) -> Path:
    """The same lines, so that the file is not the same bytes and has to be read."""
    with path.open("a") as file:
        file.write("\n")
    return path


def bare_copy(db: Connection, path: Path) -> float:
    with db.cursor() as cursor, path.open() as file:
        cursor.execute(f"DROP TABLE IF EXISTS bare; CREATE TABLE bare ({COLUMNS})")
        db.commit()
        started = time.monotonic()
        cursor.copy_expert("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)", file)
        db.commit()
        seconds = time.monotonic() - started
        cursor.execute("DROP TABLE bare")
        db.commit()
    return seconds


# -- Processes ------------------------------------------------------------------------------------


def manage(url: str, *arguments: str) -> tuple[str, float, float]:
    """Runs manage.py on that database; returns what it printed, its wall seconds and its peak megabytes."""
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, str(PROJECT / "manage.py"), *arguments],
        env={**os.environ, "DATABASE_URL": url, "PLUMBLINE_UPLOADS": str(uploads())},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = process.stdout.read().decode()
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"manage.py {' '.join(arguments)} failed")
    return printed, time.monotonic() - started, usage.ru_maxrss / 1024


def uploads() -> Path:
    """Where the benchmark's own files are kept: beside it, and gone with it."""
    return Path(os.environ.get("TMPDIR", "/tmp")) / "plumbline-bench-uploads"  # noqa: S108


def import_file(url: str, path: Path) -> Run:
    printed, wall, megabytes = manage(url, "import_file", str(path))
    outcome = json.loads(printed)
    return Run(outcome["seconds"], wall, megabytes, outcome)
