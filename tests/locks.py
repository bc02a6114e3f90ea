"""Who waits for whom in this test's database."""

from __future__ import annotations

from django.db import connection


def somebody_waits() -> bool:
    """Whether anybody waits here for a lock that somebody else holds; other workers' databases do not count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # within a transaction activity is as it was first seen
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
                WHERE NOT granted AND datname = current_database())
            """
        )
        return bool(cursor.fetchone()[0])
