"""From facts to amounts by scope and day: written anew for the days that changed, so never adrift from the facts.

One unit of work is a source's month (`ChangedDay`): claimed, done and the claim deleted in one transaction. Any number
of workers may call `roll_up_next`; two never hold the same month. Where several sources report the same, one counts
and the others stand beside (`kpis.priority`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection, transaction

from kpis.facts import FactTable, fact_table
from kpis.models import ChangedDay, Measure, OverTime, Source
from kpis.priority import beside_sql, counted_sql, days_of, settle, try_lock_month
from kpis.rolled import anybody_listens, tell_rolled
from kpis.stamps import stamp
from organization.tree_lock import share_tree

CROSS = ("channel", "region", "product")
CAMPAIGN_DEPTH = 2


@transaction.atomic
def roll_up_next() -> bool:
    """Rolls one changed month of one source up; False where nothing is due that nobody else holds."""
    share_tree()
    claimed = _claim()
    if claimed is None:
        return False
    source_id, month, days = claimed
    roll_up(source=Source.objects.get(pk=source_id), month=month, days=days)
    return True


def _claim() -> tuple[int, date, list[date]] | None:
    """A mark of a month that nobody else works on: which source counts is settled for a month as a whole."""
    due = ChangedDay.objects.order_by("marked_at", "month").values_list("source_id", "month")
    for source_id, month in list(due):
        if not try_lock_month(month):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                """
                DELETE FROM kpis_changedday WHERE (source_id, month) IN (
                    SELECT source_id, month FROM kpis_changedday WHERE source_id = %s AND month = %s
                    FOR UPDATE SKIP LOCKED)
                RETURNING ARRAY(SELECT day::date FROM unnest(days) AS part,
                    generate_series(lower(part), upper(part) - 1, interval '1 day') AS day)
                """,
                [source_id, month],
            )
            row = cursor.fetchone()
        if row is not None:
            return source_id, month, row[0]
    return None


def roll_up(*, source: Source, month: date, days: list[date]) -> None:
    """Writes the roll-ups of these days of one month, and marks the scopes whose amounts they are.

    Needs the month's lock (`kpis.priority`).
    """
    facts = fact_table(source.facts)
    some_beside, news = settle(source=source, month=month)
    if news:
        days = sorted({*days, *days_of(source=source, month=month)})
    which: dict[str, Any] = {"source": source.pk, "days": days, "month": month}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '128MB', true)")
        # Right after a large import nobody has counted the facts yet, and the planner would take them for few; and a
        # hash table of thousands of exact sums is slower than sorting.
        cursor.execute(
            "SELECT set_config('enable_nestloop', 'off', true), set_config('enable_hashagg', 'off', true)"
        )
        cursor.execute(_MARK_SCOPES_BEFORE, which)
        before = [row[0] for row in cursor.fetchall()]
        for table in ("kpis_crossday", "kpis_amountday", "kpis_besideday"):
            cursor.execute(f"DELETE FROM {table} WHERE source_id = %(source)s AND day = ANY(%(days)s)", which)
        for table in ("kpis_crossmonth", "kpis_topmonth"):
            cursor.execute(f"DELETE FROM {table} WHERE source_id = %(source)s AND month = %(month)s", which)
        if some_beside:
            beside = _tell_apart(cursor, facts, which)
            cursor.execute(_amount_day(beside, _sums(summed_slots(source)), into="kpis_besideday"), which)
            facts = replace(facts, table="counted")
        _write(cursor, facts, source, which)
        _write_stocks(cursor, facts, source, which)
        cursor.execute(_MARK_SCOPES, {**which, "before": before})
        if anybody_listens():
            cursor.execute(_MARK_SCOPES_BEFORE, which)
            before += [row[0] for row in cursor.fetchall()]
            tell_rolled(source, days, sorted(set(before)))
    stamp()


def _write(cursor: Any, facts: FactTable, source: Source, which: dict[str, Any]) -> None:
    amounts = _sums(summed_slots(source))
    if _has_crosses(facts):
        cursor.execute(_cross_day(facts, amounts), which)
        cursor.execute(_cross_month(facts, amounts), which)
        cursor.execute(_top_month(amounts), which)
    cursor.execute(
        _amount_day(facts, amounts, places="kpis_crossday" if _has_crosses(facts) else None), which
    )


def summed_slots(source: Source) -> list[int]:
    """Those of its measures that add up: in the sums of all others every roll-up says nothing."""
    adding = set(Measure.objects.filter(over_time=OverTime.SUM).values_list("slot", flat=True))
    return [slot for slot in source.slots if slot in adding]


def _write_stocks(cursor: Any, facts: FactTable, source: Source, which: dict[str, Any]) -> None:
    """What each place last said of a stock is found where it was said: see `kpis.models.StockDay`."""
    stocks = list(
        Measure.objects.filter(slot__in=source.slots, over_time=OverTime.LAST).values_list("slot", flat=True)
    )
    if not stocks:
        return
    nodes = ", ".join(f"{one}_id" if one in facts.dimensions else "0" for one in CROSS)
    cursor.execute("DELETE FROM kpis_stockday WHERE source_id = %(source)s AND day = ANY(%(days)s)", which)
    cursor.execute(
        f"""
        INSERT INTO kpis_stockday (slot, day, channel_id, region_id, product_id, source_id, amount, estimated)
        SELECT slot, day, {nodes}, %(source)s, sum(amounts[slot]), bool_or(estimated)
        FROM {facts.table} CROSS JOIN unnest(%(stocks)s::int[]) AS slot
        WHERE source_id = %(source)s AND day = ANY(%(days)s) AND amounts[slot] IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5
        """,
        {**which, "stocks": stocks},
    )


def _has_crosses(facts: FactTable) -> bool:
    return set(CROSS) <= set(facts.dimensions)


def _tell_apart(cursor: Any, facts: FactTable, which: dict[str, Any]) -> FactTable:
    """The month's facts in two tables for this transaction: `counted`, and what stands beside (returned)."""
    slots = list(Measure.objects.values_list("slot", flat=True))
    channel = "fact.channel_id" if "channel" in facts.dimensions else "0"
    columns = ", ".join(
        ["day", "fact.source_id", *(f"fact.{one}_id" for one in facts.dimensions), "estimated"]
    )
    for table, amounts in (("counted", counted_sql), ("beside", beside_sql)):
        cursor.execute(
            f"""
            CREATE TEMP TABLE {table} ON COMMIT DROP AS SELECT * FROM (
                SELECT {columns}, {amounts("fact.amounts", "uncounted.slots", slots)} AS amounts
                FROM {facts.table} AS fact
                LEFT JOIN organization_nodeancestor AS top ON top.node_id = {channel} AND top.ancestor_depth = 1
                LEFT JOIN kpis_uncounted AS uncounted ON uncounted.source_id = fact.source_id
                    AND uncounted.month = %(month)s AND uncounted.channel_id = coalesce(top.ancestor_id, 0)
                WHERE fact.source_id = %(source)s AND day >= %(month)s AND day < %(month)s + interval '1 month'
            ) AS fact WHERE num_nonnulls(VARIADIC amounts) > 0
            """,
            which,
        )
    return replace(facts, table="beside")


