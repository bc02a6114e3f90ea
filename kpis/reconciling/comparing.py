"""What should stand in the roll-ups and figures, beside what does.

The expectation is not a second formula: the very functions that write roll-ups and figures run once more, in a
transaction that sees one moment (repeatable read), in which empty temporary tables stand in front of the real ones and
take what is written. The two are compared and the transaction is rolled back, so nothing is locked, changed or told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from common.periods import add_months
from kpis.models import Measure, Metric, Source
from kpis.readings import recompute_next
from kpis.rollups import roll_up
from organization.models import Scope

SHOWN = 300  # differences told one by one; all are counted
SCOPES_AT_ONCE = 200


class NotYet(Exception):
    """Something is still to be computed, so what stands there is not meant to be right."""


@dataclass(frozen=True)
class Found:
    """One amount or figure that does not say what it should. `kept` None: nothing stands there."""

    table: str
    what: str
    place: str
    grain: str
    start: date
    kept: Decimal | None
    expected: Decimal | None

    @property
    def key(self) -> tuple[str, str, str, str, date]:
        return (self.table, self.what, self.place, self.grain, self.start)


@dataclass
class Outcome:
    """Rows compared and differences found, and what is to be marked for repair."""

    compared: int = 0
    different: int = 0
    shown: list[Found] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    scopes: set[int] = field(default_factory=set)


@contextmanager
def _aside(tables: dict[str, str]) -> Iterator[Any]:
    """A cursor in a transaction that sees one moment and leaves no trace; `tables` stand empty before the real ones.

    The schema of the real ones is the cursor's `real`, as text to put before a name.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table, like in tables.items():
            cursor.execute(
                f"CREATE TEMP TABLE {table} (LIKE {_schema(cursor)}.{table} {like}) ON COMMIT DROP"
            )
        yield cursor
        transaction.set_rollback(True)


def _schema(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_schema())")
    return str(cursor.fetchone()[0])


# -- Roll-ups ---------------------------------------------------------------------------------------

# Everything that rolling up writes, and whether its unique indexes are needed for that.
_ROLL_UPS = {
    **dict.fromkeys(
        (
            "kpis_amountday", "kpis_besideday", "kpis_crossday", "kpis_crossmonth", "kpis_topmonth",
            "kpis_stockday", "kpis_uncounted",
        ),
        "INCLUDING DEFAULTS",
    ),
    **dict.fromkeys(("kpis_changedday", "kpis_changedscope", "kpis_stamp"), "INCLUDING ALL"),
}  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """A roll-up: its key beside the source, how its place is written, and which of its rows are compared."""

    name: str
    key: tuple[str, ...]
    day: str = "day"
    slot: str = ""  # the column, where a row is about one measure


_NODES = ("channel_id", "region_id", "product_id")
_TABLES = (
    _Table("kpis_amountday", ("day", "scope_id")),
    _Table("kpis_besideday", ("day", "scope_id")),
    _Table("kpis_crossday", ("day", *_NODES)),
    _Table("kpis_crossmonth", ("month", *_NODES), day="month"),
    _Table("kpis_topmonth", ("month", *_NODES), day="month"),
    _Table("kpis_stockday", ("slot", "day", *_NODES), slot="slot"),
)


def compare_roll_ups(*, source: Source, first: date, last: date) -> Outcome:
    """The source's roll-ups of these days (and of their whole months) with its facts summed anew. Raises NotYet."""
    outcome = Outcome()
    codes = dict(Measure.objects.values_list("slot", "code"))
    month = first.replace(day=1)
    while month <= last:
        with _aside(_ROLL_UPS) as cursor:
            which = {
                "source": source.pk, "month": month, "shown": SHOWN,
                "first": max(first, month), "last": min(last, add_months(month, 1) - timedelta(days=1)),
            }  # fmt: skip
            _compare_month(cursor, Source.objects.get(pk=source.pk), which, codes, outcome)
        month = add_months(month, 1)
    return outcome


def _compare_month(
    cursor: Any, source: Source, which: dict[str, Any], codes: dict[int, str], outcome: Outcome
) -> None:
    month: date = which["month"]
    real = _schema(cursor)
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {real}.kpis_changedday WHERE month = %(month)s)", which)
    if cursor.fetchone()[0]:
        raise NotYet
    cursor.execute(
        f"INSERT INTO kpis_uncounted SELECT * FROM {real}.kpis_uncounted WHERE month = %(month)s", which
    )
    cursor.execute(
        "SELECT array_agg(day::date) FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS day",
        which,
    )
    roll_up(source=source, month=month, days=cursor.fetchone()[0])
    cursor.execute("SELECT set_config('enable_hashagg', 'on', true)")
    for table in _TABLES:
        cursor.execute(f"SELECT count(*) FROM {table.name}")
        outcome.compared += cursor.fetchone()[0]
        cursor.execute(_differences(table, real), which)
        for count, days, slot, place, day, kept, expected in cursor.fetchall():
            if day is None:
                outcome.different += count
                outcome.days.update(days)
            elif len(outcome.shown) < SHOWN:
                what = codes.get(slot, str(slot)) if slot else "estimated"
                grain = "month" if table.day == "month" else "day"
                outcome.shown.append(
                    Found(table.name.removeprefix("kpis_"), what, place, grain, day, kept, expected)
                )
    cursor.execute(_OTHER_COUNTING.format(real=real), which)
    for source_code, place, slot in cursor.fetchall():
        outcome.different += 1
        outcome.days.add(month)
        outcome.shown.append(
            Found(
                "uncounted", codes.get(slot, str(slot)), f"{source_code} {place}", "month", month, None, None
            )
        )


