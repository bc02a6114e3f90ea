"""What budgets say on the spine: of each line, of its budget and of the company, by what entries have changed.

Money of a period: `planned`, `committed`, `spent`, by day (those on which something moved), month, quarter and year.
From a budget's start to the end of a month, or to now: `budget_total`, `budget_used`, `budget_spent`,
`budget_expected`, and, once most is used, `budget_conversions` beside what was expected of the whole line. What was
entered on a line that is tied to a channel is `cost` there, as facts of the source; what a line follows is not, since
the channel has reported that itself. Pools wait for transfers: nothing is expected of them by any day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from budgets.models import BudgetSettings, DayTurn, DirtyLine, Line
from budgets.published import CONVERSIONS, DAILY, RANK, SOURCE, TABLE, TO_DATE
from budgets.selectors.brought import Stretch, brought
from common.periods import Grain, Period
from common.queueing import enqueue
from kpis.figures import Look
from kpis.formulas import Formula
from kpis.models import Measure, Metric, Source
from kpis.planned import fiscal_floor
from kpis.services import Published, ensure_source, mark_days_changed, publish_amounts
from organization.models import Scope
from organization.selectors import company

BATCH = 200  # lines a transaction: whoever enters something on one of them waits for it
ONE = timedelta(days=1)


def mark_lines(lines: Iterable[Line]) -> None:
    """The lines' figures are due for all of their days: what they are tied to or fed by has changed."""
    for line in sorted(lines, key=lambda one: one.pk):
        _mark(line.pk, line.budget.first_day, line.budget.last_day)
    enqueue("budgets.tasks.publish")


def turn_day(*, today: date) -> bool:
    """Marks the lines of budgets that run, once a day: more is expected of them than yesterday.

    A mark at a time, so that it never holds one while it waits for another. Not in a transaction: it is the day that
    is written last, and marking twice is harmless.
    """
    if DayTurn.objects.filter(day=today).exists():
        return False
    running = Line.objects.filter(budget__first_day__lte=today, budget__last_day__gte=today - ONE)
    for pk in running.order_by("pk").values_list("pk", flat=True):
        _mark(pk, today - ONE, today)
    _, turned = DayTurn.objects.get_or_create(day=today)
    return turned


def publishing_waits() -> bool:
    return DirtyLine.objects.exists()