def _sums(slots: Iterable[int]) -> str:
    """`ARRAY[sum(amounts[1]), …]`: NULL where no row reports the slot. Slots that a source never fills cost nothing."""
    used = set(slots)
    parts = (
        f"sum(amounts[{slot}])" if slot in used else "NULL" for slot in range(1, max(used, default=1) + 1)
    )
    return f"ARRAY[{', '.join(parts)}]::numeric[]"


def _cross_day(facts: FactTable, amounts: str) -> str:
    return f"""
        INSERT INTO kpis_crossday (day, channel_id, region_id, product_id, source_id, amounts, estimated)
        SELECT day, coalesce(top.ancestor_id, 0), region_id, product_id, %(source)s, {amounts}, bool_or(estimated)
        FROM {facts.table} AS fact
        LEFT JOIN organization_nodeancestor AS top ON top.node_id = fact.channel_id AND top.ancestor_depth = 1
        WHERE source_id = %(source)s AND day = ANY(%(days)s)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """


def _cross_month(facts: FactTable, amounts: str) -> str:
    return f"""
        INSERT INTO kpis_crossmonth (month, channel_id, region_id, product_id, source_id, amounts)
        SELECT %(month)s, coalesce(up.ancestor_id, top.ancestor_id, channel_id), region_id, product_id, %(source)s,
            {amounts}
        FROM {facts.table} AS fact
        LEFT JOIN organization_nodeancestor AS up
            ON up.node_id = fact.channel_id AND up.ancestor_depth = {CAMPAIGN_DEPTH}
        LEFT JOIN organization_nodeancestor AS top ON top.node_id = fact.channel_id AND top.ancestor_depth = 1
        WHERE source_id = %(source)s AND day >= %(month)s AND day < %(month)s + interval '1 month'
        GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
    """


