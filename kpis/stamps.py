"""Telling kept pages that they are old: a row in the transaction of every change that pages show.

Rows are only added, so nobody waits for anybody; and which rows are there is one question, whose answer changes with
every commit, in whatever order commits land.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from kpis.models import Stamp

WINDOW = timedelta(hours=2)  # longer than any page is kept and any transaction takes
KEPT = timedelta(days=1)


def stamp() -> None:
    """Call it inside the transaction of the change."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_stamp DEFAULT VALUES")


def data_version() -> str:
    """The same as long as nothing that pages show has been committed, within WINDOW. One query.

    The set of the window's rows, not its newest: a lower id may be committed later. Their times are in it too, since
    ids begin anew where a backup is restored.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), coalesce(sum(hashint8extended((extract(epoch FROM at) * 1000000)::bigint, id)), 0), coalesce(max(id), 0)
            FROM kpis_stamp WHERE at > statement_timestamp() - %s::interval
            UNION ALL
            SELECT count(*), coalesce(sum(hashint8extended((extract(epoch FROM at) * 1000000)::bigint, id)), 0), coalesce(max(id), 0)
            FROM organization_auditentry WHERE at > statement_timestamp() - %s::interval
            """,
            [str(WINDOW), str(WINDOW)],
        )
        return "-".join(f"{count}.{mixed}.{newest}" for count, mixed, newest in cursor.fetchall())


def sweep_stamps() -> None:
    Stamp.objects.filter(at__lt=timezone.now() - KEPT).delete()
