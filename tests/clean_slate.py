"""How a test that commits leaves its database: empty, but for what the migrations put there.

What they put there is remembered once, in a schema of its own, when the database has been migrated (migrated.py).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
FEW = 2000
APPEND_ONLY = {"budgets_entry"}  # refuses that a row be deleted

# Tables that ever held a row, those of many partitions once: a file without a block is told without a look into it.
_EVER_FILLED = """
    SELECT DISTINCT coalesce(pg_partition_root(oid), oid)::regclass::text FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
_REMEMBER_NUMBERS = """
    CREATE TABLE seeded.numbers AS
    SELECT seqrelid::regclass AS sequence, seqstart AS first, pg_sequence_last_value(seqrelid) AS last
    FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
    WHERE relnamespace = current_schema()::regnamespace AND relname <> ALL(%s)
"""
_COUNT_ANEW = """
    SELECT setval(sequence, coalesce(last, first), last IS NOT NULL) FROM seeded.numbers
    WHERE pg_sequence_last_value(sequence) IS DISTINCT FROM last
"""


def remember_seeds() -> None:
    """Of a database that was migrated just now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA seeded")
        cursor.execute(_REMEMBER_NUMBERS, [[f"{name}_id_seq" for name in KEPT]])
        for name in _filled(cursor):
            cursor.execute(f"CREATE TABLE seeded.{name} AS TABLE {name}")


def start_over(*_: Any, **__: Any) -> None:
    """Instead of Django's flush, which knows neither our partitioned facts nor what migrations have put in.

    Most tests fill a few tables with a few rows, and to delete those is quicker than to truncate two hundred tables.
    What a test left of the seeds stays: a row of them that is deleted is looked for in every table that points to it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        filled = _filled(cursor)
        if any(filled.values()):
            cursor.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")
        else:
            truncated = [f"TRUNCATE {name} CASCADE" for name in sorted(APPEND_ONLY & set(filled))]
            deleted = [  # keys are checked when all are gone
                f"DELETE FROM {name} AS kept"
                + (
                    f" WHERE kept::text NOT IN (SELECT seed::text FROM seeded.{name} AS seed)"
                    if name in _seeded()
                    else ""
                )
                for name in sorted(set(filled) - APPEND_ONLY)
            ]
            if filled:
                cursor.execute("; ".join([*truncated, *deleted]))
        cursor.execute(
            "; ".join(
                f"INSERT INTO {name} SELECT seed.* FROM seeded.{name} AS seed"
                f" WHERE seed::text NOT IN (SELECT kept::text FROM {name} AS kept)"
                for name in _seeded()
            )
        )
        cursor.execute(_COUNT_ANEW)


def _filled(cursor: Any) -> dict[str, bool]:
    """The tables with rows, and whether they are many."""
    cursor.execute(_EVER_FILLED)
    ever = sorted({name for (name,) in cursor.fetchall()} - KEPT)
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{name}', EXISTS (SELECT 1 FROM {name} OFFSET {FEW})"  # our own tables
            f" FROM (SELECT 1) AS one WHERE EXISTS (SELECT 1 FROM {name})"
            for name in ever
        )
    )
    return dict(cursor.fetchall())


@cache
def _seeded() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'seeded' AND tablename <> 'numbers'"
        )
        return sorted(name for (name,) in cursor.fetchall())
