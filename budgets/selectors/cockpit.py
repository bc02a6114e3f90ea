"""Many lines at once: their sums together, and those lines alone that a page shows.

The arithmetic is that of `budgets.burn`, in SQL, so that a page of a thousand lines need not fetch a thousand of them;
tests hold the two against each other. Where a month has less than nothing (more was moved out of it than it had), which
`budgets.burn.settled` spreads, callers go by the lines themselves: `uneven` says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.burn import FAR, NEAR, WINDOW, ZERO, Burn, Forecast, Rate
from common.columns import column

LAST_DAYS = timedelta(days=WINDOW - 1)

# Student's t at 90%, as `budgets.burn` has it, by the days of the window.
FIGURES = """
WITH asked AS MATERIALIZED (
    SELECT line.id, line.budget_id, line.name, line.category, line.team_id, line.pool, line.state, line.fed_by,
        budget.first_day, budget.last_day, least(budget.last_day, %(today)s - 6) - 6 AS since
    FROM budgets_line line JOIN budgets_budget budget ON budget.id = line.budget_id
    WHERE line.id = ANY(%(lines)s::bigint[])
), recent AS MATERIALIZED (
    -- All at once by the day, since line by line it takes longer than all else; the first bound is there for the planner.
    SELECT kept.line_id, kept.day, kept.spent
    FROM budgets_lineday kept JOIN asked ON asked.id = kept.line_id
    WHERE kept.day >= %(since)s AND kept.day >= asked.since
), counted AS MATERIALIZED (
    SELECT found.*, (found.by - extract(day FROM found.by)::int + 1) AS month FROM (
        SELECT asked.*, least(asked.last_day,
            CASE WHEN newest.day IS NULL OR (asked.fed_by <> 'cost' AND newest.day < %(today)s)
                THEN %(today)s - 1 ELSE newest.day END) AS by
        FROM asked LEFT JOIN (
            SELECT line_id, max(day) AS day FROM recent
            WHERE day BETWEEN %(today)s - 6 AND %(today)s AND spent <> 0 GROUP BY line_id
        ) newest ON newest.line_id = asked.id
    ) found
), plans AS MATERIALIZED (
    SELECT kept.line_id, kept.month, kept.planned + kept.transferred AS amount
    FROM budgets_linemonth kept WHERE kept.line_id = ANY(%(lines)s::bigint[])
), months AS (
    SELECT line_id, sum(amount) FILTER (WHERE plans.month < counted.month) AS before,
        sum(amount) FILTER (WHERE plans.month = counted.month) AS current, min(amount) AS least
    FROM counted JOIN plans ON plans.line_id = counted.id GROUP BY line_id
), days AS (
    SELECT line_id, sum(spent) FILTER (WHERE day > counted.by) AS later,
        sum(spent) FILTER (WHERE day BETWEEN counted.first_day AND counted.by) AS last,
        sum(spent * spent) FILTER (WHERE day BETWEEN counted.first_day AND counted.by) AS squares
    FROM counted JOIN recent ON recent.line_id = counted.id AND recent.day > counted.by - 7 GROUP BY line_id
), raw AS (
    SELECT counted.id, counted.budget_id, counted.name, counted.category, counted.team_id, counted.pool, counted.state,
        counted.first_day, counted.last_day, counted.pool = '' AS judged, counted.by, counted.month,
        coalesce(balance.planned, 0) AS planned, coalesce(balance.transferred, 0) AS transferred,
        coalesce(balance.committed, 0) AS committed, coalesce(balance.spent, 0) AS spent,
        coalesce(balance.frozen, 0) AS frozen, coalesce(months.before, 0) AS before,
        coalesce(months.current, 0) AS current, coalesce(months.least, 0) AS least_month,
        coalesce(balance.spent, 0) - coalesce(days.later, 0) AS spent_by,
        coalesce(days.last, 0) AS last, coalesce(days.squares, 0) AS squares
    FROM counted
    LEFT JOIN budgets_balance balance ON balance.line_id = counted.id
    LEFT JOIN months ON months.line_id = counted.id
    LEFT JOIN days ON days.line_id = counted.id
), due AS MATERIALIZED (
    -- Here and below: else what is said once is worked out again wherever it is named.
    SELECT *, greatest(least(by - first_day + 1, 7), 0) AS n, greatest(last_day - greatest(by, first_day - 1), 0) AS ahead,
        CASE WHEN judged THEN round(before + CASE WHEN by < first_day THEN 0 ELSE current
            * (by - greatest(month, first_day) + 1)
            / (least((month + interval '1 month')::date - 1, last_day) - greatest(month, first_day) + 1) END, 4)
            ELSE 0 END AS expected
    FROM raw
), rates AS MATERIALIZED (
    SELECT *, CASE WHEN judged AND n >= 3 THEN last / n END AS rate,
        CASE WHEN judged AND n >= 3 THEN sqrt(greatest((squares - last * last / n) / (n - 1), 0)) END AS apart
    FROM due
), ends AS MATERIALIZED (
    SELECT *, CASE WHEN ahead = 0 THEN spent + committed ELSE spent + rate * ahead END AS mean,
        CASE WHEN ahead = 0 THEN 0
            ELSE apart * sqrt(ahead + ahead::numeric * ahead / nullif(n, 0)) * (ARRAY[0, 3.078, 1.886, 1.638, 1.533, 1.476, 1.440])[n]
        END AS half
    FROM rates
), one AS MATERIALIZED (
    -- No forecast stays none: greatest() passes over NULL.
    SELECT *, CASE WHEN mean IS NOT NULL THEN greatest(mean, spent + committed) END AS end_mean,
        greatest(mean - half, spent + committed) AS end_low, greatest(mean + half, spent + committed) AS end_high,
        CASE WHEN NOT judged THEN 4
            WHEN expected <= 0 THEN CASE WHEN spent_by > 0 THEN 0 ELSE 4 END
            WHEN spent_by >= expected * %(red)s THEN 0 WHEN spent_by >= expected * %(yellow)s THEN 1
            WHEN spent_by <= expected * %(under)s THEN 2 ELSE 3 END AS rank
    FROM ends
)
"""
TOGETHER = """
    count(*), count(*) FILTER (WHERE state = 'paused'), coalesce(max(by) FILTER (WHERE judged), %(today)s), bool_or(judged),
    sum(planned), sum(transferred), sum(committed), sum(spent), sum(frozen), sum(expected),
    coalesce(sum(spent_by) FILTER (WHERE judged), 0), sum(rate), sqrt(sum(apart * apart)), coalesce(max(n), 0),
    count(*) FILTER (WHERE judged AND end_mean IS NOT NULL),
    coalesce(sum(CASE WHEN judged AND end_mean IS NOT NULL THEN end_mean ELSE spent + committed END), 0),
    sqrt(coalesce(sum((end_mean - end_low) * (end_mean - end_low)) FILTER (WHERE judged), 0)),
    sqrt(coalesce(sum((end_high - end_mean) * (end_high - end_mean)) FILTER (WHERE judged), 0)),
    coalesce(sum(planned + transferred) FILTER (WHERE judged), 0),
    coalesce(bool_or(least_month < 0), false)
