"""What the board of complaints shows: volume, age, times, breaches and causes, of what a person may see.

Three statements over the complaints of the period, whatever their number; texts are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from decisions.selectors.rights import company_zone
from feedback.models import Category, Cause, Complaint, State
from feedback.models.complaints import next_due
from feedback.pareto import Bar, pareto
from organization.gate import Action, rows_of_area, scopes_where
from organization.models import DIMENSIONS, Node, Person, Role, Scope
from organization.models.tree import NodeAncestor

DAYS = (30, 90, 365)
STEPS = ("week", "month")
AGES = (1, 3, 7, 14, 30)  # days; the last bucket is older
SCOPE_COLUMNS = {dimension: f"scope__{dimension}" for dimension in DIMENSIONS}


@dataclass(frozen=True)
class Times:
    """Working minutes; None where nothing was timed."""

    median: float | None
    most: float | None  # nine of ten took at most so long


@dataclass(frozen=True)
class BoardRow:
    """Complaints that came in within the period, of one category, channel ... `key` is its id, 0 for none."""

    key: int
    label: str
    complaints: int
    answer: Times
    solve: Times
    answers_late: int
    solutions_late: int
    repeats: int
    reopened: int


@dataclass(frozen=True)
class OpenNow:
    count: int
    late: int
    waiting: int
    median_since: datetime | None  # half of them are older
    ages: tuple[int, ...]  # by AGES


@dataclass(frozen=True)
class Trend:
    """`at` are the first days of weeks or months."""

    at: tuple[date, ...]
    received: tuple[int, ...]
    solved: tuple[int, ...]


@dataclass(frozen=True)
class Board:
    area: Scope | None
    first: date
    last: date
    days: int
    step: str
    all: BoardRow
    before: int  # in as many days before
    open: OpenNow
    trend: Trend
    categories: tuple[BoardRow, ...]
    channels: tuple[BoardRow, ...]
    regions: tuple[BoardRow, ...]
    people: tuple[BoardRow, ...]  # of what she manages alone
    causes: tuple[Bar, ...]
    cause_names: Mapping[int, str]
    with_cause: int


NOBODY = Times(None, None)
SUMS = """
    count(*),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY c.answer_minutes_taken),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY c.solve_minutes_taken),
    count(c.answer_breached_at), count(c.solve_breached_at), count(c.repeat_of_id),
    count(*) FILTER (WHERE c.reopened > 0)
