"""What the figures of several areas are held against: another period, or what others in the trade reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db import connection

from dashboards.selectors.catalog import Amounts
from kpis.models import Benchmark, Metric
from organization.models import Node, NodeAncestor


class Against(StrEnum):
    BEFORE = "before"  # the period before
    YEAR = "year"  # the same period of last year
    BENCHMARK = "benchmark"


Spans = Sequence[tuple[date, date]]  # first and last days, both included


def sums_of_scopes(
    scope_ids: Collection[int], spans: Spans, slots: Mapping[str, int]
) -> dict[tuple[int, int], Amounts]:
    """Amounts of the company or of single nodes, by the number of the span and by scope. One query."""
    if not scope_ids or not spans or not slots:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT place, scope_id, {", ".join(f"sum(amounts[{int(slot)}])" for slot in slots.values())}
            FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) WITH ORDINALITY AS span(first, last, place)
            JOIN kpis_amountday AS amount ON scope_id = ANY(%(scopes)s) AND day BETWEEN first AND last
            GROUP BY 1, 2
            """,  # noqa: S608 - numbers of our own
            {
                "scopes": list(scope_ids),
                "firsts": [first for first, _last in spans],
                "lasts": [last for _first, last in spans],
            },
        )
        return {
            (place - 1, scope_id): dict(zip(slots, amounts, strict=True))
            for place, scope_id, *amounts in cursor.fetchall()
        }


@dataclass(frozen=True)
class Benchmarks:
    """The benchmarks that hold on a day, and what lies above the nodes that are asked about."""

    rows: tuple[Benchmark, ...]
    above: Mapping[int, frozenset[int]]

    @classmethod
    def on(cls, day: date, metrics: Collection[Metric], nodes: Collection[Node]) -> Benchmarks:
        """Two queries; one where nobody has entered any."""
        rows = tuple(
            Benchmark.objects.filter(metric__in=metrics, first_day__lte=day)
            .select_related("scope")
            .order_by("first_day")
        )
        above: dict[int, set[int]] = defaultdict(set)
        if rows:
            pairs = NodeAncestor.objects.filter(node__in=nodes).values_list("node_id", "ancestor_id")
            for node_id, ancestor_id in pairs:
                above[node_id].add(ancestor_id)
        return cls(rows, {pk: frozenset(found) for pk, found in above.items()})

    def of(self, metric: Metric, nodes: Collection[Node]) -> Benchmark | None:
        """The nearest one: of the area itself, else of what it lies below, else of the company; the newest of these."""
        reached = frozenset().union(*(self.above.get(node.pk, frozenset()) for node in nodes))
        fits = [
            row
            for row in self.rows
            if row.metric_id == metric.pk and set(row.scope.node_ids().values()) <= reached
        ]
        return max(
            fits,
            key=lambda row: (0 if row.scope.is_company else len(row.scope.key), row.first_day),
            default=None,
        )

    def value(self, metric: Metric, nodes: Collection[Node], last_year: Decimal | None) -> Decimal | None:
        """What others would have reached: a ratio's own value, of what adds up the growth on last year."""
        found = self.of(metric, nodes)
        if found is None:
            return None
        if not metric.additive:
            return found.value
        return None if last_year is None else last_year * (1 + found.value)
