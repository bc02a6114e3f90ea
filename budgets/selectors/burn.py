"""How lines burn, read from the sums that the ledger keeps: a bounded number of queries for any number of lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Max, Sum
from django.db.models.functions import TruncMonth

from budgets.burn import ONE_DAY, WINDOW, ZERO, Burn, Plan, burn, window
from budgets.models import Entry, EntryKind, FedBy, Line, LineDay, LineMonth
from common.columns import column

SILENT = timedelta(days=7)  # a cost that nobody has reported for longer is taken not to be spent

# One row a line. What was spent by then is the balance without what came later, so that old days need not be read.
SUMS = """
WITH asked AS (SELECT unnest(%s::bigint[]) AS line_id, unnest(%s::date[]) AS by)
SELECT line.id, budget.first_day, budget.last_day, counted.by, line.pool = '',
    coalesce(balance.planned, 0), coalesce(balance.transferred, 0), coalesce(balance.committed, 0),
    coalesce(balance.spent, 0), coalesce(balance.frozen, 0),
    coalesce(months.before, 0), coalesce(months.current, 0), coalesce(months.least, 0),
    coalesce(balance.spent, 0) - coalesce(days.later, 0), coalesce(days.last, 0), coalesce(days.squares, 0)
FROM asked
JOIN budgets_line line ON line.id = asked.line_id
JOIN budgets_budget budget ON budget.id = line.budget_id
CROSS JOIN LATERAL (
    SELECT least(asked.by, budget.last_day) AS by,
        date_trunc('month', least(asked.by, budget.last_day))::date AS month
) counted
LEFT JOIN budgets_balance balance ON balance.line_id = line.id
LEFT JOIN LATERAL (
    SELECT sum(planned + transferred) FILTER (WHERE month < counted.month) AS before,
        sum(planned + transferred) FILTER (WHERE month = counted.month) AS current,
        min(planned + transferred) AS least
    FROM budgets_linemonth WHERE line_id = line.id
) months ON true
LEFT JOIN LATERAL (
    SELECT sum(spent) FILTER (WHERE day > counted.by) AS later,
        sum(spent) FILTER (WHERE day BETWEEN budget.first_day AND counted.by) AS last,
        sum(spent * spent) FILTER (WHERE day BETWEEN budget.first_day AND counted.by) AS squares
    FROM budgets_lineday WHERE line_id = line.id AND day > counted.by - %s
) days ON true
"""

# Of thousands of lines the ORM writes a statement with thousands of places.
DAYS = """
SELECT day, sum(spent) FROM budgets_lineday
WHERE line_id = ANY(%(lines)s::bigint[]) AND day <= %(upto)s GROUP BY day ORDER BY day
"""
MONTHS = """
SELECT month, sum(planned + transferred) FROM budgets_linemonth
WHERE line_id = ANY(%(lines)s::bigint[]) GROUP BY month ORDER BY month
"""


def burn_of(lines: Iterable[Line], *, today: date) -> dict[int, Burn]:
    """By the line's id. Counted up to yesterday, or up to today where something of today is in; a line that its
    channel's cost feeds up to the last day that was reported. At most three queries.
    """
    asked = {line.pk: line.fed_by for line in lines}
    if not asked:
        return {}
    newest = dict(
        LineDay.objects.filter(line__in=asked, day__lte=today, day__gt=today - SILENT)
        .exclude(spent=0)
        .values_list("line")
        .annotate(newest=Max("day"))
    )
    by = {pk: counted_by(newest.get(pk), fed_by=fed_by, today=today) for pk, fed_by in asked.items()}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [list(by), list(by.values()), WINDOW])
        rows = cursor.fetchall()
    short = [row[0] for row in rows if row[12] < 0]
    months = months_of(short) if short else {}
    return {row[0]: _burn(row, months.get(row[0])) for row in rows}


def counted_by(newest: date | None, *, fed_by: str, today: date) -> date:
    """`newest`: the last day of the past week on which anything was spent."""
    if newest is None or (fed_by != FedBy.COST and newest < today):
        return today - ONE_DAY
    return newest


def _burn(row: Sequence[object], months: list[tuple[date, Decimal]] | None) -> Burn:
    _line, first, last, by, judged, planned, transferred, committed, spent, frozen, *rest = row
    before, current, _least, spent_by, last_days, squares = rest
    assert isinstance(first, date)
    assert isinstance(last, date)
    assert isinstance(by, date)
    if months is None:
        # Months that are over count whole, so that they may stand together in the first.
        begin, month = first.replace(day=1), by.replace(day=1)
        months = (
            [(begin, _money(before)), (month, _money(current))]
            if month > begin
            else [(month, _money(current))]
        )
    return burn(
        Plan(first, last, tuple(months)),
        by=by,
        planned=_money(planned),
        transferred=_money(transferred),
        committed=_money(committed),
        spent=_money(spent),
        frozen=_money(frozen),
        spent_by=_money(spent_by),
        last_days=_money(last_days),
        squares=_money(squares),
        judged=bool(judged),
    )


def _money(value: object) -> Decimal:
    assert isinstance(value, Decimal | int)
    return Decimal(value)


def burn_as_of(line: Line, *, by: date) -> Burn:
    """As it stood at the end of a day: entries of later days are left out, those made later for days up to it count."""
    first, last = line.budget.first_day, line.budget.last_day
    by = min(by, last)
    days = spent_days([line.pk], upto=by)
    later = dict(
        Entry.objects.filter(line=line, day__gt=by, kind=EntryKind.TRANSFER)
        .annotate(month=TruncMonth("day"))
        .values_list("month")
        .annotate(sum=Sum("amount"))
    )
    months = [
        (month, amount - later.get(month, ZERO)) for month, amount in months_of([line.pk]).get(line.pk, [])
    ]
    sums = dict(
        Entry.objects.filter(line=line, day__lte=by)
        .exclude(kind=EntryKind.PLAN)
        .values_list("kind")
        .annotate(sum=Sum("amount"))
    )
    transferred = sums.get(EntryKind.TRANSFER, ZERO)
    spent = sum((amount for _day, amount in days), ZERO)
    recent = [amount for day, amount in days if day > by - timedelta(days=window(first, last, by))]
    return burn(
        Plan(first, last, tuple(months)),
        by=by,
        planned=sum((amount for _month, amount in months), ZERO) - transferred,
        transferred=transferred,
        committed=sums.get(EntryKind.COMMITMENT, ZERO),
        spent=spent,
        frozen=sums.get(EntryKind.FREEZE, ZERO) + sums.get(EntryKind.RELEASE, ZERO),
        spent_by=spent,
        last_days=sum(recent, ZERO),
        squares=sum((one * one for one in recent), ZERO),
        judged=not line.pool,
    )


def spent_days(lines: Collection[int], *, upto: date | None = None) -> list[tuple[date, Decimal]]:
    """What these lines spent together on each day that moved anything, ascending. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"lines": column(lines), "upto": upto or date.max})
        return list(cursor.fetchall())


def month_sums(lines: Collection[int]) -> list[tuple[date, Decimal]]:
    """What these lines have together for each month, with what was moved in and out, ascending. One query."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"lines": column(lines)})
        return list(cursor.fetchall())


def months_of(lines: Collection[int]) -> dict[int, list[tuple[date, Decimal]]]:
    """What each month has now, with what was moved in and out, by line. One query."""
    found: dict[int, list[tuple[date, Decimal]]] = {}
    rows = LineMonth.objects.filter(line__in=lines).values_list("line", "month", "planned", "transferred")
    for line, month, planned, transferred in rows.order_by("line", "month"):
        found.setdefault(line, []).append((month, planned + transferred))
    return found