"""
WANTED = """
    (%(words)s = '' OR strpos(lower(name), lower(%(words)s)) > 0) AND (%(category)s = '' OR category = %(category)s)
    AND (%(team)s = '' OR team_id::text = %(team)s) AND (NOT %(only)s OR {needs})
"""
NEEDS = "(state <> 'closed' AND ((judged AND rank <= 1) OR frozen > 0 OR state = 'paused' OR planned + transferred - spent - committed - frozen < 0))"
WORST_FIRST = "ORDER BY rank, abs(spent_by - expected) DESC, id"
WANTED = WANTED.format(needs=NEEDS)

# One line in the columns of several together.
ALONE = """
    1, (state = 'paused')::int, by, judged, planned, transferred, committed, spent, frozen, expected, spent_by, rate, apart, n,
    (end_mean IS NOT NULL)::int, end_mean, end_mean - end_low, end_high - end_mean, NULL, false
"""
NOTHING = ", ".join(["NULL"] * 17)

COCKPIT = f"""
{FIGURES}
SELECT 'all', '', 0::bigint, {TOGETHER} FROM one
UNION ALL SELECT 'wanted', '', 0, count(*), 0, %(today)s, {NOTHING} FROM one WHERE {WANTED}
UNION ALL SELECT 'needs', '', 0, count(*), 0, %(today)s, {NOTHING} FROM one WHERE {NEEDS}
UNION ALL SELECT 'over', '', 0, count(*), 0, %(today)s, {NOTHING} FROM one WHERE {NEEDS} AND rank <= 1
UNION ALL SELECT 'month', '', 0, 0, 0, plans.month, NULL, sum(amount), {", ".join(["NULL"] * 15)}
    FROM plans JOIN counted ON counted.id = plans.line_id AND counted.pool = '' GROUP BY plans.month
