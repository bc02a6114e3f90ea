"""Whether what the ledger keeps is what its entries add up to: all of it is added up anew, in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

MOST = 100  # differences that are told one by one, of each table


@dataclass(frozen=True)
class Difference:
    """`kept` and `entries` (what they add up to) by the column; `day` is None for what is kept of the whole line."""

    table: str
    line: int
    day: date | None
    kept: Mapping[str, Decimal]
    entries: Mapping[str, Decimal]


@dataclass(frozen=True)
class Verified:
    """`differing` counts all rows that differ, those that are not named as well."""

    entries: int
    lines: int
    differing: int
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        return self.differing == 0


_OF = {
    "planned": "sum(amount) FILTER (WHERE kind = 'plan')",
    "transferred": "sum(amount) FILTER (WHERE kind = 'transfer')",
    "committed": "sum(amount) FILTER (WHERE kind = 'commitment')",
    "spent": "sum(amount) FILTER (WHERE kind = 'spend')",
    "frozen": "sum(amount) FILTER (WHERE kind IN ('freeze', 'release'))",
    "entries": "count(*)",
}
_MONTH = "date_trunc('month', day)::date"
# The table, its columns, what a row of it is kept for, and how an entry says that.
_SUMS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("budgets_balance", tuple(_OF), "NULL::date", "NULL::date"),
    ("budgets_lineday", ("spent", "committed"), "day", "day"),
    ("budgets_linemonth", ("planned", "transferred", "spent", "committed"), "month", _MONTH),
)


@transaction.atomic
def verify_ledger() -> Verified:
    """Four queries, which all see the same moment."""
    differing, named = 0, []
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:  # within somebody's transaction it is hers to say
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT count(*), count(DISTINCT line_id) FROM budgets_entry")
        entries, lines = cursor.fetchone()
        for table, columns, kept, said in _SUMS:
            cursor.execute(_differences(table, columns, kept, said), {"most": MOST})
            rows = cursor.fetchall()
            differing += rows[0][0] if rows else 0
            for _count, line, day, *amounts in rows:
                old, new = amounts[: len(columns)], amounts[len(columns) :]
                named.append(
                    Difference(
                        table,
                        line,
                        day,
                        dict(zip(columns, old, strict=True)),
                        dict(zip(columns, new, strict=True)),
                    )
                )
    return Verified(entries, lines, differing, tuple(named))


def _differences(table: str, columns: tuple[str, ...], kept: str, said: str) -> str:
    """Rows (how many there are in all, line, day, what is kept, what the entries say); nothing kept is zero."""
    sums = ", ".join(f"coalesce({_OF[column]}, 0) AS new_{column}" for column in columns)
    pairs = [(f"coalesce({one}, 0)", f"coalesce(new_{one}, 0)") for one in columns]
    old, new = (", ".join(side) for side in zip(*pairs, strict=True))
    return f"""
        WITH said AS (
            SELECT line_id, coalesce({said}, 'infinity') AS place, {sums} FROM budgets_entry GROUP BY 1, 2
        ),
        kept AS (
            SELECT line_id, coalesce({kept}, 'infinity') AS place, {", ".join(columns)} FROM {table}
        )
        SELECT count(*) OVER (), line_id, CASE WHEN isfinite(place) THEN place END, {old}, {new}
        FROM kept FULL JOIN said USING (line_id, place)
        WHERE ({old}) IS DISTINCT FROM ({new})
        ORDER BY line_id, place LIMIT %(most)s
    """
