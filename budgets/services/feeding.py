"""Lines that follow the cost of their channel: what was rolled up becomes spend, by entries that say the difference.

A file sent again, an import taken back, channels merged or moved: each is a roll-up written anew, and its lines are
marked in that very transaction. A worker claims marks, reads what the days cost now, holds it against what it has entered
for them before, and adds the difference. Nothing is ever taken away, and twice is once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from budgets.models import BudgetState, CostMark, EntryKind, FedBy, Line, LineState, Origin
from budgets.services.ledger import New, hold_lines, write
from common.columns import column
from common.queueing import enqueue
from kpis.facts import all_fact_tables
from kpis.models import Measure, Source
from organization.models import Node
from organization.services import record

TASK = "budgets.tasks.feed"
AT_ONCE = 20  # lines a transaction
OWN = (
    "budgets_"  # how the tables begin in which this app keeps cost: what lines entered themselves feeds none
)


@dataclass(frozen=True)
class Tie:
    """Whose cost a line follows, now that nodes may have been merged, and between which days."""

    line: Line
    channel: Node
    region: Node | None
    first: date
    last: date


# -- What is due ----------------------------------------------------------------------------------------


def mark_lines(source: Source, days: Sequence[date], scope_ids: Sequence[int]) -> None:
    """Marks the lines that are tied to one of these areas; those tied to what was merged into one as well."""
    if not days or not scope_ids or source.facts in _own_facts():
        return
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"scopes": column(scope_ids), "days": column(days)})
        if cursor.rowcount:
            enqueue(TASK)


def lines_wait() -> bool:
    return CostMark.objects.exists()


def feed_next(*, now: datetime) -> bool:
    """Lets some marked lines follow their cost; False where nothing is due that nobody else holds."""
    waiting = list(
        CostMark.objects.order_by("marked_at", "line_id").values_list("line_id", flat=True)[:AT_ONCE]
    )
    return bool(waiting) and _feed(waiting, now)


@transaction.atomic
def _feed(waiting: Collection[int], now: datetime) -> bool:
    # First the lines, as everybody who decides by their sums: who holds one may be about to mark it.
    hold_lines(Line(pk=pk) for pk in waiting)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lines": column(sorted(waiting))})
        marks: dict[int, str] = dict(cursor.fetchall())
    lines = Line.objects.filter(pk__in=marks).exclude(state=LineState.CLOSED)
    lines = lines.filter(budget__state=BudgetState.OPEN).select_related(
        "budget__node", "channel", "region", "node"
    )
    found = list(lines.order_by("pk"))
    cost = _cost([tie for line in found for tie in _ties(line)], marks)
    before = _entered({line.pk: marks[line.pk] for line in found})
    entries = []
    for line in found:
        days = sorted({day for pk, day in cost.keys() | before.keys() if pk == line.pk})
        mine = []
        for day in days:
            entered, times = before.get((line.pk, day), (Decimal(0), 0))
            more = cost.get((line.pk, day), Decimal(0)) - entered
            if more:
                mine.append(
                    New(
                        line=line, kind=EntryKind.SPEND, amount=more, day=day, origin=Origin.COST,
                        key=f"cost:{line.pk}:{day}:{times + 1}",
                    )
                )  # fmt: skip
        if mine:
            record(
                action="budget.fed", subject=f"{line.budget.node.name} · {line.name}", person=None, line=line.pk,
                days=len(mine), first=mine[0].day, last=mine[-1].day, amount=sum(one.amount for one in mine),
            )  # fmt: skip
        entries += mine
    write(entries=entries, person=None, now=now)
    return bool(marks)


# -- What days cost -------------------------------------------------------------------------------------


def _ties(line: Line) -> Iterable[Tie]:
    """The stretches in which the line follows its channel. Where that was merged into one that has a line of its own, the
    cost counts there for as long as that line has a budget: a cost is never two lines'.
    """
    if line.fed_by != FedBy.COST or line.channel is None:
        return []
    channel, region = _stands_for(line.channel), line.region and _stands_for(line.region)
    spans = [(line.budget.first_day, line.budget.last_day)]
    if channel.pk != line.channel_id:
        for other in _others(line, channel, region):
            spans = [
                part
                for span in spans
                for part in _without(span, (other.budget.first_day, other.budget.last_day))
            ]
    return [Tie(line, channel, region, first, last) for first, last in spans]


def _others(line: Line, channel: Node, region: Node | None) -> list[Line]:
    """Lines whose cost this would be as well, and who come before it: those of the channel itself, then the older."""
    found = (
        Line.objects.filter(fed_by=FedBy.COST, budget__state=BudgetState.OPEN)
        .exclude(state=LineState.CLOSED)
        .exclude(pk=line.pk)
        .filter(channel__in=_all_of(channel))
        .select_related("budget", "channel", "region")
    )
    others = []
    for other in found.order_by("pk"):
        theirs = other.region and _stands_for(other.region)
        same_place = theirs is None or region is None or theirs.pk == region.pk
        if same_place and (other.channel_id == channel.pk or other.pk < line.pk):
            others.append(other)
    return others


def _all_of(channel: Node) -> set[int]:
    """The node and whatever was merged into it."""
    found, new = {channel.pk}, {channel.pk}
    while new:
        new = set(Node.objects.filter(merged_into__in=new).values_list("pk", flat=True)) - found
        found |= new
    return found


def _stands_for(node: Node) -> Node:
    """The node in which this one counts: itself, unless it was merged."""
    while node.merged_into is not None:
        node = node.merged_into
    return node


def _without(span: tuple[date, date], taken: tuple[date, date]) -> list[tuple[date, date]]:
    first, last = span
    if taken[1] < first or taken[0] > last:
        return [span]
    day = timedelta(days=1)
    parts = [(first, taken[0] - day), (taken[1] + day, last)]
    return [(start, end) for start, end in parts if start <= end]


def _cost(ties: Sequence[Tie], marks: Mapping[int, str]) -> dict[tuple[int, date], Decimal]:
    """By line and day: what counts of the cost that sources report, on the days that are marked."""
    if not ties:
        return {}
    slot = Measure.objects.values_list("slot", flat=True).get(code="cost")
    own = list(Source.objects.filter(facts__in=_own_facts()).values_list("pk", flat=True))
    params: dict[str, Any] = {
        "slot": slot, "own": own,
        "line": column(tie.line.pk for tie in ties),
        "channel": column(tie.channel.pk for tie in ties),
        "region": column(tie.region.pk if tie.region else None for tie in ties),
        "first": column(tie.first for tie in ties), "last": column(tie.last for tie in ties),
        "days": [marks[tie.line.pk] for tie in ties],
    }  # fmt: skip
    parts = [_SINGLE]
    if any(tie.region and tie.channel.depth == 1 for tie in ties):
        parts.append(_CROSS)
    if any(tie.region and tie.channel.depth > 1 for tie in ties):
        parts += [
            _DEEP.format(facts=facts.table)
            for facts in all_fact_tables()
            if {"channel", "region"} <= set(facts.dimensions) and facts.code not in _own_facts()
        ]
    with connection.cursor() as cursor:
        cursor.execute(f"{_TIED} {' UNION ALL '.join(parts)}", params)
        found: dict[tuple[int, date], Decimal] = {}
        for line, day, amount in cursor.fetchall():
            found[line, day] = found.get((line, day), Decimal(0)) + amount
    return found


def _entered(marks: Mapping[int, str]) -> dict[tuple[int, date], tuple[Decimal, int]]:
    """What was entered of cost before, by line and day, and in how many entries."""
    if not marks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ENTERED, {"line": column(marks), "days": list(marks.values())})
        return {(line, day): (amount, times) for line, day, amount, times in cursor.fetchall()}


def _own_facts() -> set[str]:
    return {facts.code for facts in all_fact_tables() if facts.table.startswith(OWN)}


_MARK = """
    WITH RECURSIVE touched AS (
        SELECT node_id FROM organization_scope WHERE id = ANY(%(scopes)s::bigint[]) AND node_id IS NOT NULL
        UNION
        SELECT node.id FROM organization_node AS node JOIN touched ON node.merged_into_id = touched.node_id
    ), changed AS (
        SELECT range_agg(daterange(day, day, '[]')) AS days, min(day) AS first, max(day) AS last
        FROM unnest(%(days)s::date[]) AS day
    )
    INSERT INTO budgets_costmark (line_id, days)
    SELECT line.id, changed.days FROM budgets_line AS line
    JOIN budgets_budget AS budget ON budget.id = line.budget_id AND budget.state = 'open'
    JOIN changed ON budget.first_day <= changed.last AND budget.last_day >= changed.first
    WHERE line.fed_by = 'cost' AND line.state <> 'closed' AND line.channel_id IN (SELECT node_id FROM touched)
    ORDER BY line.id
    ON CONFLICT (line_id) DO UPDATE SET days = budgets_costmark.days + excluded.days
