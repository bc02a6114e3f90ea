"""SQL of what was planned: the targets that hold for a period, and how much of them is due by a day.

Text for `kpis.figures`, which puts it together; `kpis.pacing` does the same arithmetic on plain values.
"""

from __future__ import annotations


def fiscal_floor(column: str, months: int) -> str:
    """SQL of the first day of the fiscal quarter (3 months) or year (12) that holds the day."""
    into = f"(extract(month FROM {column})::int - %(fiscal_start)s + 12) %% {months}"
    return f"(date_trunc('month', {column}) - make_interval(months => {into}))::date"


def _month_end(column: str, months: int = 1) -> str:
    return f"({column} + interval '{months} months' - interval '1 day')::date"


def _weigh(first: str, last: str) -> str:
    """Parts of the year `pace` that fall on these days of it; NULL where it is not known or does not hold them."""
    before = f"coalesce(pace.cumulative[{first} - pace.start], 0)"
    return f"(pace.cumulative[{last} - pace.start + 1] - {before})"


def _pace_of(relation: str, day: str) -> str:
    return f"""LEFT JOIN kpis_paceyear AS pace ON pace.scope_id = {relation}.scope_id
        AND pace.metric_id = {relation}.metric_id AND pace.start = {fiscal_floor(day, 12)}"""


def _share(amount: str, part: tuple[str, str], whole: tuple[str, str]) -> str:
    """How much of an amount for the days `whole` falls on the days `part`: by the year's shape, else by their number."""
    days = "({1} - {0} + 1)"
    return f"""CASE WHEN {_weigh(*whole)} > 0 THEN {amount} * {_weigh(*part)} / {_weigh(*whole)}
        ELSE {amount} * {days.format(*part)} / {days.format(*whole)} END"""


# The version that held when somebody looked; the first one also before it was written down, so that plans entered
# late can be looked back on.
#
# Targets as they hold for a period: its own; else the sum of all child periods (additive metrics alone); else, for
# ratios, what the longer period says; for a day, a week or other days of an additive metric their share of the
# months by the shape of the year.
TARGETS = f"""
    own AS MATERIALIZED (
        SELECT metric_id, scope_id, grain, start, value, (denominator IS NULL AND NOT stock) AS additive
        FROM kpis_target JOIN kpis_metric AS metric ON metric.id = metric_id
        WHERE scope_id IN (SELECT id FROM area) AND value IS NOT NULL
          AND (set_at <= %(instant)s OR version = 1) AND (superseded_at IS NULL OR superseded_at > %(instant)s)
    ),
    monthly AS (
        SELECT metric_id, scope_id, start, value, {fiscal_floor("start", 3)} AS quarter
        FROM own WHERE grain = 'month' AND additive
    ),
    quarterly AS (
        SELECT DISTINCT ON (metric_id, scope_id, start) metric_id, scope_id, start, value FROM (
            SELECT metric_id, scope_id, start, value, 0 AS distance FROM own WHERE grain = 'quarter' AND additive
            UNION ALL
            SELECT metric_id, scope_id, quarter, sum(value), 1 FROM monthly GROUP BY 1, 2, 3 HAVING count(*) = 3
        ) AS quarters ORDER BY metric_id, scope_id, start, distance
    ),
    offered AS (
        SELECT metric_id, scope_id, grain, start, value, additive, 0 AS distance FROM own
        UNION ALL SELECT metric_id, scope_id, 'quarter', start, value, true, 1 FROM quarterly
        UNION ALL
        SELECT metric_id, scope_id, 'year', {fiscal_floor("start", 12)}, sum(value), true, 1
        FROM quarterly GROUP BY 1, 2, 4 HAVING count(*) = 4
        UNION ALL
        SELECT metric_id, scope_id, 'month', (start + make_interval(months => step))::date, value, false,
            CASE grain WHEN 'quarter' THEN 1 ELSE 2 END
        FROM own, generate_series(0, CASE grain WHEN 'quarter' THEN 2 ELSE 11 END) AS step
        WHERE grain IN ('quarter', 'year') AND NOT additive
        UNION ALL
        SELECT metric_id, scope_id, 'quarter', (start + make_interval(months => 3 * step))::date, value, false, 1
        FROM own, generate_series(0, 3) AS step WHERE grain = 'year' AND NOT additive
    ),
    coarse AS (
        SELECT DISTINCT ON (metric_id, scope_id, grain, start) metric_id, scope_id, grain, start, value AS target, additive
        FROM offered ORDER BY metric_id, scope_id, grain, start, distance
    ),
    piece AS (
        SELECT coarse.metric_id, coarse.scope_id, due.grain, due.start, due.stop, additive, first, last,
            CASE WHEN NOT additive THEN target
                ELSE {_share("target", ("first", "last"), ("coarse.start", "month_end"))} END AS weight
        FROM due JOIN coarse ON coarse.scope_id = due.scope_id AND coarse.grain = 'month'
            AND coarse.start BETWEEN date_trunc('month', due.start)::date AND due.stop
        CROSS JOIN LATERAL (SELECT greatest(due.start, coarse.start) AS first,
            least(due.stop, {_month_end("coarse.start")}) AS last, {_month_end("coarse.start")} AS month_end) AS days
        {_pace_of("coarse", "coarse.start")}
        WHERE due.grain NOT IN ('month', 'quarter', 'year') AND NOT EXISTS (
            SELECT 1 FROM own WHERE own.metric_id = coarse.metric_id AND own.scope_id = coarse.scope_id
              AND own.grain = due.grain AND own.start = due.start)
    ),
    target AS (
        SELECT metric_id, scope_id, grain, start, target FROM coarse
        UNION ALL
        SELECT metric_id, scope_id, grain, start,
            CASE WHEN additive THEN sum(weight) ELSE (array_agg(weight ORDER BY first))[1] END
        FROM piece GROUP BY 1, 2, 3, 4, additive, stop
        HAVING NOT additive OR sum(last - first + 1) = stop - start + 1
    )"""


