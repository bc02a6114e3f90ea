"""What history says about the parts of a target: how the siblings below an area shared it, and the months a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from common.periods import Grain, Period, add_months
from kpis.decomposition import Weighed, from_history
from kpis.figures import Look
from kpis.formulas import Formula
from kpis.models import Measure, Metric, Unit
from kpis.preview import amounts_by_period
from kpis.selectors.cells import CUTS, stretch, sums, through_campaigns
from kpis.selectors.seasons import Basis, Season, amount_sql, season, seasons
from kpis.services.metrics import formula_of
from organization.currencies import smallest_unit
from organization.models import Node, Scope
from organization.selectors import company, scope_key

__all__ = [
    "Basis", "History", "Past", "Season", "children", "history", "last_months", "season", "seasons", "unit_of",
]  # fmt: skip

Nodes = Mapping[str, Node]
UNITS = {
    Unit.COUNT: Decimal(1),
    Unit.PERCENT: Decimal("0.0001"),  # a hundredth of a percent
    Unit.RATIO: Decimal("0.0001"),
}


@dataclass(frozen=True)
class Past:
    """What a part did in the last twelve months with data and in the twelve before; None: nothing was reported.

    `nodes` are those of its scope: its own `node`, and those that the whole names besides.
    """

    node: Node
    nodes: Nodes
    did: Decimal | None
    before: Decimal | None

    @property
    def growth(self) -> Decimal | None:
        """As a fraction of the year before; None where either is not known or there was nothing to grow from."""
        if self.did is None or self.before is None or self.before <= 0:
            return None
        return self.did / self.before - 1


@dataclass(frozen=True)
class History:
    """Parts by the key of their scope, in the order of their tree, and the days looked at (None: there are no data)."""

    parts: Mapping[str, Past]
    first: date | None
    last: date | None

    @property
    def unknown(self) -> list[str]:
        """Parts of which nothing was reported: by history they get nothing."""
        return [key for key, past in self.parts.items() if past.did is None]

    def weighed(self) -> dict[str, Weighed]:
        return from_history({key: past.did for key, past in self.parts.items()})


def unit_of(metric: Metric) -> Decimal:
    """The smallest part of a target of this metric: a cent of the company's currency, one piece."""
    if metric.unit == Unit.MONEY:
        return smallest_unit(company().currency)
    return UNITS[Unit(metric.unit)]


def children(nodes: Nodes, dimension: str) -> list[Node]:
    """The siblings of a tree directly below an area (the topmost where it names none), in the order of the tree.

    What was put away or merged into another takes no part.
    """
    parent = nodes.get(dimension)
    found = Node.objects.filter(dimension=dimension, parent=parent, archived_at__isnull=True)
    return sorted(found, key=lambda node: (node.place or node.path, node.pk))


def history(*, metric: Metric, nodes: Nodes, dimension: str, look: Look) -> History:
    """What the siblings of a tree directly below an area did. A bounded number of queries on roll-ups."""
    parts = {scope_key({**nodes, dimension: node}): node for node in children(nodes, dimension)}
    last = last_day(metric=metric, nodes=nodes, upto=look.params()["complete"])
    if last is None or not parts:
        return History(
            {key: Past(node, {**nodes, dimension: node}, None, None) for key, node in parts.items()},
            None,
            None,
        )
    first = add_months(last, -11)
    spans = [(first, last), (add_months(first, -12), _year_before(last))]
    if set(nodes) <= {dimension}:
        did, before = _of_nodes(metric, list(parts.values()), spans)
    elif {*nodes, dimension} <= set(CUTS):
        did, before = (_of_cells(metric, nodes, dimension, *span, reported=last) for span in spans)
    else:
        did, before = {}, {}
    return History(
        {
            key: Past(node, {**nodes, dimension: node}, did.get(node.pk), before.get(node.pk))
            for key, node in parts.items()
        },
        first,
        last,
    )


