"""One figure of many channels over the last periods: what the small lines of a table draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from common.periods import Grain, Period
from dashboards.selectors import cuts
from dashboards.selectors.amounts import Known
from dashboards.selectors.areas import SPLITS, Area
from dashboards.selectors.beside import sums_of_scopes
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.spans import Span, is_kept
from kpis.models import Reading
from organization.models import Node

# So many periods, the page's own the last of them.
POINTS = {Grain.DAY: 28, Grain.WEEK: 13, Grain.MONTH: 13, Grain.QUARTER: 9, Grain.YEAR: 5}
ROLLING = 13
Line = tuple[Decimal | None, ...]


def spans_of(period: Span) -> tuple[Span, ...]:
    """The periods of a small line, oldest first."""
    count = POINTS.get(period.grain, ROLLING) if isinstance(period, Period) else ROLLING
    return tuple(period.next(steps) for steps in range(1 - count, 1))


def first_of(known: Known, period: Span) -> Span | None:
    """The first period of this grain that one may choose."""
    if known.first is None or not isinstance(period, Period):
        return None
    return Period.containing(min(known.first, period.start), period.grain, fiscal_start=period.fiscal_start)


def last_of(known: Known, period: Span, complete: date) -> Span | None:
    if known.last is None or not isinstance(period, Period):
        return None
    ahead = [] if period.grain in (Grain.DAY, Grain.WEEK) else [known.last]
    newest = max([*ahead, period.start, complete])
    return Period.containing(newest, period.grain, fiscal_start=period.fiscal_start)


def trends(
    *,
    area: Area,
    ids: Mapping[int, int],
    nodes: Sequence[Node],
    code: str,
    spans: Sequence[Span],
    complete: date,
    catalog: Catalog,
) -> dict[int, Line]:
    """By node. `ids` are the scopes of the nodes that have one. A sum of a period that is not over would seem to fall:
    it is left out. One query.
    """
    if code not in catalog.metrics:
        return {}
    if not area.nodes:
        found = (
            kept_lines(ids, code, spans, catalog)
            if is_kept(spans[-1])
            else summed_lines(ids, code, spans, catalog)
        )
    elif set(area.nodes) <= set(SPLITS) and is_kept(spans[-1]):
        found = _cut(area, nodes, code, spans, catalog)
    else:
        return {}
    if catalog.metrics[code].additive and spans[-1].end > complete:
        spans = spans[:-1]
    return {
        pk: tuple(by_start.get(span.start) for span in spans)
        for pk, by_start in found.items()
        if any(value is not None for value in by_start.values())
    }


ByStart = dict[int, dict[date, Decimal | None]]  # by node, then by first day


def kept_lines(ids: Mapping[int, int], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
    """Kept figures of single areas; `ids` are their scopes by node. One query."""
    pks = {scope: pk for pk, scope in ids.items()}
    rows = Reading.objects.filter(
        scope__in=list(pks),
        metric=catalog.metrics[code],
        grain=str(spans[-1].grain),
        start__in=[span.start for span in spans],
    ).values_list("scope_id", "start", "value")
    found: ByStart = {}
    for scope_id, start, value in rows:
        found.setdefault(pks[scope_id], {})[start] = value
    return found


def summed_lines(ids: Mapping[int, int], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
    """The same of days that are not kept, from their sums. One query."""
    pks = {scope: pk for pk, scope in ids.items()}
    sums = sums_of_scopes(list(pks), [(span.start, span.end) for span in spans], catalog.slots([code]))
    found: ByStart = {}
    for (place, scope_id), amounts in sums.items():
        found.setdefault(pks[scope_id], {})[spans[place].start] = catalog.value(code, amounts)
    return found


def _cut(area: Area, nodes: Sequence[Node], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
    """Of top channels within the area, from the cross roll-ups by month."""
    tops = {node.pk for node in nodes if node.depth == 1}
    sums = cut_sums(area, "channel", spans, catalog.slots([code])) if tops else {}
    found: ByStart = {}
    for (pk, start), amounts in sums.items():
        if pk in tops:
            found.setdefault(pk, {})[start] = catalog.value(code, amounts)
    return found


def cut_sums(
    area: Area, dimension: str, spans: Sequence[Span], slots: Mapping[str, int]
) -> dict[tuple[int, date], Amounts]:
    """Amounts of the area's parts, by node (0: split by nobody) and first day of the span, which are whole months. One
    query.
    """
    months = [month.start for span in spans if isinstance(span, Period) for month in span.months()]
    found: dict[tuple[int, date], dict[str, Decimal | None]] = {}
    for (month, pk), amounts in cuts.amounts_by_month(area, dimension, months, slots).items():
        span = next(one for one in spans if month in one)
        sums = found.setdefault((pk, span.start), dict.fromkeys(slots))
        for code, amount in amounts.items():
            if amount is not None:
                sums[code] = (sums.get(code) or Decimal(0)) + amount
    return dict(found)
