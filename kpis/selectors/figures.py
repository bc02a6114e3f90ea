"""Reading figures: kept rows where there are some, computed from roll-ups by the same formulas where there are none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.db import connection

from common.periods import Grain, Period
from kpis.figures import Look, Shape, figures_sql
from kpis.models import Measure, Metric, Source
from organization.models import Node, Scope
from organization.selectors import scope_key


class Days(Protocol):
    """A period of the calendar, or days of no calendar under a word of their own."""

    @property
    def grain(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


@dataclass(frozen=True)
class Figure:
    """A metric on a scope for a period; None is no value, never zero. `through` is the last day that it looks at.

    `few`: it rests on too little to be judged, and has a value without a light.
    """

    value: Decimal | None = None
    target: Decimal | None = None
    expected: Decimal | None = None
    attainment: Decimal | None = None
    status: str = "grey"
    through: date | None = None
    estimated: bool = False
    few: bool = False


NO_FIGURE = Figure()


def figure(*, metric: Metric, nodes: Mapping[str, Node], period: Period, look: Look) -> Figure:
    """One figure, computed now, for any scope (given by its nodes, also one that nobody has pointed to), any period.

    Work grows with the days of the period, not with the facts.
    """
    return figures(nodes=nodes, period=period, look=look).get(metric.pk, NO_FIGURE)


def figures(*, nodes: Mapping[str, Node], period: Period, look: Look) -> dict[int, Figure]:
    """Like `figure`, for every metric at once, by the metric's id; what has neither value nor target is left out."""
    found = figures_over(nodes=nodes, periods=[period], look=look)
    return {metric_id: figure for (_start, metric_id), figure in found.items()}


def figures_over(
    *,
    nodes: Mapping[str, Node],
    periods: Sequence[Days],
    look: Look,
    metrics: Collection[Metric] | None = None,
) -> dict[tuple[date, int], Figure]:
    """Like `figures`, for several periods of one grain at once, by their first day and the metric's id; of these
    metrics, else of all in use. Days of no calendar have a word of their own as grain, and the months' share as target.
    """
    if not periods:
        return {}
    days = [(period.start, period.end) for period in periods]
    return _over(nodes, days, grain=str(periods[0].grain), look=look, metrics=metrics)


def figures_of_days(
    *, nodes: Mapping[str, Node], first: date, last: date, metrics: Collection[Metric], today: date
) -> dict[int, Figure]:
    """Values over any days of any area, also of one that nobody has pointed to, by the metric's id."""
    found = figures_of_stretches(
        nodes=nodes, days=[(first, last)], metrics=metrics, look=Look.at(today=today)
    )
    return {metric_id: figure for (_start, metric_id), figure in found.items()}


def figures_of_stretches(
    *, nodes: Mapping[str, Node], days: Collection[tuple[date, date]], metrics: Collection[Metric], look: Look
) -> dict[tuple[date, int], Figure]:
    """The same of several stretches of days (first, last), no two of which begin on one day, by that day."""
    return _over(nodes, sorted(set(days)), grain="span", look=look, metrics=metrics) if days else {}


