"""One figure of an area's parts, now and over time; beyond what can be told apart, together as "others"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.periods import Grain, Period
from dashboards.selectors import amounts, cuts, trends
from dashboards.selectors.amounts import Day
from dashboards.selectors.areas import Area, Found, found_of, parts_of
from dashboards.selectors.beside import sums_of_scopes
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.selectors.channel import FIGURE
from dashboards.selectors.shapes import RANK, Part
from dashboards.spans import Span, is_kept
from kpis.models import Metric, Reading
from kpis.selectors import Figure
from kpis.selectors.figures import figures_of_spans, figures_of_spots
from organization.models import Node, Scope
from organization.selectors import scope_key

SERIES = 6  # that can be told apart
BARS = 15  # that can be read beside each other, the others' bar among them


@dataclass(frozen=True)
class Parts:
    """`parts` are all, the worst first. `shown` are the largest, smallest first; `others` how many more there are, and
    their figure together (None where it cannot be known).
    """

    parts: tuple[Part, ...]
    shown: tuple[Part, ...]
    others: int = 0
    together: Decimal | None = None


@dataclass(frozen=True)
class Lines:
    """The largest parts over time, the largest first. `everybody` are the ids of all parts, by which colours go."""

    spans: tuple[Span, ...]
    nodes: tuple[Node, ...]
    values: Mapping[int, tuple[Decimal | None, ...]]
    everybody: tuple[int, ...]
    others: int = 0
    together: tuple[Decimal | None, ...] = ()


def parts_of_area(
    *,
    area: Area,
    dimension: str,
    metric: Metric,
    period: Span,
    within: cuts.Stretch,
    through: date,
    catalog: Catalog,
    today: date,
) -> Parts | None:
    """None where it cannot be split so. Six queries at most."""
    nodes = parts_of(area).get(dimension, [])
    if not nodes:
        return None
    scopes = _scopes(area, nodes)
    found = {pk: one for pk, one in _figures(scopes, metric, period, today).items() if one.value is not None}
    slots = catalog.slots([metric.code])
    cells: Mapping[tuple[int, ...], Amounts] = {}
    if not _alone(area, nodes[0]) and any(node.pk not in found for node in nodes):
        cells = cuts.sums(area, [(dimension,)], within, slots)[(dimension,)]
    for node in nodes:
        value = catalog.value(metric.code, cells[node.pk,]) if (node.pk,) in cells else None
        if node.pk not in found and value is not None:
            found[node.pk] = Figure(value=value, through=through)
    parts = [
        Part(scope_key({**area.nodes, dimension: node}), node, {metric.code: found[node.pk]})
        for node in nodes
        if node.pk in found
    ]
    if not parts:
        return None
    ranked = sorted(
        parts, key=lambda part: (-(part.figure(metric.code).value or Decimal(0)), part.node.label)
    )
    shown, hidden = (ranked, []) if len(ranked) <= BARS else (ranked[: BARS - 1], ranked[BARS - 1 :])
    together = None
    if hidden and metric.additive:
        together = sum((part.figure(metric.code).value or Decimal(0) for part in hidden), Decimal(0))
    elif hidden:
        sums: list[Amounts] = [cells[part.node.pk,] for part in hidden if (part.node.pk,) in cells]
        if not cells:
            ids = [scopes[part.node.pk] for part in hidden if part.node.pk in scopes]
            sums = list(sums_of_scopes(ids, [(period.start, through)], slots).values())
        together = catalog.value(metric.code, amounts.total(map(Day, sums)))
    return Parts(
        parts=tuple(sorted(parts, key=lambda part: _badness(part, metric.code))),
        shown=tuple(reversed(shown)),
        others=len(hidden),
        together=together,
    )


def _badness(part: Part, code: str) -> tuple[object, ...]:
    figure = part.figure(code)
    far = figure.attainment if figure.attainment is not None else Decimal(9)
    return (RANK[figure.status], far, -(figure.value or Decimal(0)), part.node.label)


def _alone(area: Area, node: Node) -> bool:
    """Whether a part is a node of its own, and no cut."""
    return found_of({**area.nodes, node.dimension: node}) == Found.SINGLE


def _scopes(area: Area, nodes: Sequence[Node]) -> dict[int, int]:
    """The scopes of the parts that have one, by node. One query."""
    keys = {scope_key({**area.nodes, node.dimension: node}): node.pk for node in nodes}
    return {keys[key]: pk for key, pk in Scope.objects.filter(key__in=list(keys)).values_list("key", "pk")}


def _figures(scopes: Mapping[int, int], metric: Metric, period: Span, today: date) -> dict[int, Figure]:
    """By node: kept, or computed by the same formulas where days are not kept."""
    pks = {scope: pk for pk, scope in scopes.items()}
    if is_kept(period):
        rows = Reading.objects.filter(
            scope__in=list(pks), metric=metric, grain=str(period.grain), start=period.start
        ).values_list("scope_id", *FIGURE)
        return {pks[scope]: Figure(*rest) for scope, *rest in rows}
    if isinstance(period, Period) and period.grain in (Grain.DAY, Grain.WEEK):
        spots = figures_of_spots(
            [(scope, period.start) for scope in pks], grain=period.grain, metrics=[metric], today=today
        )
        return {pks[scope]: figure for (scope, _start, _pk), figure in spots.items()}
    spans = figures_of_spans(
        [(scope, period.start, period.end) for scope in pks], metrics=[metric], today=today
    )
    return {pks[scope]: figure for (scope, _first, _last, _pk), figure in spans.items()}


def lines_of_parts(
    *, area: Area, dimension: str, metric: Metric, period: Span, complete: date, catalog: Catalog
) -> Lines | None:
    """None where there is nothing to draw. A sum of a period that is not over would seem to fall: it is left out."""
    nodes = parts_of(area).get(dimension, [])
    spans = trends.spans_of(period)
    if not nodes:
        return None
    slots = catalog.slots([metric.code])
    scopes: dict[int, int] = {}
    cells: Mapping[tuple[int, date], Amounts] = {}
    values: dict[int, dict[date, Decimal | None]] = {}
    if _alone(area, nodes[0]):
        scopes = _scopes(area, nodes)
        read = trends.kept_lines if is_kept(period) else trends.summed_lines
        values = read(scopes, metric.code, spans, catalog)
    elif is_kept(period) and slots:
        cells = trends.cut_sums(area, dimension, spans, slots)
        for (pk, start), sums in cells.items():
            values.setdefault(pk, {})[start] = catalog.value(metric.code, sums)
    if metric.additive and spans[-1].end > complete:
        spans = spans[:-1]
    starts = [span.start for span in spans]
    drawn = {
        node.pk: tuple(values.get(node.pk, {}).get(start) for start in starts)
        for node in nodes
        if any(values.get(node.pk, {}).get(start) is not None for start in starts)
    }
    if not drawn:
        return None
    known = {node.pk: node for node in nodes}
    ranked = sorted(drawn, key=lambda pk: (-_newest(drawn[pk]), known[pk].label))
    shown, hidden = (ranked, []) if len(ranked) <= SERIES else (ranked[:SERIES], ranked[SERIES:])
    together: tuple[Decimal | None, ...] = ()
    if hidden and metric.additive:
        together = tuple(_sum([drawn[pk][place] for pk in hidden]) for place in range(len(starts)))
    elif hidden:
        together = _ratio(hidden, spans, metric, scopes, cells, catalog)
    return Lines(
        spans=spans,
        nodes=tuple(known[pk] for pk in shown),
        values={pk: drawn[pk] for pk in shown},
        everybody=tuple(sorted(known)),
        others=len(hidden),
        together=together if any(one is not None for one in together) else (),
    )


def _newest(line: Sequence[Decimal | None]) -> Decimal:
    return next((value for value in reversed(line) if value is not None), Decimal(0))


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    there = [value for value in values if value is not None]
    return sum(there, Decimal(0)) if there else None


def _ratio(
    hidden: Sequence[int],
    spans: Sequence[Span],
    metric: Metric,
    scopes: Mapping[int, int],
    cells: Mapping[tuple[int, date], Amounts],
    catalog: Catalog,
) -> tuple[Decimal | None, ...]:
    """Of several parts together: their sums first, division last."""
    by_start: dict[date, list[Amounts]] = {}
    if cells:
        among = set(hidden)
        for (pk, start), sums in cells.items():
            if pk in among:
                by_start.setdefault(start, []).append(sums)
    else:
        ids = [scopes[pk] for pk in hidden if pk in scopes]
        found = sums_of_scopes(ids, [(one.start, one.end) for one in spans], catalog.slots([metric.code]))
        for (place, _scope), sums in found.items():
            by_start.setdefault(spans[place].start, []).append(sums)
    return tuple(
        catalog.value(metric.code, amounts.total(map(Day, by_start.get(span.start, ())))) for span in spans
    )
