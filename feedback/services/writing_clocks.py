"""Writing the clocks of many complaints in one statement."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from feedback.models import Complaint
from feedback.services.due import CLOCKS, Timed

# Set together; who changed a complaint counts in its revision, and a clock is nobody's change.
_WRITE = f"""
    UPDATE feedback_complaint AS kept SET level = said.level, {", ".join(f"{name} = said.{name}" for name in CLOCKS)}
    FROM unnest(%s::bigint[], %s::smallint[], {", ".join(["%s::timestamptz[]"] * len(CLOCKS))})
        AS said(id, level, {", ".join(CLOCKS)})
    WHERE kept.id = said.id
"""


def write_clocks(rows: Sequence[Complaint | Timed]) -> None:
    """Of rows that are held."""
    if not rows:
        return
    columns = [[getattr(row, name) for row in rows] for name in CLOCKS]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[row.pk for row in rows], [row.level for row in rows], *columns])
