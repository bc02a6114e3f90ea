"""How a year falls on its months, for breaking targets down: learnt from the days of up to three earlier years.

What is learnt is the shape by which lights are judged too (`kpis.pacing`): moving events lie on their own days, one-off
orders are set aside, months that were never seen go as those of the area above do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from django.db import connection

from common.periods import Grain, Period, add_months
from kpis.figures import Look, Shape
from kpis.models import Measure, Metric
from kpis.pacing import Event, Floats, Shapes, complete, equal_days, history_start, learn
from kpis.selectors.figures import shape_of
from organization.models import DIMENSIONS, CalendarEvent, Node, NodeAncestor, Scope
from organization.selectors import scope_key

Nodes = Mapping[str, Node]
COMPANY = "company"
AROUND_EVENTS = timedelta(days=30)
PLACES = 12  # decimals of a weight
ENOUGH = 12  # months of figures


class Basis(StrEnum):
    OWN = "own"  # what the area itself did
    LENT = "lent"  # what the area above did
    DAYS = "days"  # nobody has any history: by days


@dataclass(frozen=True)
class Season:
    """Weights of the months of a fiscal year, by their written form and in order; they add up to 1, nearly.

    `months`: how many months of history lie behind it, `years` in which fiscal years. `lent`: months of the year that
    nobody saw on this area itself; they go as `lender` does ("" where nobody lends: by days).
    """

    weights: Mapping[str, Decimal]
    basis: Basis
    months: int
    years: tuple[str, ...]
    lent: tuple[str, ...]
    lender: str

    def of(self, periods: Iterable[Period]) -> dict[str, Decimal]:
        """Weights of months, quarters or the like of the year."""
        return {
            str(period): sum((self.weights[str(month)] for month in period.months()), Decimal(0))
            for period in periods
        }


def season(*, metric: Metric, nodes: Nodes, year: Period, look: Look) -> Season:
    """The season of one area; see `seasons`."""
    key = scope_key(nodes)
    return seasons(metric=metric, areas={key: nodes}, year=year, look=look)[key]


def seasons(*, metric: Metric, areas: Mapping[str, Nodes], year: Period, look: Look) -> dict[str, Season]:
    """Of each area (its nodes, by any key) the season of a metric that adds up. A bounded number of queries.

    Looks at the three fiscal years before; where they hold less than twelve months of the company's figures, at the
    three up to the last that has any.
    """
    lenders = _lenders(areas.values())
    needed: dict[str, Nodes] = {scope_key(nodes): nodes for nodes in areas.values()}
    for key, chain in lenders.items():
        for above in chain:
            needed.setdefault(scope_key(above), above)
        needed.setdefault(key, {})
    needed.setdefault(COMPANY, {})
    keys = list(needed)
    complete_day: date = look.params()["complete"]
    last = min(complete_day, year.start - timedelta(days=1))
    back = _years_back(metric, year, last)
    history = _history([needed[key] for key in keys], metric, year, back, last)
    shapes = learn(history, year=year.start, events=_events(year, back))
    learnt = _Learnt(keys, shapes, year, back, lenders)
    return {key: learnt.season(scope_key(nodes)) for key, nodes in areas.items()}


class _Learnt:
    """What was learnt of each area, and from whom it borrows the rest."""

    def __init__(
        self,
        keys: Sequence[str],
        shapes: Shapes,
        year: Period,
        back: int,
        lenders: Mapping[str, Sequence[Nodes]],
    ) -> None:
        self.row = {key: number for number, key in enumerate(keys)}
        self.shapes, self.year, self.back = shapes, year, back
        self.lenders = {key: [scope_key(nodes) for nodes in chain] for key, chain in lenders.items()}
        self.whole: dict[str, Floats] = {}
        self.months = list(year.months())
        self.starts = [(month.start - year.start).days for month in self.months]

    def season(self, key: str) -> Season:
        row = self.row[key]
        seen = self.shapes.seen[row]
        lender = self._lender(key) if not seen.all() else ""
        weights = np.add.reduceat(self._weights(key)[0], self.starts)
        years = [
            str(self.year.next(-1 - step - self.back))
            for step, used in enumerate(self.shapes.years[row])
            if used
        ]
        return Season(
            weights={
                str(month): Decimal(f"{weight:.{PLACES}f}")
                for month, weight in zip(self.months, weights, strict=True)
            },
            basis=Basis.OWN if seen.any() else Basis.LENT if lender else Basis.DAYS,
            months=int(self.shapes.months[row]),
            years=tuple(years),
            lent=tuple(str(month) for month, known in zip(self.months, seen, strict=True) if not known),
            lender=lender,
        )

    def _lender(self, key: str) -> str:
        """The nearest area above that has any history; "" where none has."""
        return next((one for one in self.lenders[key] if self.shapes.months[self.row[one]] > 0), "")

    def _weights(self, key: str) -> Floats:
        if key not in self.whole:
            lender = self._lender(key)
            lent = self._weights(lender) if lender else equal_days(self.year.start)
            row = slice(self.row[key], self.row[key] + 1)
            self.whole[key] = complete(
                self.shapes.weights[row], self.shapes.seen[row], lent, year=self.year.start
            )
        return self.whole[key]


def _lenders(areas: Collection[Nodes]) -> dict[str, list[Nodes]]:
    """Who lends to whom, the nearest first: to a node what lies above it, to a cross-cut its nodes, to all the company."""
    singles = {node.pk for nodes in areas for node in nodes.values()}
    above: dict[int, list[Node]] = {}
    rows = (
        NodeAncestor.objects.filter(node__in=singles).select_related("ancestor").order_by("-ancestor_depth")
    )
    for row in rows:
        if row.ancestor_id != row.node_id:
            above.setdefault(row.node_id, []).append(row.ancestor)
    chains: dict[str, list[Nodes]] = {COMPANY: []}

    def add(nodes: Nodes) -> None:
        if len(nodes) == 1:
            ((dimension, node),) = nodes.items()
            parents: list[Nodes] = [{dimension: one} for one in above.get(node.pk, ())]
            chains[scope_key(nodes)] = [*parents, {}]
            for place, parent in enumerate(parents, start=1):
                chains[scope_key(parent)] = [*parents[place:], {}]
        elif nodes:
            parts: list[Nodes] = [{one: nodes[one]} for one in DIMENSIONS if one in nodes]
            chains[scope_key(nodes)] = [*parts, {}]
            for part in parts:
                add(part)

    for nodes in areas:
        add(nodes)
    return chains


# -- Days ---------------------------------------------------------------------------------------------


def _years_back(metric: Metric, year: Period, last: date) -> int:
    """By how many years to look further back than to the three before."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT date_trunc('month', day)::date FROM (
                SELECT day, {amount_sql(metric)} AS amount FROM kpis_amountday
                WHERE scope_id = (SELECT id FROM organization_scope WHERE key = '{COMPANY}') AND day <= %(last)s
                GROUP BY day
            ) AS daily WHERE amount IS NOT NULL
            """,
            {"last": last},
        )
        months = [row[0] for row in cursor.fetchall()]
    near = sum(history_start(year.start) <= month < year.start for month in months)
    if near >= ENOUGH or not months:
        return 0
    newest = Period.containing(max(months), Grain.YEAR, fiscal_start=year.fiscal_start)
    return year.start.year - newest.start.year - 1


def _history(areas: Sequence[Nodes], metric: Metric, year: Period, back: int, last: date) -> Floats:
    """Areas × days of the three years before `year`, NaN where nothing was reported.

    Where it looks further back, days are laid `back` years later, by month and day.
    """
    first = history_start(year.start)
    source_first, source_stop = add_months(first, -12 * back), add_months(year.start, -12 * back)
    days = (year.start - first).days
    column = np.full((source_stop - source_first).days, -1)
    for n in range(len(column)):
        day = source_first + timedelta(days=n)
        if later := _later(day, back):
            column[n] = (later - first).days
    found = np.full((len(areas), days), np.nan)
    for row, at, amounts in daily(areas, metric, source_first, min(last, source_stop - timedelta(days=1))):
        places = column[np.asarray(at)]
        known = places >= 0
        found[row, places[known]] = np.asarray(amounts)[known]
    for bare in sorted(set(range(days)) - set(column.tolist())):  # 29 February is as the day before
        found[:, bare] = found[:, bare - 1]
    return found


def daily(
    areas: Sequence[Nodes], metric: Metric, first: date, last: date
) -> Iterable[tuple[int, list[int], list[float]]]:
    """(number of the area, days counted from `first`, amounts of these days): a query for each kind of area."""
    kinds: dict[tuple[Shape, tuple[str, ...]], list[int]] = {}
    for number, nodes in enumerate(areas):
        kinds.setdefault((shape_of(nodes), tuple(one for one in DIMENSIONS if one in nodes)), []).append(
            number
        )
    singles = [
        number for (shape, _over), numbers in kinds.items() if shape == Shape.SINGLE for number in numbers
    ]
    bounds: dict[str, Any] = {"first": first, "last": last}
    if singles:
        number_of = {scope_key(areas[number]): number for number in singles}
        scopes = dict(Scope.objects.filter(key__in=number_of).values_list("pk", "key"))
        found = _rows(
            f"""SELECT scope_id AS area, day, {amount_sql(metric)} AS amount FROM kpis_amountday
            WHERE scope_id = ANY(%(scopes)s) AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2""",
            {**bounds, "scopes": list(scopes)},
        )
        for scope_id, days, amounts in found:
            yield number_of[scopes[scope_id]], days, amounts
    for (shape, over), numbers in kinds.items():
        # Facts know nothing of teams and budgets.
        if shape == Shape.SINGLE or not set(over) <= {"region", "channel", "product"}:
            continue
        ids = {f"{one}s": [areas[number][one].pk for number in numbers] for one in over}
        columns = ", ".join(f"%({one}s)s::bigint[]" for one in over)
        joins = " ".join(
            f"JOIN organization_nodeancestor AS {one} ON {one}.ancestor_id = area.{one}_id" for one in over
        )
        lies = " AND ".join(f"kept.{one}_id = {one}.node_id" for one in over)
        table = "kpis_crossday" if shape == Shape.CROSS else "kpis_crossmonth"
        day = "day" if shape == Shape.CROSS else "month"
        piece = f"""SELECT area.number AS area, kept.{day} AS day, {amount_sql(metric)} AS amount
            FROM unnest(%(numbers)s::int[], {columns}) AS area(number, {", ".join(f"{one}_id" for one in over)})
            {joins} JOIN {table} AS kept ON {lies} AND kept.{day} BETWEEN %(first)s AND %(last)s GROUP BY 1, 2"""
        if shape == Shape.DEEP:
            # Campaigns are kept by month: over its days.
            piece = f"""SELECT area, each::date AS day, amount / extract(day FROM day + interval '1 month -1 day') AS amount
                FROM ({piece}) AS monthly
                CROSS JOIN generate_series(day, day + interval '1 month -1 day', interval '1 day') AS each
                WHERE each <= %(last)s"""
        yield from _rows(piece, {**bounds, **ids, "numbers": numbers})


def _rows(piece: str, params: Mapping[str, Any]) -> list[tuple[int, list[int], list[float]]]:
    """Of rows (area, day, amount): an area's days and amounts, side by side."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT area, array_agg(day - %(first)s::date), array_agg(amount::float8) FROM ({piece}) AS daily
            WHERE amount IS NOT NULL GROUP BY area
            """,
            params,
        )
        rows: list[tuple[int, list[int], list[float]]] = cursor.fetchall()
        return rows


def amount_sql(metric: Metric) -> str:
    """SQL of a metric that adds up, over rows with `amounts`: NULL where one of its measures is not reported."""
    slots = dict(Measure.objects.filter(code__in=metric.numerator).values_list("code", "slot"))
    parts = " + ".join(
        f"{Decimal(coefficient)} * sum(amounts[{slots[code]}])"
        for code, coefficient in metric.numerator.items()
    )
    return f"{metric.scale} * ({parts})"


def _events(year: Period, back: int) -> list[Event]:
    """Events of the year as they are, those of earlier years laid `back` years later like the days."""
    first, stop = history_start(year.start), year.end + AROUND_EVENTS
    source_first, source_stop = add_months(first, -12 * back), add_months(year.start, -12 * back)
    rows = CalendarEvent.objects.filter(last_day__gte=source_first - AROUND_EVENTS, first_day__lte=stop)
    found = []
    for one in rows.order_by("first_day", "code"):
        if one.first_day >= year.start - (AROUND_EVENTS if not back else timedelta(0)):
            found.append(Event(one.code, one.first_day, one.last_day))
        elif one.first_day < source_stop:
            begin = _later(one.first_day, back) or one.first_day + timedelta(days=365 * back)
            found.append(Event(one.code, begin, begin + (one.last_day - one.first_day)))
    return found


def _later(day: date, years: int) -> date | None:
    """The same date so many years later; None for a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return None
