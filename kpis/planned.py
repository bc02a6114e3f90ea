"""SQL of what was planned: the targets that hold for a period, and how much of them is due by a day.

Text for `kpis.figures`, which puts it together; `kpis.pacing` does the same arithmetic on plain values. A year's plan is
one row of arrays and periods have a number (`place`), so that nothing is joined by many columns, which the planner takes
for hardly any rows.
"""

from __future__ import annotations


def fiscal_floor(column: str, months: int) -> str:
    """SQL of the first day of the fiscal quarter (3 months) or year (12) that holds the day."""
    return f"(date_trunc('month', {column}) - make_interval(months => {_into(column, months)}))::date"


def _into(column: str, months: int) -> str:
    return f"((extract(month FROM {column})::int - %(fiscal_start)s + 12) %% {months})"


def _after(day: str, months: str) -> str:
    return f"({day} + make_interval(months => {months}))::date"


# With names of its own, since a column of the table would hide one of the query around it.
_PACE = """(SELECT scope_id AS pace_scope, metric_id AS pace_metric, start AS pace_start, cumulative AS pace
    FROM kpis_paceyear) AS shape"""


def _weigh(first: str, last: str) -> str:
    """Parts of the year of `shape` that fall on these days of it; NULL where it does not hold them."""
    return f"(pace[{last} - pace_start + 1] - coalesce(pace[{first} - pace_start], 0))"


def _share(of: str, amount: str, part: tuple[str, str], whole: tuple[str, str]) -> str:
    """How much of an amount for the days `whole` falls on the days `part`: by the year's shape, else by their number.

    `of` is the relation that says whose amount it is.
    """
    days = "({1} - {0} + 1)"
    return f"""coalesce(
        (SELECT {amount} * {_weigh(*part)} / {_weigh(*whole)} FROM {_PACE}
         WHERE pace_scope = {of}.scope_id AND pace_metric = {of}.metric_id
           AND pace_start = {fiscal_floor(whole[0], 12)} AND {_weigh(*whole)} > 0),
        {amount} * {days.format(*part)} / {days.format(*whole)})"""


def _agree(*values: str) -> str:
    """Whether all of them are there, not all zero, and none against the others: then they make a calendar."""
    each = ", ".join(values)
    return f"coalesce({' + '.join(values)} <> 0 AND (least({each}) >= 0 OR greatest({each}) <= 0), false)"


_MONTHS = ", ".join(f"max(value) FILTER (WHERE grain = 'month' AND step = {n})" for n in range(12))
_OWN_QUARTERS = ", ".join(f"max(value) FILTER (WHERE grain = 'quarter' AND step = {3 * n})" for n in range(4))
_QUARTERS = ", ".join(
    f"coalesce(own_quarters[{n}], {' + '.join(f'months[{3 * n - back}]' for back in (2, 1, 0))})"
    for n in range(1, 5)
)
_ALL_QUARTERS = tuple(f"quarters[{n}]" for n in range(1, 5))

# The version that held when somebody looked; the first one also before it was written down, so that plans entered
# late can be looked back on. `planned` are the years of additive metrics: a quarter has its own target or the sum of its
# three months', the year its own or the sum of its four quarters'. `standing` are all other targets; a ratio's month or
# quarter without its own has what the longer period says.
TARGETS = f"""
    own AS MATERIALIZED (
        SELECT metric_id, scope_id, grain, start, value, (denominator IS NULL AND NOT stock) AS additive
        FROM kpis_target JOIN kpis_metric AS metric ON metric.id = metric_id
        WHERE scope_id IN (SELECT id FROM area) AND value IS NOT NULL
          AND (set_at <= %(instant)s OR version = 1) AND (superseded_at IS NULL OR superseded_at > %(instant)s)
    ),
    planned AS MATERIALIZED (
        SELECT metric_id, scope_id, year, months, quarters, {_agree(*_ALL_QUARTERS)} AS by_quarters,
            coalesce(own_year, {" + ".join(_ALL_QUARTERS)}) AS whole
        FROM (
            SELECT metric_id, scope_id, year, months, own_year, ARRAY[{_QUARTERS}] AS quarters FROM (
                SELECT metric_id, scope_id, {fiscal_floor("start", 12)} AS year, ARRAY[{_MONTHS}] AS months,
                    ARRAY[{_OWN_QUARTERS}] AS own_quarters, max(value) FILTER (WHERE grain = 'year') AS own_year
                FROM own CROSS JOIN LATERAL (SELECT {_into("start", 12)} AS step) AS placed
                WHERE additive AND grain IN ('month', 'quarter', 'year') GROUP BY 1, 2, 3
            ) AS said
        ) AS summed
    ),
    standing AS MATERIALIZED (
        SELECT DISTINCT ON (metric_id, scope_id, grain, start) metric_id, scope_id, grain, start, value, additive
        FROM (
            SELECT metric_id, scope_id, grain, start, value, additive, 0 AS distance
            FROM own WHERE NOT additive OR grain IN ('day', 'week')
            UNION ALL
            SELECT metric_id, scope_id, 'month', {_after("start", "step")}, value, false,
                CASE grain WHEN 'quarter' THEN 1 ELSE 2 END
            FROM own, generate_series(0, CASE grain WHEN 'quarter' THEN 2 ELSE 11 END) AS step
            WHERE grain IN ('quarter', 'year') AND NOT additive
            UNION ALL
            SELECT metric_id, scope_id, 'quarter', {_after("start", "3 * step")}, value, false, 1
            FROM own, generate_series(0, 3) AS step WHERE grain = 'year' AND NOT additive
        ) AS offered ORDER BY metric_id, scope_id, grain, start, distance
    )"""


