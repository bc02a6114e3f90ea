"""Keeping figures as rows: what changed is claimed, computed anew and written, in one transaction.

Claims are rows of `ChangedScope`; while one is held, whoever changes that scope again waits a moment and leaves a new
mark. So two workers never compute the same scope at once, and an older answer never overwrites a newer one.
"""

from __future__ import annotations

from datetime import date
from itertools import combinations

from django.db import connection, transaction

from kpis.figures import Look, Shape, figures_sql
from kpis.models import Metric
from kpis.paces import learn_due
from kpis.planned import fiscal_floor
from kpis.services.watches import share_watches
from kpis.stamps import stamp

BATCH = 50  # scopes a transaction: large enough to be set-based, small enough to let others in
FEW_METRICS_BATCH = 100  # where only some metrics are due: less work each, though of all days that there are


@transaction.atomic
def recompute_next(*, today: date | None = None, learn: bool = True) -> bool:
    """Recomputes the figures of some changed scopes; False where nothing is due that nobody else holds.

    `learn`: shapes of years that are wanted are learnt on the way; else figures go by those that are there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM kpis_changedscope)")
        if not cursor.fetchone()[0]:
            return False
        share_watches()
        # Those of a computation before, where both are part of one transaction.
        cursor.execute("DROP TABLE IF EXISTS pg_temp.claimed, pg_temp.due, pg_temp.fresh, pg_temp.gathered")
        cursor.execute("CREATE TEMP TABLE claimed (scope_id bigint, days datemultirange) ON COMMIT DROP")
        cursor.execute(_CLAIM, {"all": BATCH, "some": FEW_METRICS_BATCH})
        metrics = Metric.objects.in_use().order_by("pk")
        claimed = cursor.fetchall()
        if not claimed:
            return False
        if claimed[0][0] is not None:  # of all the same
            metrics = metrics.filter(pk__in=claimed[0][0])
        asked = list(metrics)
        look = Look.at(today=today)
        params = {**look.params(), "metrics": [metric.pk for metric in asked]}
        # Amounts are few days of many: always by their index, also where the table's statistics are old or missing.
        cursor.execute(
            "SELECT set_config('work_mem', '128MB', true), set_config('enable_seqscan', 'off', true)"
        )
        cursor.execute("ANALYZE claimed")
        if learn:
            learn_due(metrics=asked, look=look)
        # (The planner expects a million periods, and room for them to be hashed takes longer than to sort a thousand.)
        cursor.execute("SELECT set_config('enable_hashagg', 'off', true)")
        cursor.execute(_DUE, params)
        cursor.execute("SELECT set_config('enable_hashagg', 'on', true)")
        cursor.execute("ANALYZE due")
        cursor.execute("CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT * FROM kpis_reading LIMIT 0")
        for shape, which in _AREAS.items():
            area = f"FROM claimed JOIN organization_scope AS scope ON scope.id = scope_id WHERE {which}"
            cursor.execute(f"SELECT count(*) {area}")
            if not cursor.fetchone()[0]:
                continue
            figures = figures_sql(shape, metrics=asked)
            if shape == Shape.CROSS:
                # The cross-cuts may have been filled just now, and nobody has counted them.
                cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
                cursor.execute(_gather(area))
                cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
                cursor.execute("CREATE INDEX ON gathered (scope_id, day)")
                cursor.execute("ANALYZE gathered")
                figures = figures_sql(Shape.SINGLE, single="gathered", metrics=asked)
            cursor.execute(_FRESH.format(area=area, figures=figures), params)
        cursor.execute("ANALYZE fresh")
        cursor.execute(_FORGET, params)
        cursor.execute(_KEEP)
    stamp()
    return True


# Scopes of which the same metrics are due (mostly: all of them), beginning with the oldest mark.
_CLAIM = """
    WITH oldest AS (
        SELECT metrics FROM kpis_changedscope ORDER BY marked_at, scope_id LIMIT 1 FOR UPDATE SKIP LOCKED
    ),
    mine AS (
        DELETE FROM kpis_changedscope WHERE scope_id IN (
            SELECT scope_id FROM kpis_changedscope
            WHERE EXISTS (SELECT 1 FROM oldest) AND metrics IS NOT DISTINCT FROM (SELECT metrics FROM oldest)
            ORDER BY marked_at, scope_id
            LIMIT (SELECT CASE WHEN metrics IS NULL THEN %(all)s ELSE %(some)s END FROM oldest)
            FOR UPDATE SKIP LOCKED)
        RETURNING scope_id, days, metrics
    ),
    kept AS (INSERT INTO claimed SELECT scope_id, days FROM mine)
    SELECT metrics FROM mine