# How much is due of the targets of additive metrics by the day that `seen` looks at: `owed` of `planned`, for the caller
# to put the target in relation to. A quarter with targets for all its months goes by them, a year by its quarters (the
# plan's own calendar), as long as they are of one sign; each part goes by the shape of its year.
OWED = f"""
    by_months AS (
        SELECT metric_id, scope_id, quarter, sum(value) AS whole FROM monthly GROUP BY 1, 2, 3
        HAVING count(*) = 3 AND sum(value) <> 0 AND (min(value) >= 0 OR max(value) <= 0)
    ),
    by_quarters AS (
        SELECT metric_id, scope_id, {fiscal_floor("start", 12)} AS year FROM quarterly GROUP BY 1, 2, 3
        HAVING count(*) = 4 AND sum(value) <> 0 AND (min(value) >= 0 OR max(value) <= 0)
    ),
    quarter_part AS (
        SELECT quarterly.metric_id, quarterly.scope_id, quarterly.start AS quarter,
            {fiscal_floor("quarterly.start", 12)} AS year,
            CASE WHEN whole <> quarterly.value THEN quarterly.value * monthly.value / whole
                ELSE coalesce(monthly.value, quarterly.value) END AS weight,
            coalesce(monthly.start, quarterly.start) AS first,
            coalesce({_month_end("monthly.start")}, {_month_end("quarterly.start", 3)}) AS last
        FROM quarterly
        LEFT JOIN by_months ON by_months.metric_id = quarterly.metric_id AND by_months.scope_id = quarterly.scope_id
            AND by_months.quarter = quarterly.start
        LEFT JOIN monthly ON monthly.metric_id = by_months.metric_id AND monthly.scope_id = by_months.scope_id
            AND monthly.quarter = by_months.quarter
    ),
    part AS (
        SELECT metric_id, scope_id, 'quarter' AS grain, quarter AS start, weight, first, last FROM quarter_part
        UNION ALL
        SELECT metric_id, scope_id, 'year', year, weight, first, last
        FROM quarter_part JOIN by_quarters USING (metric_id, scope_id, year)
        UNION ALL
        SELECT metric_id, scope_id, coarse.grain, coarse.start, target, coarse.start, due.stop
        FROM coarse JOIN due USING (scope_id, grain, start)
        WHERE additive AND coarse.grain <> 'quarter' AND NOT (coarse.grain = 'year' AND EXISTS (
            SELECT 1 FROM by_quarters WHERE by_quarters.metric_id = coarse.metric_id
              AND by_quarters.scope_id = coarse.scope_id AND by_quarters.year = coarse.start))
        UNION ALL
        SELECT metric_id, scope_id, grain, start, weight, first, last FROM piece WHERE additive
    ),
    owed AS (
        SELECT part.metric_id, part.scope_id, part.grain, part.start, sum(weight) AS planned,
            sum(CASE WHEN seen.through >= last THEN weight WHEN seen.through < first THEN 0
                ELSE {_share("weight", ("first", "seen.through"), ("first", "last"))} END) AS owed
        FROM part JOIN seen ON seen.scope_id = part.scope_id AND seen.grain = part.grain AND seen.start = part.start
        {_pace_of("part", "first")}
        GROUP BY 1, 2, 3, 4
    )"""

# Of the columns of `owed` and of a figure whose target is additive.
EXPECTED = "CASE WHEN planned = target THEN owed ELSE target * owed / planned END"