def last_day(*, metric: Metric, nodes: Nodes, upto: date) -> date | None:
    """The last day for which the metric has an amount on an area; of a cross-cut, on each of its nodes."""
    keys = [scope_key({dimension: node}) for dimension, node in nodes.items()] or ["company"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT scope_id, max(day) FROM (
                SELECT scope_id, day, {amount_sql(metric)} AS amount FROM kpis_amountday
                WHERE scope_id = ANY(%(scopes)s) AND day <= %(upto)s GROUP BY 1, 2
            ) AS daily WHERE amount IS NOT NULL GROUP BY 1
            """,
            {"scopes": list(Scope.objects.filter(key__in=keys).values_list("pk", flat=True)), "upto": upto},
        )
        days = [row[1] for row in cursor.fetchall()]
    return min(days) if len(days) == len(keys) else None


def last_months(*, metric: Metric, nodes: Nodes, year: Period, look: Look) -> dict[str, Decimal | None]:
    """For each month of the year what the like month did, of the last twelve that have data to their end before it.

    None where nothing was reported. As it was: neither outliers nor moving events are looked at (`season` does).
    """
    months = list(year.months())
    upto = min(look.params()["complete"], year.start - timedelta(days=1))
    last = last_day(metric=metric, nodes=nodes, upto=upto)
    if last is None:
        return {str(month): None for month in months}
    newest = Period.containing(last, Grain.MONTH, fiscal_start=year.fiscal_start)
    if last < newest.end:
        newest = newest.next(-1)
    past = [newest.next(-step) for step in range(12)]
    formula = formula_of(metric)
    amounts = amounts_by_period(nodes=nodes, periods=past, codes=formula.codes, look=look)
    did = {one.start.month: formula.value(amounts[one.start].of) for one in past}
    return {str(month): did[month.start.month] for month in months}


def _of_nodes(
    metric: Metric, nodes: Sequence[Node], spans: Sequence[tuple[date, date]]
) -> list[dict[int, Decimal]]:
    """The amounts of single nodes, by their ids, for each span of days. One query."""
    scopes = dict(Scope.objects.filter(node__in=nodes).values_list("pk", "node_id"))
    params: dict[str, Any] = {"scopes": list(scopes)}
    conditions = []
    for number, (first, last) in enumerate(spans):
        params |= {f"first{number}": first, f"last{number}": last}
        conditions.append(f"day BETWEEN %(first{number})s AND %(last{number})s")
    codes = _codes(metric)
    columns = [
        f"sum(amounts[{slot}]) FILTER (WHERE {condition})"
        for condition in conditions
        for slot in codes.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT scope_id, {", ".join(columns)} FROM kpis_amountday
            WHERE scope_id = ANY(%(scopes)s) AND ({" OR ".join(conditions)}) GROUP BY scope_id
            """,
            params,
        )
        rows = cursor.fetchall()
    found: list[dict[int, Decimal]] = [{} for _span in spans]
    formula = formula_of(metric)
    for scope_id, *amounts in rows:
        for number in range(len(spans)):
            mine = amounts[number * len(codes) : (number + 1) * len(codes)]
            value = formula.value(dict(zip(codes, mine, strict=True)))
            if value is not None:
                found[number][scopes[scope_id]] = value
    return found


def _of_cells(
    metric: Metric, nodes: Nodes, dimension: str, first: date, last: date, *, reported: date
) -> dict[int, Decimal]:
    """The amounts of the siblings within a cut, by their nodes' ids. One query."""
    within = stretch(first, last, reported=reported, by_month_alone=through_campaigns(nodes, (dimension,)))
    formula: Formula = formula_of(metric)
    cells = sums(nodes, [(dimension,)], within, _codes(metric))[(dimension,)]
    values = {cell[0]: formula.value(amounts) for cell, amounts in cells.items()}
    return {node: value for node, value in values.items() if value is not None}


def _codes(metric: Metric) -> dict[str, int]:
    return dict(Measure.objects.filter(code__in=metric.numerator).values_list("code", "slot"))


def _year_before(day: date) -> date:
    return Period(Grain.DAY, day).last_year().start