def _mark(line_id: int, first: date, last: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO budgets_dirtyline AS kept (line_id, days) VALUES (%s, datemultirange(daterange(%s, %s, '[]')))
            ON CONFLICT (line_id) DO UPDATE SET days = kept.days + excluded.days
            """,
            [line_id, first, last],
        )


@transaction.atomic
def publish_next(*, today: date) -> bool:
    """Publishes what some marked lines say now; False where nothing is due that nobody else holds.

    The claim is a deletion that commits with its results, so a crash loses nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.claimed, pg_temp.touched, pg_temp.counted")
        cursor.execute("CREATE TEMP TABLE claimed (line_id bigint, days datemultirange) ON COMMIT DROP")
        cursor.execute(_CLAIM, {"batch": BATCH})
        cursor.execute("SELECT min(lower(days)), max(upper(days)) - 1, count(*) FROM claimed")
        first, last, count = cursor.fetchone()
        if not count:
            return False
        if first is None:  # a mark of nothing: what was to be written was refused
            return True
        # Two who publish wait for each other here, so that the later one reads what the earlier one read, and more.
        source = ensure_source(code=SOURCE, name="Budgets", facts=SOURCE, rank=RANK)
        source = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
        fiscal_start = company().fiscal_year_start
        span = _Span(source, first, min(last, today), today, fiscal_start)
        cursor.execute(_TOUCHED, span.params())
        cursor.execute("ANALYZE touched")
        cursor.execute(_COUNTED, span.params())
        cursor.execute("ANALYZE counted")
        cursor.execute("SELECT DISTINCT scope_id FROM touched")
        span.areas = {scope_id for (scope_id,) in cursor.fetchall()}
        if first <= today:
            _publish_days(cursor, span)
            _publish_periods(cursor, span)
            to_date = _publish_to_date(cursor, span)
            _publish_conversions(cursor, span, to_date)
        _write_cost(cursor, source)
    return True


@dataclass
class _Span:
    """What is published anew: the days from `first` to `last`, none to come, of these `areas` (ids of scopes)."""

    source: Source
    first: date
    last: date
    today: date
    fiscal_start: int
    areas: Collection[int] = ()

    def params(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "last": self.last,
            "today": self.today,
            "fiscal_start": self.fiscal_start,
            "company": Scope.objects.values_list("pk", flat=True).get(key="company"),
        }

    def publish(
        self,
        grain: Grain,
        measures: Collection[str],
        rows: Iterable[tuple[int, date, dict[str, Decimal | None]]],
        *,
        first: date,
        last: date,
        areas: Collection[int] | None = None,
    ) -> None:
        """Figures look at days that are complete: what is said of a period that runs counts as said of yesterday."""
        publish_amounts(
            source=self.source,
            grain=grain,
            first=first,
            last=last,
            measures=list(measures),
            rows=[
                Published(scope_id, code, start, amount)
                for scope_id, start, amounts in rows
                for code, amount in amounts.items()
                if amount is not None
            ],
            through=self.today - ONE,
            areas=self.areas if areas is None else areas,
        )


def _publish_days(cursor: Any, span: _Span) -> None:
    cursor.execute(_DAYS, span.params())
    rows = [
        (scope_id, day, dict(zip(DAILY, amounts, strict=True)))
        for scope_id, day, *amounts in cursor.fetchall()
    ]
    span.publish(Grain.DAY, DAILY, rows, first=span.first, last=span.last)


def _publish_periods(cursor: Any, span: _Span) -> None:
    """Months, quarters and years that have begun; what is planned is the whole period's."""
    for grain, start in (
        (Grain.MONTH, "month"),
        (Grain.QUARTER, fiscal_floor("month", 3)),
        (Grain.YEAR, fiscal_floor("month", 12)),
    ):
        oldest, newest = (
            Period.containing(day, grain, fiscal_start=span.fiscal_start).start
            for day in (span.first, span.today)
        )
        cursor.execute(_PERIODS.format(start=start), {**span.params(), "oldest": oldest, "newest": newest})
        rows = [
            (scope_id, begin, dict(zip(DAILY, amounts, strict=True)))
            for scope_id, begin, *amounts in cursor.fetchall()
        ]
        span.publish(grain, DAILY, rows, first=oldest, last=newest)


ToDate = dict[tuple[int, date], dict[str, Decimal | None]]  # by scope and month


def _publish_to_date(cursor: Any, span: _Span) -> ToDate:
    oldest, newest = span.first.replace(day=1), span.today.replace(day=1)
    cursor.execute(_TO_DATE, {**span.params(), "oldest": oldest, "newest": newest})
    found: ToDate = {
        (scope_id, month): dict(zip(TO_DATE, amounts, strict=True))
        for scope_id, month, *amounts in cursor.fetchall()
    }
    rows = ((scope_id, month, amounts) for (scope_id, month), amounts in found.items())
    span.publish(Grain.MONTH, TO_DATE, rows, first=oldest, last=newest)
    return found


def _publish_conversions(cursor: Any, span: _Span, to_date: ToDate) -> None:
    """Of lines and budgets of which most is used, for the month that runs or was the last. Months before stay as said.

    Of a budget: what the channels of those lines brought of which something is expected, each channel once.
    """
    settings = BudgetSettings.objects.filter(pk=1).first() or BudgetSettings()
    metric = Metric.objects.in_use().filter(code=settings.conversions_metric).first()
    cursor.execute(_NEWEST, span.params())
    newest: dict[date, list[int]] = {}
    asked: dict[int, date] = {}
    for scope_id, month in cursor.fetchall():
        newest.setdefault(month, []).append(scope_id)
        amounts = to_date.get((scope_id, month), {})
        total, used = amounts.get("budget_total"), amounts.get("budget_used")
        if metric and total and used is not None and used >= total * Decimal(settings.warn_share):
            asked[scope_id] = month
    rows = _conversions(cursor, span, asked, metric) if metric and asked else []
    for month, areas in newest.items():
        said = [row for row in rows if row[1] == month]
        span.publish(Grain.MONTH, CONVERSIONS, said, first=month, last=month, areas=areas)


def _conversions(
    cursor: Any, span: _Span, asked: dict[int, date], metric: Metric
) -> list[tuple[int, date, dict[str, Decimal | None]]]:
    cursor.execute(_EXPECTING, {**span.params(), "scopes": list(asked)})
    expected: dict[int, Decimal] = {}
    stretches: dict[int, set[Stretch]] = {}
    for scope_id, channel, region, first, last, amount in cursor.fetchall():
        expected[scope_id] = expected.get(scope_id, Decimal(0)) + amount
        stretches.setdefault(scope_id, set()).add(Stretch(channel, region, first, last))
    formula = Formula.of(metric.numerator, metric.denominator, metric.scale)
    found = brought(
        {one for some in stretches.values() for one in some},
        codes=formula.codes,
        look=Look.at(today=span.today),
    )
    rows: list[tuple[int, date, dict[str, Decimal | None]]] = []
    for scope_id, some in stretches.items():
        # Where something is expected and nothing was reported, none came.
        came = sum((formula.value(found[one]) or Decimal(0) for one in some), Decimal(0))
        rows.append(
            (scope_id, asked[scope_id], dict(zip(CONVERSIONS, (came, expected[scope_id]), strict=True)))
        )
    return rows


def _write_cost(cursor: Any, source: Source) -> None:
    """The cost that claimed lines publish on their claimed days, in place of what they published of them before."""
    slot = Measure.objects.values_list("slot", flat=True).get(code="cost")
    cursor.execute(_COST, {"source": source.pk, "before": slot - 1})
    days = [day for (day,) in cursor.fetchall()]
    if not days:
        return
    # No `last_day`: what nobody has entered yet must not hold the channels' own figures back.
    source.slots = sorted({*source.slots, slot})
    source.revision += 1
    source.last_success_at = timezone.now()
    source.save(update_fields=["slots", "revision", "last_success_at"])
    mark_days_changed(source=source, days=days)
    enqueue("kpis.tasks.work")


_CLAIM = """
    WITH mine AS (
        DELETE FROM budgets_dirtyline WHERE line_id IN (
            SELECT line_id FROM budgets_dirtyline ORDER BY marked_at, line_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        RETURNING line_id, days
    )
    INSERT INTO claimed SELECT line_id, days FROM mine
"""

# Which lines count in which area: each claimed one in its own, all of its budget in the budget's, and in the company's
# all whose money falls into the periods in question.
_TOUCHED = """
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    WITH mine AS (
        SELECT line.id, line.node_id, budget_id FROM claimed JOIN budgets_line AS line ON line.id = line_id
    )
    SELECT scope.id AS scope_id, mine.id AS line_id FROM mine JOIN organization_scope AS scope USING (node_id)
    UNION ALL
    SELECT scope.id, line.id FROM (SELECT DISTINCT budget_id FROM mine) AS one
    JOIN budgets_budget AS budget ON budget.id = budget_id
    JOIN organization_scope AS scope USING (node_id)
    JOIN budgets_line AS line ON line.budget_id = budget.id
    UNION ALL
    SELECT %(company)s, line.id FROM budgets_line AS line JOIN budgets_budget AS budget ON budget.id = budget_id
    WHERE last_day >= %(first)s::date - 366
"""

# `by`: the day up to which more is expected of a line, as `budgets.selectors.burn.counted_by` says.
_COUNTED = """
    CREATE TEMP TABLE counted ON COMMIT DROP AS
    SELECT line.id AS line_id, first_day, last_day, pool = '' AS judged,
        date_trunc('month', least(last_day, %(today)s::date))::date AS newest,
        least(last_day, CASE WHEN spending.day IS NULL OR (fed_by <> 'cost' AND spending.day < %(today)s)
            THEN %(today)s::date - 1 ELSE spending.day END) AS by
    FROM (SELECT DISTINCT line_id FROM touched) AS one
    JOIN budgets_line AS line ON line.id = line_id
    JOIN budgets_budget AS budget ON budget.id = budget_id
    CROSS JOIN LATERAL (
        SELECT max(day) AS day FROM budgets_lineday AS kept
        WHERE kept.line_id = line.id AND day > %(today)s::date - 7 AND day <= %(today)s AND spent <> 0
    ) AS spending
"""

_BEGIN = "greatest(month, first_day)"
_END = "least((month + interval '1 month')::date - 1, last_day)"

_DAYS = f"""
    WITH moved AS (
        SELECT scope_id, day, sum(committed) AS committed, sum(spent) AS spent
        FROM touched JOIN budgets_lineday USING (line_id) WHERE day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
    ),
    plan AS (
        SELECT scope_id, month, first_day, last_day, sum(planned + transferred) / ({_END} - {_BEGIN} + 1) AS a_day
        FROM touched JOIN counted USING (line_id) JOIN budgets_linemonth USING (line_id)
        WHERE judged AND {_END} >= {_BEGIN} AND month BETWEEN date_trunc('month', %(first)s::date) AND %(last)s
        GROUP BY 1, 2, 3, 4
    )
    SELECT moved.scope_id, day, round(sum(a_day), 4), committed, spent FROM moved
    LEFT JOIN plan ON plan.scope_id = moved.scope_id AND month = date_trunc('month', day)::date
        AND day BETWEEN first_day AND last_day
    GROUP BY moved.scope_id, day, committed, spent
"""

_PERIODS = """
    SELECT scope_id, start, sum(planned), sum(committed), sum(spent) FROM (
        SELECT scope_id, {start} AS start, planned + transferred AS planned, committed, spent
        FROM touched JOIN budgets_linemonth USING (line_id)
    ) AS one WHERE start BETWEEN %(oldest)s AND %(newest)s GROUP BY 1, 2
"""

# In the month that runs, or was the last, all that stands counts: it is what the balance says.
_SO_FAR = "(month <= asked.start OR asked.start = newest)"
_BY = "CASE WHEN asked.start = newest THEN by ELSE (asked.start + interval '1 month')::date - 1 END"
_TO_DATE = f"""
    WITH asked AS (
        SELECT start::date FROM generate_series(%(oldest)s::date, %(newest)s::date, interval '1 month') AS start
    )
    SELECT scope_id, asked.start, sum(planned + transferred),
        coalesce(sum(spent + committed) FILTER (WHERE {_SO_FAR}), 0), coalesce(sum(spent) FILTER (WHERE {_SO_FAR}), 0),
        round(sum((planned + transferred) * CASE WHEN {_END} < {_BEGIN} THEN ({_BY} >= {_BEGIN})::int
            ELSE greatest(0, least(1, ({_BY} - {_BEGIN} + 1)::numeric / ({_END} - {_BEGIN} + 1))) END)
            FILTER (WHERE judged), 4)
    FROM touched JOIN counted USING (line_id) JOIN budgets_linemonth USING (line_id)
    JOIN asked ON asked.start BETWEEN date_trunc('month', first_day) AND newest
    GROUP BY 1, 2
"""

_NEWEST = """
    SELECT DISTINCT scope_id, newest FROM touched JOIN counted USING (line_id)
    WHERE scope_id <> %(company)s AND first_day <= %(today)s
"""

_EXPECTING = """
    SELECT scope_id, channel_id, region_id, first_day, least(last_day, %(today)s::date), conversions
    FROM touched JOIN counted USING (line_id) JOIN budgets_line AS line ON line.id = line_id
    WHERE scope_id = ANY(%(scopes)s) AND conversions > 0 AND channel_id IS NOT NULL
"""

_COST = f"""
    WITH fresh AS (
        SELECT day, line_id, channel_id, coalesce(region_id, 0) AS region_id,
            array_fill(NULL::numeric, ARRAY[%(before)s]) || spent::numeric AS amounts
        FROM claimed JOIN budgets_lineday AS kept USING (line_id) JOIN budgets_line AS line ON line.id = line_id
        WHERE fed_by = 'entries' AND channel_id IS NOT NULL AND spent <> 0 AND day <@ days
    ),
    gone AS (
        DELETE FROM {TABLE} AS old USING claimed
        WHERE old.line_id = claimed.line_id AND old.source_id = %(source)s AND day <@ days
          AND NOT EXISTS (SELECT 1 FROM fresh WHERE (fresh.line_id, fresh.day) = (old.line_id, old.day))
        RETURNING day
    ),
    put AS (
        INSERT INTO {TABLE} AS old (day, source_id, line_id, channel_id, region_id, product_id, estimated, amounts)
        SELECT day, %(source)s, line_id, channel_id, region_id, 0, false, amounts FROM fresh
        ON CONFLICT (day, source_id, line_id) DO UPDATE
        SET channel_id = excluded.channel_id, region_id = excluded.region_id, amounts = excluded.amounts
        WHERE (old.channel_id, old.region_id, old.amounts)
            IS DISTINCT FROM (excluded.channel_id, excluded.region_id, excluded.amounts)
        RETURNING day
    )
    SELECT DISTINCT day FROM (TABLE gone UNION ALL TABLE put) AS changed ORDER BY 1
"""