def _over(
    nodes: Mapping[str, Node],
    days: Sequence[tuple[date, date]],
    *,
    grain: str,
    look: Look,
    metrics: Collection[Metric] | None,
) -> dict[tuple[date, int], Figure]:
    shape = shape_of(nodes)
    scope = scope_id_of(nodes)
    params = {
        **look.params(),
        "scope": scope, "grain": grain,
        "starts": [start for start, _stop in days], "stops": [stop for _start, stop in days],
        **{dimension: nodes[dimension].pk if dimension in nodes else None for dimension in ("region", "channel", "product")},
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH area AS (SELECT %(scope)s::bigint AS id, %(region)s::bigint AS region_id,
                    %(channel)s::bigint AS channel_id, %(product)s::bigint AS product_id),
                due AS (SELECT %(scope)s::bigint AS scope_id, %(grain)s::text AS grain, start, stop
                    FROM unnest(%(starts)s::date[], %(stops)s::date[]) AS asked(start, stop)),
            {figures_sql(shape, metrics=metrics)}
            SELECT start, metric_id, value, target, expected, attainment, status, through, estimated, few
            FROM figures
            """,
            params,
        )
        return {(start, metric_id): Figure(*rest) for start, metric_id, *rest in cursor.fetchall()}


def figures_of_scopes(
    *,
    scope_ids: Collection[int],
    grain: str,
    start: date,
    stop: date,
    look: Look,
    metrics: Collection[Metric] | None = None,
) -> dict[int, dict[int, Figure]]:
    """The figures (of these metrics, else of all in use) of the company or of single nodes for any days, by scope and metric; for what is not kept as rows.

    `grain` names the days (`week`, or a word of one's own for days of no calendar), whose targets are their share of
    the months'. Work grows with scopes and days.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH area AS (SELECT id, region_id, channel_id, product_id FROM organization_scope
                    WHERE id = ANY(%(scopes)s)),
                due AS (SELECT id AS scope_id, %(grain)s::text AS grain, %(start)s::date AS start, %(stop)s::date AS stop
                    FROM area),
            {figures_sql(Shape.SINGLE, metrics=metrics)}
            SELECT scope_id, metric_id, value, target, expected, attainment, status, through, estimated, few
            FROM figures
            """,
            {**look.params(), "scopes": list(scope_ids), "grain": grain, "start": start, "stop": stop},
        )
        found: dict[int, dict[int, Figure]] = {}
        for scope_id, metric_id, *rest in cursor.fetchall():
            found.setdefault(scope_id, {})[metric_id] = Figure(*rest)
        return found


def figures_of_spots(
    spots: Collection[tuple[int, date]], *, grain: Grain, metrics: Collection[Metric], today: date
) -> dict[tuple[int, date, int], Figure]:
    """Days or weeks of any areas, given by scope id and first day, computed now: by these and the metric's id.

    For what is not kept as rows. At most six queries, whatever is asked for; work grows with areas and days.
    """
    if not spots or not metrics:
        return {}
    lengths = {Grain.DAY: 1, Grain.WEEK: 7}
    look = Look.at(today=today)
    asked: dict[Shape, list[tuple[int, date]]] = {}
    shapes = _shapes({scope for scope, _start in spots})
    for scope, start in spots:
        if scope in shapes:
            asked.setdefault(shapes[scope], []).append((scope, start))
    found: dict[tuple[int, date, int], Figure] = {}
    for shape, some in asked.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH area AS (SELECT id, region_id, channel_id, product_id FROM organization_scope
                        WHERE id = ANY(%(scopes)s)),
                    due AS (SELECT scope_id, %(grain)s::text AS grain, start, start + %(days)s AS stop
                        FROM unnest(%(scopes)s::bigint[], %(starts)s::date[]) AS asked(scope_id, start)),
                {figures_sql(shape, metrics=metrics)}
                SELECT scope_id, start, metric_id, value, target, expected, attainment, status, through, estimated, few
                FROM figures
                """,
                {
                    **look.params(), "grain": grain.value, "days": lengths[grain] - 1,
                    "scopes": [scope for scope, _start in some], "starts": [start for _scope, start in some],
                },
            )  # fmt: skip
            found |= {tuple(row[:3]): Figure(*row[3:]) for row in cursor.fetchall()}
    return found