"""

# Cross-cuts are worth rows only where somebody set a target or watches.
_WANTED = """(EXISTS (SELECT 1 FROM kpis_target WHERE scope_id = scope.id)
    OR EXISTS (SELECT 1 FROM kpis_watch WHERE scope_id = scope.id))"""
_CROSS = f"scope.node_id IS NULL AND scope.key <> 'company' AND {_WANTED}"
_TOP = "(scope.channel_id IS NULL OR EXISTS (SELECT 1 FROM organization_node WHERE id = scope.channel_id AND depth = 1))"
# What was merged into another has no figures of its own, whatever targets it had.
_AWAKE = """NOT EXISTS (SELECT 1 FROM organization_node AS node WHERE node.merged_into_id IS NOT NULL AND node.id IN
    (scope.region_id, scope.channel_id, scope.product_id, scope.team_id, scope.budget_id))"""
_AREAS = {
    Shape.SINGLE: f"(scope.node_id IS NOT NULL OR scope.key = 'company') AND {_AWAKE}",
    Shape.CROSS: f"{_CROSS} AND {_TOP} AND {_AWAKE}",
    Shape.DEEP: f"{_CROSS} AND NOT {_TOP} AND {_AWAKE}",
}


def _gather(area: str) -> str:
    """The amounts of cross-cuts by scope and day, in one pass over the cross roll-up for all of them.

    A part for each choice of dimensions, so that each is a plain join.
    """
    parts = []
    dimensions = ("region", "channel", "product")
    for chosen in (set(combination) for size in (1, 2, 3) for combination in combinations(dimensions, size)):
        trees, joins, wheres = (
            [],
            [],
            ["day BETWEEN (SELECT min(start) FROM due) AND (SELECT max(stop) FROM due)"],
        )
        for dimension in dimensions:
            if dimension not in chosen:
                wheres.append(f"scope.{dimension}_id IS NULL")
            elif dimension == "channel":
                joins.append("cross_day.channel_id = scope.channel_id")
            else:
                trees.append(
                    f"JOIN organization_nodeancestor AS {dimension} ON {dimension}.ancestor_id = scope.{dimension}_id"
                )
                joins.append(f"cross_day.{dimension}_id = {dimension}.node_id")
        parts.append(
            f"""SELECT scope.id AS scope_id, day, source_id, amounts, estimated
                FROM (SELECT scope.* {area}) AS scope {" ".join(trees)}
                JOIN kpis_crossday AS cross_day ON {" AND ".join(joins)} WHERE {" AND ".join(wheres)}"""
        )
    return f"CREATE TEMP TABLE gathered ON COMMIT DROP AS {' UNION ALL '.join(parts)}"


_DUE = f"""
    CREATE TEMP TABLE due ON COMMIT DROP AS
    WITH span AS (
        SELECT scope_id, lower(part) AS first, upper(part) - 1 AS last FROM claimed, unnest(days) AS part
    ),
    month AS (
        SELECT DISTINCT scope_id, start::date AS start
        FROM span, generate_series(date_trunc('month', first), last, interval '1 month') AS start
    )
    SELECT scope_id, 'month' AS grain, start, (start + interval '1 month' - interval '1 day')::date AS stop FROM month
    UNION
    SELECT scope_id, 'quarter', first, (first + interval '3 months' - interval '1 day')::date
    FROM (SELECT scope_id, {fiscal_floor("start", 3)} AS first FROM month) AS quarter
    UNION
    SELECT scope_id, 'year', first, (first + interval '12 months' - interval '1 day')::date
    FROM (SELECT scope_id, {fiscal_floor("start", 12)} AS first FROM month) AS year
    UNION
    SELECT scope_id, 'week', start::date, start::date + 6
    FROM (SELECT * FROM span WHERE scope_id IN (SELECT scope_id FROM kpis_watch WHERE grain = 'week'
        AND metric_id = ANY(%(metrics)s))) AS watched, generate_series(date_trunc('week', first), last, interval '1 week') AS start
    UNION
    SELECT scope_id, 'day', start::date, start::date
    FROM (SELECT * FROM span WHERE scope_id IN (SELECT scope_id FROM kpis_watch WHERE grain = 'day'
        AND metric_id = ANY(%(metrics)s))) AS watched, generate_series(first, last, interval '1 day') AS start
