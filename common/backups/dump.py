"""Writing: every table by COPY inside one snapshot, then every uploaded file, while people go on working.

Memory does not grow with the data. Locks are those of a reader, on each table that holds rows and never on the
parent of partitions, so that imports go on making new months.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection

from common.backups.archive import (
    CHUNK,
    BackupError,
    Counted,
    Manifest,
    Partition,
    Sequence,
    Table,
    Upload,
    write_manifest,
    writing,
)
from common.version import VERSION

Say = Callable[[str], None]

# Unlogged tables are an import's scratch paper: gone when it ends, and made anew when it is done again.
TABLES = """
    SELECT class.oid::regclass::text, class.relname,
        array_agg(attribute.attname::text ORDER BY attribute.attnum)
            FILTER (WHERE attribute.attname IS NOT NULL AND attribute.attgenerated = '')
    FROM pg_class AS class
    LEFT JOIN pg_attribute AS attribute
        ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind = 'r' AND class.relpersistence = 'p'
    GROUP BY class.oid, class.relname ORDER BY class.relname
"""
PARTITIONS = """
    SELECT class.relname, parent.relname, pg_get_expr(class.relpartbound, class.oid)
    FROM pg_class AS class
    JOIN pg_inherits ON inhrelid = class.oid JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE class.relispartition AND class.relkind = 'r' AND class.relnamespace = current_schema()::regnamespace
    ORDER BY class.relname
"""
SEQUENCES = """
    SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""


def write_backup(*, to: Path, uploads: Path, say: Say = lambda text: None) -> tuple[Path, Manifest]:
    """Writes the archive and returns where it is. `to` is a file that is not there yet, or a folder.

    Raises BackupError; then there is no file under the archive's name.
    """
    now = datetime.now(UTC)
    path = to / f"plumbline-{now:%Y%m%d-%H%M%S}.zip" if to.is_dir() else to
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    try:
        with _snapshot() as cursor, writing(path) as archive:
            manifest = _manifest(cursor, now)
            cursor.execute(TABLES)
            for quoted, name, columns in cursor.fetchall():
                manifest.tables.append(_table(cursor, archive, quoted, name, columns))
                say(f"{name}: {manifest.tables[-1].rows} rows")
            manifest.sequences += _sequences(cursor)
            for file in _files(uploads, besides=path):
                kept = _upload(archive, uploads, file)
                if kept is not None:
                    manifest.uploads.append(kept)
            say(f"{len(manifest.uploads)} uploaded files")
            write_manifest(archive, manifest)
    except DatabaseError as error:
        raise BackupError(f"The database could not be read: {error}") from error
    return path, manifest


@contextmanager
def _snapshot() -> Iterator[Any]:
    """A cursor that sees the database as it is now, however long it reads."""
    line = connection.copy()
    try:
        with line.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL DateStyle = 'ISO, YMD'")
            cursor.execute("SET LOCAL IntervalStyle = 'postgres'")
            cursor.execute("SET LOCAL extra_float_digits = 3")
            yield cursor
    finally:
        line.close()


def _manifest(cursor: Any, now: datetime) -> Manifest:
    cursor.execute("SELECT to_regclass('django_migrations')")
    if cursor.fetchone()[0] is None:
        raise BackupError("This database holds nothing of Plumbline yet.")
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
    migrations = [list(row) for row in cursor.fetchall()]
    cursor.execute("SELECT current_setting('server_version')")
    postgres = cursor.fetchone()[0]
    cursor.execute(PARTITIONS)
    return Manifest(
        made_at=now.isoformat(timespec="seconds"),
        version=VERSION,
        postgres=postgres,
        migrations=migrations,
        partitions=[Partition(*row) for row in cursor.fetchall()],
    )


def _table(cursor: Any, archive: Any, quoted: str, name: str, columns: list[str]) -> Table:
    member = f"tables/{name}.copy"
    with archive.open(member, "w", force_zip64=True) as into:
        counted = Counted(into)
        named = ", ".join(f'"{column}"' for column in columns)
        cursor.cursor.copy_expert(
            f"COPY (SELECT {named} FROM ONLY {quoted}) TO STDOUT",  # noqa: S608  # names out of the catalogue
            counted,
            size=CHUNK,
        )
        rows = cursor.cursor.rowcount
    return Table(name, columns, member, rows, counted.size, counted.digest.hexdigest())


def _sequences(cursor: Any) -> list[Sequence]:
    """Read last: they know no snapshot, and a number too far does no harm."""
    cursor.execute(SEQUENCES)
    found = []
    for (name,) in cursor.fetchall():
        cursor.execute(f'SELECT last_value, is_called FROM "{name}"')  # noqa: S608  # a name out of the catalogue
        found.append(Sequence(name, *cursor.fetchone()))
    return found


def _files(folder: Path, *, besides: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(where) / name
            if file.is_file() and not file.is_symlink() and file.parent.resolve() != besides.parent.resolve():
                yield file


def _upload(archive: Any, uploads: Path, file: Path) -> Upload | None:
    """Files are written once and never changed; one that goes away in this moment belonged to nothing."""
    path = file.relative_to(uploads).as_posix()
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return None
    member = f"uploads/{path}"
    with source, archive.open(member, "w", force_zip64=True) as into:
        counted = Counted(into)
        while chunk := source.read(CHUNK):
            counted.write(chunk)
    return Upload(path, member, counted.size, counted.digest.hexdigest())