def figures_of_spans(
    spans: Collection[tuple[int, date, date]], *, metrics: Collection[Metric], today: date
) -> dict[tuple[int, date, date, int], Figure]:
    """Values over any days of any areas, given by scope id, first and last day; by these and the metric's id. One query
    for each length that occurs and each of the three kinds of areas; work grows with areas and days.
    """
    if not spans or not metrics:
        return {}
    look = Look.at(today=today)
    shapes = _shapes({scope for scope, _first, _last in spans})
    asked: dict[tuple[Shape, int], list[tuple[int, date]]] = {}
    for scope, first, last in spans:
        if scope in shapes:
            asked.setdefault((shapes[scope], (last - first).days), []).append((scope, first))
    found: dict[tuple[int, date, date, int], Figure] = {}
    for (shape, days), some in asked.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH area AS (SELECT id, region_id, channel_id, product_id FROM organization_scope
                        WHERE id = ANY(%(scopes)s)),
                    due AS (SELECT DISTINCT scope_id, 'span'::text AS grain, start, start + %(days)s AS stop
                        FROM unnest(%(scopes)s::bigint[], %(starts)s::date[]) AS asked(scope_id, start)),
                {figures_sql(shape, metrics=metrics)}
                SELECT scope_id, start, start + %(days)s, metric_id, value, target, expected, attainment, status,
                    through, estimated, few
                FROM figures
                """,
                {
                    **look.params(), "days": days,
                    "scopes": [scope for scope, _start in some], "starts": [start for _scope, start in some],
                },
            )  # fmt: skip
            found |= {tuple(row[:4]): Figure(*row[4:]) for row in cursor.fetchall()}
    return found


def _shapes(scope_ids: Collection[int]) -> dict[int, Shape]:
    """Of areas that have amounts by the day: teams and budgets have none. One query."""
    rows = Scope.objects.filter(pk__in=scope_ids, team__isnull=True, budget__isnull=True)
    return {
        pk: Shape.SINGLE
        if sum(one is not None for one in (region, channel, product)) <= 1
        else Shape.DEEP
        if depth is not None and depth > 1
        else Shape.CROSS
        for pk, region, channel, product, depth in rows.values_list(
            "pk", "region_id", "channel_id", "product_id", "channel__depth"
        )
    }


@dataclass(frozen=True)
class Said:
    """What one source said of a scope, by measure code: what counts, and what stands beside another source's."""

    source: Source
    counted: Mapping[str, Decimal]
    beside: Mapping[str, Decimal]


def said_by_source(*, scope: Scope, first: date, last: date) -> list[Said]:
    """What each source said of the company or of a single node between two days, both included. Three queries.

    A cross-cut has no such rows and gets an empty list.
    """
    codes = {measure.slot: measure.code for measure in Measure.objects.all()}
    sources = {source.pk: source for source in Source.objects.all()}
    sums = ", ".join(f"sum(amounts[{slot}])" for slot in codes)
    found: dict[int, dict[str, dict[str, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"""SELECT '{kind}', source_id, {sums} FROM {table}
                    WHERE scope_id = %(scope)s AND day BETWEEN %(first)s AND %(last)s GROUP BY source_id"""
                for kind, table in (("counted", "kpis_amountday"), ("beside", "kpis_besideday"))
            ),
            {"scope": scope.pk, "first": first, "last": last},
        )
        for kind, source_id, *amounts in cursor.fetchall():
            found.setdefault(source_id, {})[kind] = {
                code: amount
                for code, amount in zip(codes.values(), amounts, strict=True)
                if amount is not None
            }
    return [
        Said(sources[pk], kinds.get("counted", {}), kinds.get("beside", {}))
        for pk, kinds in sorted(found.items(), key=lambda one: (sources[one[0]].rank, one[0]))
    ]


def scope_id_of(nodes: Mapping[str, Node]) -> int:
    """The scope's id, or 0 where nobody has pointed to this cross-cut yet (so it has no targets)."""
    return Scope.objects.filter(key=scope_key(nodes)).values_list("pk", flat=True).first() or 0


def shape_of(nodes: Mapping[str, Node]) -> Shape:
    if len(nodes) <= 1:
        return Shape.SINGLE
    if "channel" in nodes and nodes["channel"].depth > 1:
        return Shape.DEEP
    return Shape.CROSS