def _three(first: str) -> tuple[str, ...]:
    """A quarter's months; `first` is how many months of the year lie before it."""
    return tuple(f"months[{first} + {k}]" for k in range(1, 4))


# What a period of a year's plan is made of: (weight, first, last). A quarter with targets for all its months goes by
# them, a year by its quarters: the plan's own calendar. Columns: those of `planned` and of `seen`, `step` (months of the
# year before the period) and `target`.
PARTS = f"""
    SELECT target AS weight, start AS first, stop AS last
    WHERE NOT CASE grain WHEN 'year' THEN by_quarters WHEN 'quarter' THEN {_agree(*_three("step"))} ELSE false END
    UNION ALL
    SELECT CASE WHEN NOT by_months THEN quarters[m / 3 + 1] WHEN three = quarters[m / 3 + 1] THEN months[m + 1]
            ELSE quarters[m / 3 + 1] * months[m + 1] / three END,
        {_after("year", "m")}, {_after("year", "m + CASE WHEN by_months THEN 1 ELSE 3 END")} - 1
    FROM generate_series(step, step + CASE grain WHEN 'year' THEN 11 WHEN 'quarter' THEN 2 ELSE -1 END) AS m
    CROSS JOIN LATERAL (SELECT m - m %% 3 AS before) AS placed
    CROSS JOIN LATERAL (SELECT {" + ".join(_three("before"))} AS three, {_agree(*_three("before"))} AS by_months) AS of_quarter
    WHERE CASE grain WHEN 'year' THEN by_quarters ELSE by_months END AND (by_months OR m %% 3 = 0)
"""

# The targets of months, quarters and years `seen`, as `PARTS` needs them.
PLANS = f"""
    SELECT place, grain, start, stop, seen.through, planned.*, step, CASE grain WHEN 'month' THEN months[step + 1]
        WHEN 'quarter' THEN quarters[step / 3 + 1] ELSE whole END AS target
    FROM seen JOIN planned ON planned.scope_id = seen.scope_id
        AND seen.start >= year AND seen.start < {_after("year", "12")}
    CROSS JOIN LATERAL (SELECT {_into("seen.start", 12)} AS step) AS placed
    WHERE grain IN ('month', 'quarter', 'year')
"""

# Targets and what of them is due by the day that `seen` looks at, of every period `seen` that has one. Each part of a
# plan goes by the shape of its year. For a day, a week or days of no calendar the target of an additive metric is their
# share of the months by that shape; a ratio's is that of the first month, and due in full at once. (Materialized, since
# beside what it costs to work out, joining it well or badly looks all the same to the planner.)
AIMS = f"""
    aim AS MATERIALIZED (
        SELECT place, metric_id, target, CASE WHEN through >= stop THEN target ELSE (
            SELECT CASE WHEN sum(weight) = target THEN sum(owed) ELSE sum(owed) * target / sum(weight) END
            FROM ({PARTS}) AS part CROSS JOIN LATERAL (SELECT CASE WHEN through >= last THEN weight WHEN through < first
                THEN 0 ELSE {_share("aimed", "weight", ("first", "through"), ("first", "last"))} END AS owed) AS due
        ) END AS expected
        FROM ({PLANS}) AS aimed WHERE target IS NOT NULL
        UNION ALL
        SELECT place, metric_id, value, CASE WHEN through >= stop OR NOT additive THEN value
            ELSE {_share("standing", "value", ("seen.start", "through"), ("seen.start", "stop"))} END
        FROM seen JOIN standing ON standing.scope_id = seen.scope_id AND standing.grain = seen.grain
            AND standing.start = seen.start
        UNION ALL
        SELECT place, metric_id, sum(weight), sum(CASE WHEN through >= last THEN weight WHEN through < first THEN 0
            ELSE {_share("piece", "weight", ("first", "through"), ("first", "last"))} END)
        FROM (
            SELECT seen.*, metric_id, first, last,
                {_share("planned", "months[n + 1]", ("first", "last"), ("month", "month_end"))} AS weight
            FROM seen JOIN planned ON planned.scope_id = seen.scope_id AND year <= stop
                AND {_after("year", "12")} > seen.start
            CROSS JOIN generate_series(0, 11) AS n
            CROSS JOIN LATERAL (SELECT {_after("year", "n")} AS month, {_after("year", "n + 1")} - 1 AS month_end) AS of_year
            CROSS JOIN LATERAL (SELECT greatest(month, seen.start) AS first, least(month_end, stop) AS last) AS within
            WHERE grain NOT IN ('month', 'quarter', 'year') AND months[n + 1] IS NOT NULL AND first <= last
        ) AS piece WHERE NOT EXISTS (SELECT 1 FROM standing WHERE standing.scope_id = piece.scope_id
            AND standing.metric_id = piece.metric_id AND standing.grain = piece.grain AND standing.start = piece.start)
        GROUP BY place, metric_id, start, stop HAVING sum(last - first + 1) = stop - start + 1
        UNION ALL (
            SELECT DISTINCT ON (place, metric_id) place, metric_id, value, value
            FROM seen JOIN standing AS month ON month.scope_id = seen.scope_id AND month.grain = 'month'
                AND month.start BETWEEN date_trunc('month', seen.start)::date AND stop
            WHERE seen.grain NOT IN ('month', 'quarter', 'year') AND NOT EXISTS (
                SELECT 1 FROM standing WHERE standing.scope_id = month.scope_id AND standing.metric_id = month.metric_id
                  AND standing.grain = seen.grain AND standing.start = seen.start)
            ORDER BY place, metric_id, month.start)
    )"""