"""

_FRESH = """
    WITH area AS MATERIALIZED (
        SELECT scope.id, region_id, channel_id, product_id {area}
    ),
    {figures}
    INSERT INTO fresh (scope_id, metric_id, grain, start, value, target, expected, attainment, status, through, estimated,
        few)
    SELECT scope_id, metric_id, grain, start, value, target, expected, attainment, status, through, estimated, few
    FROM figures
    WHERE grain IN ('month', 'quarter', 'year') OR EXISTS (
        SELECT 1 FROM kpis_watch AS watch WHERE watch.scope_id = figures.scope_id
          AND watch.metric_id = figures.metric_id AND watch.grain = figures.grain)
"""

# A figure that has lost its value and its target goes; who watches is told. What was computed of a metric that has been
# put away stays as it was.
_FORGET = """
    WITH gone AS (
        DELETE FROM kpis_reading AS reading USING due
        WHERE reading.scope_id = due.scope_id AND reading.grain = due.grain AND reading.start = due.start
          AND reading.metric_id = ANY(%(metrics)s)
          AND NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.scope_id = reading.scope_id
              AND fresh.metric_id = reading.metric_id AND fresh.grain = reading.grain AND fresh.start = reading.start)
        RETURNING reading.scope_id, reading.metric_id, reading.grain, reading.start
    )
    INSERT INTO kpis_readingchange (scope_id, metric_id, grain, start)
    SELECT gone.* FROM gone WHERE EXISTS (SELECT 1 FROM kpis_watch AS watch WHERE watch.scope_id = gone.scope_id
        AND watch.metric_id = gone.metric_id AND watch.grain = gone.grain)
"""

_COLUMNS = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")
_KEEP = f"""
    WITH kept AS (
        INSERT INTO kpis_reading AS old (scope_id, metric_id, grain, start, {", ".join(_COLUMNS)})
        SELECT scope_id, metric_id, grain, start, {", ".join(_COLUMNS)} FROM fresh
        ORDER BY scope_id, grain, start, metric_id
        ON CONFLICT (scope_id, metric_id, grain, start) DO UPDATE
        SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS)}, changed_at = statement_timestamp()
        WHERE ({", ".join(f"old.{column}" for column in _COLUMNS)})
            IS DISTINCT FROM ({", ".join(f"excluded.{column}" for column in _COLUMNS)})
        RETURNING scope_id, metric_id, grain, start
    )
    INSERT INTO kpis_readingchange (scope_id, metric_id, grain, start)
    SELECT kept.* FROM kept WHERE EXISTS (SELECT 1 FROM kpis_watch AS watch WHERE watch.scope_id = kept.scope_id
        AND watch.metric_id = kept.metric_id AND watch.grain = kept.grain)
"""