UNION ALL (SELECT 'urgent', '', id, {ALONE} FROM one WHERE {NEEDS} {WORST_FIRST} LIMIT %(urgent)s)
"""
LINES = f"""
UNION ALL (SELECT 'line', '', id, {ALONE} FROM one WHERE {WANTED} {WORST_FIRST} LIMIT %(most)s OFFSET %(skip)s)
"""
PARTS = f"""
UNION ALL SELECT 'part', {{key}}, 0, {TOGETHER} FROM one WHERE {WANTED} GROUP BY {{key}}
"""
BUDGETS = f"""
{FIGURES}
SELECT 'group', budget_id::text, 0::bigint, {TOGETHER} FROM one GROUP BY budget_id
"""
KEYS = {"category": "CASE WHEN pool <> '' THEN pool ELSE category END", "team": "coalesce(team_id::text, '')"}
ONES = ("line", "urgent", "part")
BY = {"line": COCKPIT + LINES, **{by: COCKPIT + PARTS.format(key=key) for by, key in KEYS.items()}}


@dataclass(frozen=True)
class Totals:
    burn: Burn
    lines: int
    paused: int
    uneven: bool


@dataclass(frozen=True)
class Cockpit:
    """`shown` and `urgent`: lines by their ids, worst first; `parts` by category (or pool) or team's id, where these were
    asked for instead of lines. `months`: what those that are judged have together for each. The others count lines.
    """

    totals: Totals
    wanted: int
    needing: int
    over: int
    shown: dict[int, Burn]
    urgent: dict[int, Burn]
    parts: dict[str, Totals]
    months: tuple[tuple[date, Decimal], ...]


def _asked(lines: Collection[int], today: date, last: date, **more: Any) -> dict[str, Any]:
    """`last`: the earliest on which one of their budgets ends."""
    return {
        "lines": column(lines),
        "today": today,
        "since": min(last, today - LAST_DAYS) - LAST_DAYS,
        "red": 1 + FAR,
        "yellow": 1 + NEAR,
        "under": 1 - FAR,
        "words": "",
        "category": "",
        "team": "",
        "only": False,
        **more,
    }


def cockpit(
    lines: Collection[int],
    *,
    by: str,
    first: date,
    last: date,
    today: date,
    wanted: dict[str, Any],
    skip: int,
    most: int,
    urgent: int,
) -> Cockpit:
    """Of one budget's lines. `by`: line, category or team; `wanted`: words, category, team, only. One query."""
    rows = _rows(BY[by], _asked(lines, today, last, **wanted, skip=skip, most=most, urgent=urgent))
    counts = {row[0]: row for row in rows}
    found = [(row[0], row, _totals(row, first=first, last=last)) for row in rows if row[0] in ONES]
    return Cockpit(
        _totals(counts["all"], first=first, last=last),
        counts["wanted"][3],
        counts["needs"][3],
        counts["over"][3],
        {row[2]: one.burn for what, row, one in found if what == "line"},
        {row[2]: one.burn for what, row, one in found if what == "urgent"},
        {row[1]: one for what, row, one in found if what == "part"},
        tuple(sorted((row[5], row[7]) for row in rows if row[0] == "month")),
    )


def of_budgets(
    lines: Collection[int], spans: dict[int, tuple[date, date]], *, today: date
) -> dict[int, Totals]:
    """By the budget's id; `spans`: the days of each. One query."""
    rows = _rows(BUDGETS, _asked(lines, today, min((last for _first, last in spans.values()), default=today)))
    found = {}
    for row in rows:
        first, last = spans[int(row[1])]
        found[int(row[1])] = _totals(row, first=first, last=last)
    return found


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


def _totals(row: tuple[Any, ...], *, first: date, last: date) -> Totals:
    """As `budgets.burn.together` makes it of the lines themselves."""
    lines, paused, by, judged, *money = row[3:]
    planned, transferred, committed, spent, frozen, expected, spent_by = (one or ZERO for one in money[:7])
    rate, apart, days, known, mean, down, up, burning, uneven = money[7:]
    used = spent + committed
    ahead = None
    if known:
        ahead = Forecast(mean, max(mean - _decimal(down), used), mean + _decimal(up))
    return Totals(
        Burn(
            first,
            last,
            min(by, last),
            planned=planned,
            transferred=transferred,
            committed=committed,
            spent=spent,
            frozen=frozen,
            expected=expected,
            spent_by=spent_by,
            rate=Rate(rate, _decimal(apart), days) if rate is not None else None,
            forecast=ahead,
            judged=bool(judged),
            burning=burning,
        ),
        lines,
        paused,
        bool(uneven),
    )


def _decimal(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(value)