"""

_CLAIM = """
    DELETE FROM budgets_costmark WHERE line_id IN (
        SELECT line_id FROM budgets_costmark WHERE line_id = ANY(%(lines)s::bigint[]) ORDER BY line_id
        FOR UPDATE SKIP LOCKED)
    RETURNING line_id, days::text
"""

_TIED = """
    WITH tied AS MATERIALIZED (
        SELECT * FROM unnest(%(line)s::bigint[], %(channel)s::bigint[], %(region)s::bigint[], %(first)s::date[],
            %(last)s::date[], %(days)s::text[]::datemultirange[]) AS tied(line, channel, region, first, last, days)
    )
"""
_DUE = "day BETWEEN tied.first AND tied.last AND day <@ tied.days AND NOT source_id = ANY(%(own)s::bigint[])"
_BELOW = "(SELECT node_id FROM organization_nodeancestor WHERE ancestor_id = tied.{0})"
_SINGLE = f"""
    SELECT line, day, amounts[%(slot)s] FROM tied
    JOIN organization_scope AS scope ON scope.node_id = tied.channel AND tied.region IS NULL
    JOIN kpis_amountday AS said ON said.scope_id = scope.id AND {_DUE}
    WHERE amounts[%(slot)s] IS NOT NULL
"""
_CROSS = f"""
    SELECT line, day, amounts[%(slot)s] FROM tied
    JOIN organization_node AS node ON node.id = tied.channel AND node.depth = 1
    JOIN kpis_crossday AS said ON said.channel_id = tied.channel AND {_DUE}
        AND said.region_id IN {_BELOW.format("region")}
    WHERE tied.region IS NOT NULL AND amounts[%(slot)s] IS NOT NULL
"""
# A campaign within a region is in no roll-up by the day: the facts say it, but for sources that do not count.
_DEEP = f"""
    SELECT line, day, amounts[%(slot)s] FROM tied
    JOIN organization_node AS node ON node.id = tied.channel AND node.depth > 1
    JOIN {{facts}} AS said ON said.channel_id IN {_BELOW.format("channel")}
        AND said.region_id IN {_BELOW.format("region")} AND {_DUE}
    WHERE tied.region IS NOT NULL AND amounts[%(slot)s] IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM kpis_uncounted AS uncounted
        WHERE uncounted.source_id = said.source_id AND uncounted.month = date_trunc('month', day)::date
          AND %(slot)s = ANY(uncounted.slots) AND uncounted.channel_id = (
            SELECT ancestor_id FROM organization_nodeancestor WHERE node_id = tied.channel AND ancestor_depth = 1))
"""
_ENTERED = """
    SELECT line_id, day, sum(amount), count(*)
    FROM unnest(%(line)s::bigint[], %(days)s::text[]::datemultirange[]) AS marked(line, days)
    JOIN budgets_entry ON line_id = marked.line AND day <@ marked.days
    WHERE kind = 'spend' AND origin = 'cost'
    GROUP BY 1, 2
"""
