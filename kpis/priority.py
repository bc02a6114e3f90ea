"""Which source counts: for each measure, top channel and month the first one that has data there; the others stand beside.

A fact counts by its own channel tree: what one source says of a channel never hides what another says of a channel it
does not name (0). Settled by the month, under a lock of the month, as part of rolling a source's month up.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from kpis.facts import FactTable, all_fact_tables
from kpis.models import Measure, Source, Uncounted
from kpis.services.changes import mark_days_changed

_LOCK = 7401  # names our advisory locks; the month's number is the second half


def try_lock_month(month: date) -> bool:
    """Holds the month to the end of the transaction, if nobody else does: settling it looks at all of its sources."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, month.year * 12 + month.month])
        return bool(cursor.fetchone()[0])


def settle(*, source: Source, month: date) -> tuple[bool, bool]:
    """Says anew which measures of the month's sources do not count, and marks other sources whose part in it changed.

    Returns whether anything of `source` does not count, and whether that is news: then all its days of the month are
    due. Needs the month's lock.
    """
    before = {
        (source_id, channel_id): tuple(slots)
        for source_id, channel_id, slots in Uncounted.objects.filter(month=month).values_list(
            "source_id", "channel_id", "slots"
        )
    }
    sources = _sources_of(month)
    after = _uncounted(month, sources) if len(sources) > 1 else {}
    if after != before:
        Uncounted.objects.filter(month=month).delete()
        Uncounted.objects.bulk_create(
            Uncounted(month=month, source_id=source_id, channel_id=channel_id, slots=list(slots))
            for (source_id, channel_id), slots in sorted(after.items())
        )
        changed = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        for other in Source.objects.filter(pk__in=changed - {source.pk}).order_by("pk"):
            mark_days_changed(source=other, days=days_of(source=other, month=month))
    else:
        changed = set()
    return any(source_id == source.pk for source_id, _channel in after), source.pk in changed


def days_of(*, source: Source, month: date) -> list[date]:
    """The days of the month for which the source has facts or roll-ups."""
    tables = [*(facts.table for facts in all_fact_tables() if facts.code == source.facts), "kpis_amountday"]
    each = " UNION ".join(
        f"SELECT day FROM {table} WHERE source_id = %(source)s AND {_IN_MONTH}" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{each} ORDER BY 1", {"source": source.pk, "month": month})
        return [day for (day,) in cursor.fetchall()]


def counted_sql(amounts: str, uncounted: str, slots: list[int]) -> str:
    """The amounts without those whose slots stand in the array `uncounted` (NULL: all count)."""
    return _pick(amounts, slots, f"{{slot}} = ANY({uncounted})", "NULL", "{amount}")


def beside_sql(amounts: str, uncounted: str, slots: list[int]) -> str:
    """Only those amounts whose slots stand in the array `uncounted`."""
    return _pick(amounts, slots, f"{{slot}} = ANY({uncounted})", "{amount}", "NULL")


def _pick(amounts: str, slots: list[int], condition: str, then: str, otherwise: str) -> str:
    parts = []
    for slot in range(1, max(slots, default=1) + 1):
        amount = f"{amounts}[{slot}]"
        one, two = (text.format(amount=amount) for text in (then, otherwise))
        parts.append(f"CASE WHEN {condition.format(slot=slot)} THEN {one} ELSE {two} END")
    return f"ARRAY[{', '.join(parts)}]::numeric[]"


_IN_MONTH = "day >= %(month)s AND day < (%(month)s::date + interval '1 month')"


def _sources_of(month: date) -> list[int]:
    """The sources that have facts in the month; a look into the index for each that there is."""
    tables = {facts.code: facts.table for facts in all_fact_tables()}
    found = []
    with connection.cursor() as cursor:
        for pk, code in Source.objects.order_by("pk").values_list("pk", "facts"):
            if code not in tables:
                continue
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {tables[code]} WHERE source_id = %(source)s AND {_IN_MONTH})",
                {"source": pk, "month": month},
            )
            if cursor.fetchone()[0]:
                found.append(pk)
    return found


def _uncounted(month: date, sources: list[int]) -> dict[tuple[int, int], tuple[int, ...]]:
    """Slots by source and top channel that another source counts before."""
    slots = list(Measure.objects.values_list("slot", flat=True))
    params: dict[str, Any] = {"month": month, "sources": sources}
    reported = " UNION ALL ".join(_reported(facts, slots) for facts in all_fact_tables())
    with connection.cursor() as cursor:
        cursor.execute(_UNCOUNTED.format(reported=reported), params)
        return {(source_id, channel_id): tuple(out) for source_id, channel_id, out in cursor.fetchall()}


def _reported(facts: FactTable, slots: list[int]) -> str:
    channel = "channel_id" if "channel" in facts.dimensions else "0"
    some = ", ".join(f"CASE WHEN count(amounts[{slot}]) > 0 THEN {slot} END" for slot in slots)
    return f"""SELECT source_id, {channel} AS channel_id, ARRAY[{some}] AS slots FROM {facts.table}
        WHERE source_id = ANY(%(sources)s) AND {_IN_MONTH} GROUP BY 1, 2"""


_UNCOUNTED = """
    WITH reported AS ({reported}),
    present AS (
        SELECT DISTINCT source_id, coalesce(top.ancestor_id, 0) AS channel_id, slot
        FROM reported CROSS JOIN unnest(slots) AS slot
        LEFT JOIN organization_nodeancestor AS top ON top.node_id = channel_id AND top.ancestor_depth = 1
        WHERE slot IS NOT NULL
    ),
    ranked AS (
        SELECT present.*, row_number() OVER (PARTITION BY present.channel_id, present.slot
            ORDER BY coalesce(both_of.rank, of_measure.rank, of_channel.rank, source.rank), source.id) AS turn
        FROM present JOIN kpis_source AS source ON source.id = present.source_id
        JOIN kpis_measure AS measure ON measure.slot = present.slot
        LEFT JOIN kpis_sourceorder AS both_of ON both_of.source_id = source.id
            AND both_of.measure_id = measure.id AND both_of.channel_id = present.channel_id
        LEFT JOIN kpis_sourceorder AS of_measure ON of_measure.source_id = source.id
            AND of_measure.measure_id = measure.id AND of_measure.channel_id IS NULL
        LEFT JOIN kpis_sourceorder AS of_channel ON of_channel.source_id = source.id
            AND of_channel.measure_id IS NULL AND of_channel.channel_id = present.channel_id
    )
    SELECT source_id, channel_id, array_agg(slot ORDER BY slot) FROM ranked WHERE turn > 1
    GROUP BY 1, 2
"""
