"""Writing the channels' facts: what an import says, and taking it back.

Layers: a fact shows the newest import's amounts over the older ones', measure by measure (an import speaks for the
measures in its `slots`, also where its cell is empty). What it stood at before is kept with the import that had said
it, so any import can be taken out of the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection
from django.utils.functional import Promise

from common.periods import add_months
from ingest.layouts import Layout
from ingest.models import Import
from ingest.sinks import Fault, Original, SameKeyTwice, Written
from kpis.models import Measure
from kpis.services import mark_days_changed

KEY = ("day", "channel_id", "region_id", "product_id", "detail")  # beside the source

_PLACES = Decimal("0.0001")


def _key(alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in KEY) + ")"


class ChannelFacts:
    """The sink of everything that is said of channels, regions and product lines by the day."""

    code = "channels"
    reasons: Mapping[str, str | Promise] = {}

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        return ()

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """New facts are inserted, other values correct what is there, the same values change nothing."""
        assert batch.source is not None
        lines = lines or typed
        params = {
            "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
            "slots": batch.slots, "days": list(days),
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', '256MB', true)")
            _ensure_partitions(sorted({day.replace(day=1) for day in days}))
            cursor.execute(_DIFFERING.format(typed=typed, merged=_merged()), params)
            differing, gone = cursor.rowcount, 0
            if differing:
                cursor.execute("ANALYZE differing")
                cursor.execute(_TWICE.format(typed=typed))
                if cursor.fetchone()[0]:
                    raise SameKeyTwice
            try:
                cursor.execute(_INSERT.format(typed=typed), params)
            except IntegrityError as error:
                raise SameKeyTwice from error
            inserted = cursor.rowcount
            if replace:
                cursor.execute(_GONE.format(typed=typed, merged=_emptied()), params)
                gone = cursor.rowcount
            if differing or gone:
                cursor.execute(_KEEP_OLD, params)
                cursor.execute(_CORRECT, params)
            if foreign:
                cursor.execute(_KEEP_ORIGINALS.format(lines=lines, sums=_sums_of_originals()), params)
            cursor.execute(f"SELECT count(*) FROM {typed}")
            rows = cursor.fetchone()[0]
            if inserted == rows:
                mark_days_changed(source=batch.source, days=days)
            elif inserted or differing or gone:
                self._mark(batch, _CHANGED_DAYS, params)
            if rows == batch.accepted and lines == typed:  # a fact a line
                return Written(corrected=differing, unchanged=rows - inserted - differing, gone=gone)
            cursor.execute(_COUNT.format(typed=lines), params)
            corrected, touched = cursor.fetchone()
            return Written(corrected=corrected, unchanged=batch.accepted - touched, gone=gone)

    def take_back(self, *, batch: Import) -> date | None:
        assert batch.source is not None
        params = {
            "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
        }  # fmt: skip
        with connection.cursor() as cursor:
            if batch.first_day is not None:
                cursor.execute(_TOUCHED, params)
                cursor.execute("ANALYZE touched")
                self._mark(batch, "SELECT DISTINCT day FROM touched", params)
                cursor.execute("DELETE FROM channels_superseded WHERE batch_id = %(batch)s", params)
                cursor.execute("DELETE FROM channels_original WHERE batch_id = %(batch)s", params)
                cursor.execute(_LAYERS, params)
                cursor.execute(_REMAINING.format(amounts=_newest_by_slot()), params)
                cursor.execute(_DELETE_BARE, params)
                cursor.execute(_RESTORE, params)
                cursor.execute(_FORGET_RESTORED, params)
            cursor.execute("SELECT max(day) FROM channels_fact WHERE source_id = %(source)s", params)
            row = cursor.fetchone()
        return row[0] if row else None

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        found: list[Original] = []
        measures = dict(Measure.objects.values_list("slot", "code"))
        with connection.cursor() as cursor:
            cursor.execute(_SOME_ORIGINALS, {"batch": batch.pk, "most": most})
            for day, currency, rate, amounts in cursor.fetchall():
                found += [
                    Original(measures[slot], amount, currency, rate, (amount * rate).quantize(_PLACES), day)
                    for slot, amount in enumerate(amounts, start=1)
                    if amount is not None
                ]
        return found[:most]

    def _mark(self, batch: Import, days_sql: str, params: Mapping[str, Any]) -> None:
        assert batch.source is not None
        with connection.cursor() as cursor:
            cursor.execute(days_sql, params)
            days = [day for (day,) in cursor.fetchall()]
        if days:
            mark_days_changed(source=batch.source, days=days)


def _ensure_partitions(months: Iterable[date]) -> None:
    """Makes the months' partitions that do not stand yet, inside the caller's transaction.

    A new table is attached and not created in place: that takes a lock which lets readers and writers go on, and
    only makes others who need a new month wait.
    """
    with connection.cursor() as cursor:
        for month in months:
            name = f"channels_fact_{month:%Y_%m}"
            if _stands(cursor, name):
                continue
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('channels_fact'))")
            if not _stands(cursor, name):
                cursor.execute(f"CREATE TABLE {name} (LIKE channels_fact INCLUDING ALL)")
                cursor.execute(
                    f"ALTER TABLE channels_fact ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                    [month, add_months(month, 1)],
                )


def _stands(cursor: Any, table: str) -> bool:
    """Asked of the catalogue itself: `to_regclass` may remember that there was none while we waited for the lock."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = %s AND relnamespace = current_schema()::regnamespace)",
        [table],
    )
    return bool(cursor.fetchone()[0])