def _top_month(amounts: str) -> str:
    """Of what `_cross_month` has just written: what pages ask for most, in few rows."""
    tops = " ".join(
        f"""LEFT JOIN organization_nodeancestor AS {one} ON {one}.node_id = {one}_id AND {one}.ancestor_depth = 1"""
        for one in CROSS
    )
    return f"""
        INSERT INTO kpis_topmonth (month, channel_id, region_id, product_id, source_id, amounts)
        SELECT %(month)s, coalesce(channel.ancestor_id, 0), coalesce(region.ancestor_id, 0),
            coalesce(product.ancestor_id, 0), %(source)s, {amounts}
        FROM kpis_crossmonth {tops}
        WHERE source_id = %(source)s AND month = %(month)s
        GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
    """


def _amount_day(
    facts: FactTable, amounts: str, *, into: str = "kpis_amountday", places: str | None = None
) -> str:
    """Each single node with all that lies below it, and the company.

    Nodes of one dimension are summed where they stand first and up the tree after, so that the joins stay small; and
    what can come from the sums of another step (`places`) does not look at the facts again.
    """
    of_source = "source_id = %(source)s AND day = ANY(%(days)s)"
    steps = ""
    if places:
        steps = f"""places AS MATERIALIZED (
            SELECT day, region_id, product_id, {amounts} AS amounts, bool_or(estimated) AS estimated
            FROM {places} WHERE {of_source} GROUP BY 1, 2, 3), """
    leaves = []
    for dimension in facts.dimensions:
        relation = (
            "places" if places and dimension in ("region", "product") else f"{facts.table} WHERE {of_source}"
        )
        leaves.append(
            f"""SELECT '{dimension}' AS dimension, day, {dimension}_id AS node_id, {amounts} AS amounts,
                    bool_or(estimated) AS estimated
                FROM {relation} GROUP BY day, {dimension}_id"""
        )
    return f"""
        INSERT INTO {into} (scope_id, day, source_id, amounts, estimated)
        WITH {steps} leaf AS MATERIALIZED ({" UNION ALL ".join(leaves)})
        SELECT scope.id, day, %(source)s, {amounts}, bool_or(estimated)
        FROM leaf
        JOIN organization_nodeancestor AS up ON up.node_id = leaf.node_id
        JOIN organization_scope AS scope ON scope.node_id = up.ancestor_id
        GROUP BY 1, 2
        UNION ALL
        SELECT (SELECT id FROM organization_scope WHERE key = 'company'), day, %(source)s, {amounts}, bool_or(estimated)
        FROM leaf WHERE dimension = '{facts.dimensions[-1]}' GROUP BY day
        ORDER BY 1, 2
    """


_MARK_SCOPES_BEFORE = """
    SELECT DISTINCT scope_id FROM kpis_amountday WHERE source_id = %(source)s AND day = ANY(%(days)s)
"""

# Cross-cuts are due where every one of their nodes is: a few too many, never one too few.
_MARK_SCOPES = """
    WITH touched AS (
        SELECT unnest(%(before)s::bigint[]) AS scope_id
        UNION SELECT scope_id FROM kpis_amountday WHERE source_id = %(source)s AND day = ANY(%(days)s)
    ), nodes AS (
        SELECT node_id FROM touched JOIN organization_scope AS scope ON scope.id = scope_id WHERE node_id IS NOT NULL
    ), due AS (
        SELECT scope_id FROM touched
        UNION
        SELECT id FROM organization_scope AS scope
        WHERE node_id IS NULL AND key <> 'company'
          AND (region_id IS NULL OR region_id IN (SELECT node_id FROM nodes))
          AND (channel_id IS NULL OR channel_id IN (SELECT node_id FROM nodes))
          AND (product_id IS NULL OR product_id IN (SELECT node_id FROM nodes))
          AND (team_id IS NULL OR team_id IN (SELECT node_id FROM nodes))
          AND (budget_id IS NULL OR budget_id IN (SELECT node_id FROM nodes))
    )
    INSERT INTO kpis_changedscope (scope_id, days)
    SELECT scope_id, (SELECT range_agg(daterange(day, day, '[]')) FROM unnest(%(days)s::date[]) AS changed(day))
    FROM due ORDER BY scope_id
    ON CONFLICT (scope_id) DO UPDATE SET days = kpis_changedscope.days + excluded.days, metrics = NULL
"""
