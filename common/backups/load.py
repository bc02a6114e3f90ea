"""Restoring: checked first, then written in one transaction, so that whatever fails leaves what was there before.

The tables are made by the migrations that the backup names, filled, and brought forward by those that came since.
Nothing is computed anew: figures, roll-ups and marks come back as they were.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from common.backups.archive import CHUNK, BackupError, Counted, Manifest, Upload, opened, verify
from common.backups.dump import PARTITIONS, TABLES
from common.migrating import QuickExecutor

Say = Callable[[str], None]

LOCK_SECONDS = 10
# What stands in a database that was only set up; a row anywhere else is somebody's.
SET_UP = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "organization_company",
    "organization_scope",
    "organization_pulse",
    "customers_retention",
    "customers_retentionsettings",
    "decisions_band",
    "feedback_category",
    "feedback_driver",
    "feedback_feedbacksettings",
    "feedback_servicelevel",
    "feedback_topic",
    "kpis_measure",
    "kpis_metric",
    "kpis_metricprocess",
    "kpis_dayturn",
    "kpis_stamp",
}

_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0
    ORDER BY 1, 2
"""
# All that is ours, and nothing that belongs to an extension.
_CLEAR = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT class.oid::regclass::text AS name, class.relkind AS kind FROM pg_class AS class
        WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm')
          AND NOT class.relispartition
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = class.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE',
            CASE one.kind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, one.name);
    END LOOP;
    FOR one IN
        SELECT proc.oid::regprocedure::text AS name, proc.prokind AS kind FROM pg_proc AS proc
        WHERE proc.pronamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = proc.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE',
            CASE one.kind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, one.name);
    END LOOP;
    FOR one IN
        SELECT type.oid::regtype::text AS name FROM pg_type AS type
        WHERE type.typnamespace = current_schema()::regnamespace AND type.typtype IN ('e', 'd')
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = type.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $$
"""


def restore(*, path: Path, uploads: Path, replace: bool = False, say: Say = lambda text: None) -> Manifest:
    """Puts the backup into this database and its files into the uploads folder.

    Raises BackupError before anything is written where the archive is damaged or newer than this program, the
    database holds something and `replace` is not set, or others are connected to it.
    """
    with opened(path) as (archive, manifest):
        _known(manifest)
        say("Checking the archive …")
        verify(archive, manifest)
        _nobody_else()
        _empty_or(replace)
        with _files(archive, manifest, uploads, replace):
            try:
                with transaction.atomic():
                    _write(archive, manifest, say)
            except DatabaseError as error:
                raise BackupError(f"Nothing was restored: {error}") from error
    call_command(
        "migrate", verbosity=0, interactive=False
    )  # nothing is left to do but Django's own permissions
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with suppress(Exception):  # a cache that is away holds nothing stale for long
        cache.clear()
    return manifest


# -- May it be? --------------------------------------------------------------------------------------


def _known(manifest: Manifest) -> None:
    known = set(MigrationExecutor(connection).loader.disk_migrations)
    strange = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if strange:
        raise BackupError(
            f"The backup was made by a newer Plumbline ({manifest.version}); upgrade first, then restore."
            f" Unknown here: {', '.join(strange[:3])}."
        )


def _nobody_else() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
    if others:
        raise BackupError(
            f"{others} other connections to this database are open. Stop web, workers and beat first, then restore."
        )


def _empty_or(replace: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        filled = []
        for quoted, name, _columns in cursor.fetchall():
            if name in SET_UP:
                continue
            cursor.execute(f"SELECT count(*) FROM ONLY {quoted}")  # noqa: S608  # names out of the catalogue
            count = cursor.fetchone()[0]
            if count:
                filled.append(f"{name} ({count} rows)")
    if filled and not replace:
        raise BackupError(
            "This database is not empty. Restoring would delete all that it holds: "
            + ", ".join(filled)
            + ". If that is meant, say --replace."
        )


# -- The database ------------------------------------------------------------------------------------


def _write(archive: zipfile.ZipFile, manifest: Manifest, say: Say) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute("SET LOCAL DateStyle = 'ISO, YMD'")
        # Checked at once, so that no check waits for the commit and stands in the way of a change of its table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_CLEAR)
        say("Making the tables …")
        _migrate(only={(app, name) for app, name in manifest.migrations})
        foreign_keys = _drop_foreign_keys(cursor)
        cursor.execute(TABLES)
        tables = {name: quoted for quoted, name, _columns in cursor.fetchall() if name != "django_migrations"}
        cursor.execute(f"TRUNCATE {', '.join(tables.values())}")
        _make_partitions(cursor, manifest)
        for table in manifest.tables:
            if table.name != "django_migrations":
                say(f"{table.name}: {table.rows} rows")
                _fill(cursor, archive, table.name, table.columns, table.member, table.rows)
        for sequence in manifest.sequences:
            cursor.execute(
                "SELECT setval(to_regclass(quote_ident(%s)), %s, %s)",
                [sequence.name, sequence.last, sequence.called],
            )
        say("Checking that everything fits together …")
        for table_name, name, definition in foreign_keys:
            cursor.execute(f"ALTER TABLE {table_name} ADD CONSTRAINT {name} {definition}")
    say("Bringing it forward to this version …")
    _migrate(only=None)


def _migrate(*, only: set[tuple[str, str]] | None) -> None:
    executor = QuickExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if only is not None:
        plan = [
            (migration, back) for migration, back in plan if (migration.app_label, migration.name) in only
        ]
    executor.migrate(None, plan=plan)


def _drop_foreign_keys(cursor: Any) -> list[tuple[str, str, str]]:
    """Checked row by row they would take most of the time, and tables would have to come in order."""
    cursor.execute(_FOREIGN_KEYS)
    found: list[tuple[str, str, str]] = cursor.fetchall()
    for table, name, _definition in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return found


def _make_partitions(cursor: Any, manifest: Manifest) -> None:
    cursor.execute(PARTITIONS)
    there = {row[0] for row in cursor.fetchall()}
    for partition in manifest.partitions:
        if partition.name not in there:
            cursor.execute(
                f'CREATE TABLE "{partition.name}" PARTITION OF "{partition.parent}" {partition.bound}'
            )


def _fill(
    cursor: Any, archive: zipfile.ZipFile, name: str, columns: list[str], member: str, rows: int
) -> None:
    named = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')  # what triggers add up is in the backup too
    with archive.open(member) as source:
        cursor.cursor.copy_expert(f'COPY "{name}" ({named}) FROM STDIN', source, size=CHUNK)
        rowcount = cursor.cursor.rowcount
    cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
    if rowcount != rows:
        raise BackupError(f"Nothing was restored: {name} took {rowcount} of {rows} rows.")


# -- The files ---------------------------------------------------------------------------------------


@contextmanager
def _files(archive: zipfile.ZipFile, manifest: Manifest, folder: Path, replace: bool) -> Iterator[None]:
    """Files stand in their place before the rows that name them, and go again where the rows do not come.

    Files of the folder that the backup does not know stay.
    """
    placed: list[Path] = []
    kept_aside: list[tuple[Path, Path]] = []
    try:
        for upload in manifest.uploads:
            target = folder / _safe(upload)
            if target.exists():
                if _same(target, upload):
                    continue
                if not replace:
                    raise BackupError(
                        f"{target} is there already, and is not what the backup holds. Say --replace."
                    )
                aside = target.with_name(f".{target.name}.before")
                target.rename(aside)
                kept_aside.append((aside, target))
            placed.append(target)
            _place(archive, upload, target)
        yield
    except BaseException as error:
        for target in placed:
            target.unlink(missing_ok=True)
        for aside, target in kept_aside:
            aside.rename(target)
        if isinstance(error, OSError):
            raise BackupError(f"Nothing was restored: {error.strerror or error}.") from error
        raise
    for aside, _target in kept_aside:
        aside.unlink(missing_ok=True)


def _safe(upload: Upload) -> Path:
    path = PurePosixPath(upload.path)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError(f"The backup names a file outside the uploads folder: {upload.path}")
    return Path(*path.parts)


def _same(target: Path, upload: Upload) -> bool:
    if not target.is_file() or target.stat().st_size != upload.size:
        return False
    counted = Counted()
    with target.open("rb") as file:
        while chunk := file.read(CHUNK):
            counted.write(chunk)
    return counted.digest.hexdigest() == upload.sha256


def _place(archive: zipfile.ZipFile, upload: Upload, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(upload.member) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())
    target.chmod(0o600)