def _slots() -> list[int]:
    return list(Measure.objects.values_list("slot", flat=True))


def _merged() -> str:
    """The new amounts over the old ones: the import speaks for its own slots."""
    return ", ".join(
        f"CASE WHEN {slot} = ANY(%(slots)s) THEN typed.amounts[{slot}] ELSE fact.amounts[{slot}] END"
        for slot in _slots()
    )


def _emptied() -> str:
    """What is left of a fact of which the import says nothing."""
    return ", ".join(
        f"CASE WHEN {slot} = ANY(%(slots)s) THEN NULL ELSE fact.amounts[{slot}] END" for slot in _slots()
    )


def _sums_of_originals() -> str:
    return ", ".join(f"sum(typed.originals[{slot}])" for slot in _slots())


def _newest_by_slot() -> str:
    return ", ".join(
        f"(array_agg(amounts[{slot}] ORDER BY revision DESC) FILTER (WHERE {slot} = ANY(slots)))[1]"
        for slot in _slots()
    )


# Rows that say something else than what holds. Equal amounts are sorted out first, as most are when a file comes again.
_DIFFERING = f"""
    CREATE TEMP TABLE differing ON COMMIT DROP AS
    SELECT line, {", ".join(f"typed.{column}" for column in KEY)}, typed.estimated, merged.amounts,
        fact.amounts AS old_amounts, fact.batch_id AS old_batch, fact.estimated AS old_estimated
    FROM {{typed}} AS typed
    JOIN channels_fact AS fact ON {_key("fact")} = {_key("typed")}
    CROSS JOIN LATERAL (SELECT ARRAY[{{merged}}] AS amounts) AS merged
    WHERE fact.source_id = %(source)s AND fact.day BETWEEN %(first)s AND %(last)s
      AND typed.amounts IS DISTINCT FROM fact.amounts
      AND merged.amounts IS DISTINCT FROM (fact.amounts || array_fill(NULL::numeric,
        ARRAY[greatest(0, cardinality(merged.amounts) - cardinality(fact.amounts))]))
"""

_TWICE = f"""
    SELECT EXISTS (SELECT 1 FROM {{typed}} AS typed JOIN (SELECT DISTINCT {", ".join(KEY)} FROM differing) AS differing
        ON {_key("typed")} = {_key("differing")} GROUP BY {_key("typed")} HAVING count(*) > 1)
"""

_INSERT = f"""
    INSERT INTO channels_fact ({", ".join(KEY)}, source_id, batch_id, estimated, amounts)
    SELECT {", ".join(KEY)}, %(source)s, %(batch)s, estimated, amounts FROM {{typed}} AS typed
    WHERE NOT EXISTS (
        SELECT 1 FROM channels_fact AS fact WHERE {_key("fact")} = {_key("typed")} AND fact.source_id = %(source)s
          AND fact.day BETWEEN %(first)s AND %(last)s)
"""

# What the source had said of the days, and the file does not name. It goes the way of a correction, to nothing.
_GONE = f"""
    INSERT INTO differing ({", ".join(KEY)}, estimated, amounts, old_amounts, old_batch, old_estimated)
    SELECT {", ".join(f"fact.{column}" for column in KEY)}, fact.estimated, merged.amounts,
        fact.amounts, fact.batch_id, fact.estimated
    FROM channels_fact AS fact CROSS JOIN LATERAL (SELECT ARRAY[{{merged}}]::numeric[] AS amounts) AS merged
    WHERE fact.source_id = %(source)s AND fact.day = ANY(%(days)s) AND fact.batch_id <> %(batch)s
      AND NOT EXISTS (SELECT 1 FROM {{typed}} AS typed WHERE {_key("typed")} = {_key("fact")})
      AND num_nonnulls(VARIADIC fact.amounts) > num_nonnulls(VARIADIC merged.amounts)
"""