def _differences(table: _Table, real: str) -> str:
    """Amount by amount: a first row with their number and their days, then the first of them one by one."""
    keys = ", ".join(table.key)
    mine = "source_id = %(source)s AND " + (
        "month = %(month)s" if table.day == "month" else "day BETWEEN %(first)s AND %(last)s"
    )
    amounts = "ARRAY[amount]" if table.slot else "amounts"
    estimated = "NULL::boolean" if table.day == "month" else "estimated"
    columns = f"{keys}, {amounts} AS amounts, {estimated} AS estimated"
    if "scope_id" in table.key:
        place = "(SELECT key FROM organization_scope WHERE id = scope_id)"
    else:
        codes = ", ".join(
            f"(SELECT dimension || ':' || path FROM organization_node WHERE id = {column})"
            for column in ("region_id", "channel_id", "product_id")
        )
        place = f"coalesce(nullif(concat_ws('+', {codes}), ''), 'company')"
    measure = table.slot or "at"
    return f"""
        WITH pair AS (
            SELECT {keys}, kept.amounts AS kept, fresh.amounts AS fresh,
                kept.estimated IS DISTINCT FROM fresh.estimated AS other_estimated
            FROM (SELECT {columns} FROM {real}.{table.name} WHERE {mine}) AS kept
            FULL JOIN (SELECT {columns} FROM pg_temp.{table.name} WHERE {mine}) AS fresh USING ({keys})
            WHERE kept.amounts IS DISTINCT FROM fresh.amounts OR kept.estimated IS DISTINCT FROM fresh.estimated
        ),
        amount AS (
            SELECT {table.day} AS day, {measure} AS slot, {place} AS place, kept[at] AS kept, fresh[at] AS fresh
            FROM pair CROSS JOIN LATERAL generate_series(1,
                greatest(coalesce(cardinality(kept), 0), coalesce(cardinality(fresh), 0))) AS at
            WHERE kept[at] IS DISTINCT FROM fresh[at]
            UNION ALL
            SELECT {table.day}, 0, {place}, NULL, NULL FROM pair WHERE other_estimated AND kept = fresh
        )
        SELECT * FROM (
            SELECT count(*), array_agg(DISTINCT day) AS days, NULL::int AS slot, NULL AS place, NULL::date AS day,
                NULL::numeric AS kept, NULL::numeric AS fresh
            FROM amount HAVING count(*) > 0
        ) AS whole
        UNION ALL
        SELECT * FROM (
            SELECT 1, NULL::date[], slot, place, day, kept, fresh FROM amount ORDER BY day, place, slot LIMIT %(shown)s
        ) AS each
    """


_OTHER_COUNTING = """
    SELECT source.code, coalesce((SELECT dimension || ':' || path FROM organization_node WHERE id = channel_id), '—'),
        slot
    FROM (
        (SELECT source_id, channel_id, unnest(slots) AS slot FROM {real}.kpis_uncounted WHERE month = %(month)s
         EXCEPT SELECT source_id, channel_id, unnest(slots) FROM pg_temp.kpis_uncounted WHERE month = %(month)s)
        UNION
        (SELECT source_id, channel_id, unnest(slots) FROM pg_temp.kpis_uncounted WHERE month = %(month)s
         EXCEPT SELECT source_id, channel_id, unnest(slots) FROM {real}.kpis_uncounted WHERE month = %(month)s)
    ) AS other JOIN kpis_source AS source ON source.id = source_id
    ORDER BY 1, 2, 3
"""


# -- Figures ----------------------------------------------------------------------------------------

_FIGURES = dict.fromkeys(
    ("kpis_reading", "kpis_readingchange", "kpis_changedday", "kpis_changedscope", "kpis_stamp"),
    "INCLUDING ALL",
)
_COLUMNS = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")


def compare_figures(*, first: date, last: date, today: date) -> Outcome:
    """The kept figures of all periods that these days touch with figures computed anew. Raises NotYet.

    Areas whose figures are due anyway are left out.
    """
    outcome = Outcome()
    scopes = list(Scope.objects.order_by("pk").values_list("pk", flat=True))
    metrics = {metric.pk: metric.code for metric in Metric.objects.in_use()}
    for start in range(0, len(scopes), SCOPES_AT_ONCE):
        with _aside(_FIGURES) as cursor:
            which = {
                "scopes": scopes[start : start + SCOPES_AT_ONCE], "first": first, "last": last,
                "metrics": list(metrics), "shown": SHOWN,
            }  # fmt: skip
            _compare_scopes(cursor, which, today, metrics, outcome)
    return outcome