"""
GROUPS = ("category_id", "channel", "region", "handler")


def board(person: Person, *, area: Scope | None, days: int, step: str, today: date, now: datetime) -> Board:
    """The last so many days, today among them. A bounded number of queries."""
    first = today - timedelta(days=days - 1)
    seen = Complaint.objects.filter(scope__in=scopes_where(person, Action.VIEW))
    if area is not None:
        seen = seen.filter(rows_of_area(area, SCOPE_COLUMNS))
    within = seen.filter(day__range=(first, today))
    whole, groups = _groups(person, within, area)
    caused = within.filter(cause__isnull=False).values_list("cause_id").annotate(n=Count("pk")).order_by()
    counts: dict[int, int] = dict(caused)
    bars = pareto(counts)
    named = [bar.key for bar in bars if bar.key is not None]
    return Board(
        area=area,
        first=first,
        last=today,
        days=days,
        step=step,
        all=whole,
        before=seen.filter(day__range=(first - timedelta(days=days), first - timedelta(days=1))).count(),
        open=_open_now(seen, now),
        trend=_trend(seen, first, today, step),
        categories=_labelled(groups["category_id"], _category_names(), _("No category")),
        channels=_labelled(groups["channel"], _node_names(groups["channel"]), _("No channel")),
        regions=_labelled(groups["region"], _node_names(groups["region"]), _("No region")),
        people=_labelled(groups["handler"], _person_names(groups["handler"]), _("Nobody")),
        causes=bars,
        cause_names=dict(Cause.objects.filter(pk__in=named).values_list("pk", "name")),
        with_cause=sum(counts.values()),
    )


def _groups(
    person: Person, within: QuerySet[Complaint], area: Scope | None
) -> tuple[BoardRow, dict[str, list[BoardRow]]]:
    """All together, and by each of GROUPS. Channels and regions are the uppermost below the area."""
    managed = scopes_where(person, Role.MANAGER).filter(pk=OuterRef("scope_id"))
    columns = within.annotate(managed=Exists(managed)).values(
        "scope_id", "category_id", "assigned_to_id", "answer_minutes_taken", "solve_minutes_taken",
        "answer_breached_at", "solve_breached_at", "repeat_of_id", "reopened", "managed",
    )  # fmt: skip
    found: dict[str, list[BoardRow]] = {name: [] for name in GROUPS}
    whole = BoardRow(0, "", 0, NOBODY, NOBODY, 0, 0, 0, 0)
    try:
        narrowed, params = columns.order_by().query.sql_with_params()
    except EmptyResultSet:
        return whole, found
    depths = [_depth_below(area, dimension) for dimension in ("channel", "region")]
    closure, scopes = NodeAncestor._meta.db_table, Scope._meta.db_table
    sql = f"""
        WITH n AS ({narrowed}), c AS MATERIALIZED (
            SELECT n.*, coalesce(ch.ancestor_id, 0) AS channel, coalesce(re.ancestor_id, 0) AS region,
                CASE WHEN n.managed THEN coalesce(n.assigned_to_id, 0) ELSE -1 END AS handler
            FROM n JOIN {scopes} s ON s.id = n.scope_id
            LEFT JOIN {closure} ch ON ch.node_id = s.channel_id AND ch.ancestor_depth = %s
            LEFT JOIN {closure} re ON re.node_id = s.region_id AND re.ancestor_depth = %s
        )
        SELECT GROUPING(c.category_id, c.channel, c.region, c.handler),
            coalesce(c.category_id, c.channel, c.region, c.handler, 0), {SUMS}
        FROM c GROUP BY GROUPING SETS ((), (c.category_id), (c.channel), (c.region), (c.handler))
    """
    by_mask = {0b0111: "category_id", 0b1011: "channel", 0b1101: "region", 0b1110: "handler"}
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *depths])
        for mask, key, count, answer, solve, *late in cursor.fetchall():
            row = BoardRow(key, "", count, _times(answer), _times(solve), *late)
            if mask == 0b1111:
                whole = row
            elif key >= 0:
                found[by_mask[mask]].append(row)
    return whole, found


def _times(both: Sequence[float | None] | None) -> Times:
    return Times(*both) if both else NOBODY


def _depth_below(area: Scope | None, dimension: str) -> int:
    node = getattr(area, dimension) if area is not None else None
    return 1 if node is None else node.depth + 1


def _labelled(rows: list[BoardRow], names: Mapping[int, str], none: str) -> tuple[BoardRow, ...]:
    """The most first, what has none last. One row that has none says nothing."""
    named = [
        BoardRow(**{**vars(row), "label": names.get(row.key, none) if row.key else none}) for row in rows
    ]
    named.sort(key=lambda row: (row.key == 0, -row.complaints, row.label))
    return () if [row.key for row in named] == [0] else tuple(named)


def _category_names() -> dict[int, str]:
    return {one.pk: one.label for one in Category.objects.all()}


def _node_names(rows: list[BoardRow]) -> dict[int, str]:
    keys = [row.key for row in rows if row.key]
    return {node.pk: node.label for node in Node.objects.filter(pk__in=keys)} if keys else {}


def _person_names(rows: list[BoardRow]) -> dict[int, str]:
    keys = [row.key for row in rows if row.key]
    return {one.pk: one.label for one in Person.objects.filter(pk__in=keys)} if keys else {}


def _open_now(seen: QuerySet[Complaint], now: datetime) -> OpenNow:
    edges = [now - timedelta(days=days) for days in AGES]
    buckets = {}
    for number, (newer, older) in enumerate(zip([None, *edges], [*edges, None], strict=True)):
        condition = Q()
        if newer is not None:
            condition &= Q(received_at__lte=newer)
        if older is not None:
            condition &= Q(received_at__gt=older)
        buckets[f"age{number}"] = Count("pk", filter=condition)
    found = (
        seen.filter(state__in=Complaint.OPEN)
        .annotate(due=next_due())
        .aggregate(
            n=Count("pk"),
            late=Count("pk", filter=Q(due__lte=now) | Q(solve_breached_at__isnull=False)),
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            since=_Middle(F("received_at")),
            **buckets,
        )
    )
    ages = tuple(found[f"age{number}"] for number in range(len(AGES) + 1))
    return OpenNow(found["n"], found["late"], found["waiting"], found["since"], ages)


class _Middle(Aggregate):
    template = "percentile_disc(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def _trend(seen: QuerySet[Complaint], first: date, last: date, step: str) -> Trend:
    """Steps that the period begins within count from its first day on."""
    zone = company_zone()
    received = _by_day(seen.filter(day__range=(first, last)), F("day"))
    begin = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    solved = _by_day(
        seen.filter(solved_at__gte=begin, solved_at__lt=end), TruncDate("solved_at", tzinfo=zone)
    )
    at: list[date] = []
    day = first
    while day <= last:
        begins = _step_of(day, step)
        if not at or at[-1] != begins:
            at.append(begins)
        day += timedelta(days=1)

    def summed(days: Mapping[date, int]) -> tuple[int, ...]:
        sums = dict.fromkeys(at, 0)
        for one, count in days.items():
            sums[_step_of(one, step)] += count
        return tuple(sums.values())

    return Trend(tuple(at), summed(received), summed(solved))


def _by_day(rows: QuerySet[Complaint], day: Any) -> dict[date, int]:
    found = rows.annotate(on=day).values_list("on").annotate(n=Count("pk")).order_by()
    return dict(found)


def _step_of(day: date, step: str) -> date:
    return day.replace(day=1) if step == "month" else day - timedelta(days=day.weekday())