# Of the facts that this import wrote: where it changed nothing, the money of an earlier one still stands.
_KEEP_ORIGINALS = f"""
    INSERT INTO channels_original ({", ".join(KEY)}, source_id, batch_id, currency, rate, amounts)
    SELECT {", ".join(f"fact.{column}" for column in KEY)}, %(source)s, %(batch)s, typed.currency, min(typed.rate),
        ARRAY[{{sums}}]::numeric[]
    FROM {{lines}} AS typed JOIN channels_fact AS fact ON {_key("fact")} = {_key("typed")}
    WHERE fact.source_id = %(source)s AND fact.day BETWEEN %(first)s AND %(last)s AND fact.batch_id = %(batch)s
      AND typed.currency IS NOT NULL
    GROUP BY {", ".join(f"fact.{column}" for column in KEY)}, typed.currency
"""

_SOME_ORIGINALS = """
    SELECT day, currency, rate, amounts FROM channels_original WHERE batch_id = %(batch)s
    ORDER BY currency, day, channel_id, region_id, product_id, detail LIMIT %(most)s
"""

_KEEP_OLD = f"""
    INSERT INTO channels_superseded ({", ".join(KEY)}, source_id, batch_id, estimated, amounts)
    SELECT {", ".join(KEY)}, %(source)s, old_batch, old_estimated, old_amounts FROM differing
"""

_CORRECT = f"""
    UPDATE channels_fact AS fact
    SET amounts = differing.amounts, batch_id = %(batch)s, estimated = differing.estimated
    FROM differing WHERE {_key("fact")} = {_key("differing")}
      AND fact.source_id = %(source)s AND fact.day BETWEEN %(first)s AND %(last)s
"""

_CHANGED_DAYS = """
    SELECT DISTINCT day FROM channels_fact
    WHERE source_id = %(source)s AND day BETWEEN %(first)s AND %(last)s AND batch_id = %(batch)s
"""

# Lines, not facts: one line may publish several facts. Corrected wins over new, new over unchanged.
_COUNT = f"""
    SELECT count(DISTINCT typed.line) FILTER (WHERE differing.line IS NOT NULL), count(DISTINCT typed.line)
    FROM {{typed}} AS typed
    JOIN channels_fact AS fact ON {_key("fact")} = {_key("typed")}
    LEFT JOIN differing ON {_key("differing")} = {_key("typed")}
    WHERE fact.source_id = %(source)s AND fact.day BETWEEN %(first)s AND %(last)s AND fact.batch_id = %(batch)s
"""

_TOUCHED = f"""
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT {", ".join(KEY)} FROM channels_fact
    WHERE source_id = %(source)s AND batch_id = %(batch)s AND day BETWEEN %(first)s AND %(last)s
    UNION
    SELECT {", ".join(KEY)} FROM channels_superseded WHERE batch_id = %(batch)s
"""

_LAYERS = f"""
    CREATE TEMP TABLE layer ON COMMIT DROP AS
    SELECT {", ".join(f"fact.{column}" for column in KEY)}, fact.batch_id, fact.estimated, fact.amounts
    FROM touched JOIN channels_fact AS fact ON {_key("fact")} = {_key("touched")}
    WHERE fact.source_id = %(source)s AND fact.day BETWEEN %(first)s AND %(last)s AND fact.batch_id <> %(batch)s
    UNION ALL
    SELECT {", ".join(f"old.{column}" for column in KEY)}, old.batch_id, old.estimated, old.amounts
    FROM touched JOIN channels_superseded AS old ON {_key("old")} = {_key("touched")}
    WHERE old.source_id = %(source)s
"""

_REMAINING = f"""
    CREATE TEMP TABLE remaining ON COMMIT DROP AS
    SELECT {", ".join(KEY)}, ARRAY[{{amounts}}] AS amounts,
        (array_agg(batch_id ORDER BY revision DESC))[1] AS batch_id,
        (array_agg(estimated ORDER BY revision DESC))[1] AS estimated
    FROM layer JOIN ingest_import AS said ON said.id = batch_id GROUP BY {", ".join(KEY)}
"""

_DELETE_BARE = f"""
    DELETE FROM channels_fact AS fact USING touched
    WHERE {_key("fact")} = {_key("touched")} AND fact.source_id = %(source)s
      AND fact.day BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM remaining WHERE {_key("remaining")} = {_key("touched")})
"""

_RESTORE = f"""
    UPDATE channels_fact AS fact
    SET amounts = remaining.amounts, batch_id = remaining.batch_id, estimated = remaining.estimated
    FROM remaining WHERE {_key("fact")} = {_key("remaining")} AND fact.source_id = %(source)s
      AND fact.day BETWEEN %(first)s AND %(last)s
"""

# What a fact shows now is no longer kept as superseded.
_FORGET_RESTORED = f"""
    DELETE FROM channels_superseded AS old USING remaining
    WHERE {_key("old")} = {_key("remaining")} AND old.source_id = %(source)s AND old.batch_id = remaining.batch_id
"""