def _compare_scopes(
    cursor: Any, which: dict[str, Any], today: date, metrics: dict[int, str], outcome: Outcome
) -> None:
    real = _schema(cursor)
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {real}.kpis_changedday)")
    if cursor.fetchone()[0]:
        raise NotYet
    cursor.execute(
        f"""
        INSERT INTO kpis_changedscope (scope_id, days)
        SELECT scope_id, datemultirange(daterange(%(first)s, %(last)s, '[]')) FROM unnest(%(scopes)s::bigint[]) AS scope_id
        WHERE scope_id NOT IN (SELECT scope_id FROM {real}.kpis_changedscope)
        """,
        which,
    )
    cursor.execute(
        "CREATE TEMP TABLE looked_at (scope_id bigint, grain text, start date, PRIMARY KEY (scope_id, grain, start))"
        " ON COMMIT DROP"
    )
    while recompute_next(today=today, learn=False):
        cursor.execute("INSERT INTO looked_at SELECT scope_id, grain, start FROM due")
        for table in ("claimed", "due", "fresh", "gathered"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(
        "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_nestloop', 'on', true)"
    )
    cursor.execute("ANALYZE looked_at, kpis_reading")
    cursor.execute("SELECT count(*) FROM kpis_reading")
    outcome.compared += cursor.fetchone()[0]
    cursor.execute(_OTHER_FIGURES.format(real=real), which)
    for count, scope_ids, place, metric, grain, start, column, kept, expected in cursor.fetchall():
        if start is None:
            outcome.different += count
            outcome.scopes.update(scope_ids)
        elif len(outcome.shown) < SHOWN:
            outcome.shown.append(
                Found(
                    f"figure.{column}", metrics.get(metric, str(metric)), place, grain, start, kept, expected
                )
            )


# Rows that nobody wants any more stay until their area changes: they are not wrong, they are not looked at. And of
# cross-cuts, periods without a target have a row only once their amounts have changed.
_WANTED = """
    (grain IN ('month', 'quarter', 'year') OR EXISTS (SELECT 1 FROM kpis_watch AS watch
        WHERE watch.scope_id = reading.scope_id AND watch.metric_id = reading.metric_id AND watch.grain = reading.grain))
    AND (scope.node_id IS NOT NULL OR scope.key = 'company'
        OR EXISTS (SELECT 1 FROM kpis_target WHERE scope_id = scope.id)
        OR EXISTS (SELECT 1 FROM kpis_watch WHERE scope_id = scope.id))
"""
_FIRST_OTHER = " ".join(
    f"WHEN kept.{column} IS DISTINCT FROM fresh.{column} THEN '{column}'" for column in _COLUMNS
)
_NUMBERS = ("value", "target", "expected", "attainment")
_OTHER_FIGURES = f"""
    WITH kept AS (
        SELECT reading.* FROM {{real}}.kpis_reading AS reading
        JOIN looked_at USING (scope_id, grain, start)
        JOIN organization_scope AS scope ON scope.id = reading.scope_id
        WHERE reading.metric_id = ANY(%(metrics)s) AND {_WANTED}
    ),
    other AS (
        SELECT scope_id, metric_id, grain, start, CASE {_FIRST_OTHER} END AS "column",
            {", ".join(f"kept.{column} AS kept_{column}, fresh.{column} AS fresh_{column}" for column in _NUMBERS)}
        FROM kept FULL JOIN pg_temp.kpis_reading AS fresh USING (scope_id, metric_id, grain, start)
        WHERE (kept.status IS NOT NULL OR fresh.target IS NOT NULL OR EXISTS (SELECT 1 FROM organization_scope AS scope
            WHERE scope.id = scope_id AND (scope.node_id IS NOT NULL OR scope.key = 'company')))
          AND ({", ".join(f"kept.{column}" for column in _COLUMNS)})
            IS DISTINCT FROM ({", ".join(f"fresh.{column}" for column in _COLUMNS)})
    )
    SELECT * FROM (
        SELECT count(*), array_agg(DISTINCT scope_id), NULL AS place, NULL::bigint AS metric_id, NULL AS grain,
            NULL::date AS start, NULL AS "column", NULL::numeric AS kept, NULL::numeric AS expected
        FROM other HAVING count(*) > 0
    ) AS whole
    UNION ALL
    SELECT * FROM (
        SELECT 1, NULL::bigint[], (SELECT key FROM organization_scope WHERE id = scope_id), metric_id, grain, start,
            "column",
            CASE "column" {" ".join(f"WHEN '{one}' THEN kept_{one}" for one in _NUMBERS)} END,
            CASE "column" {" ".join(f"WHEN '{one}' THEN fresh_{one}" for one in _NUMBERS)} END
        FROM other ORDER BY scope_id, start, grain, metric_id LIMIT %(shown)s
    ) AS each
"""
