"""One figure of many channels over the last periods: what the small lines of a table draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from common.periods import Grain, Period
from dashboards.selectors.amounts import Known
from dashboards.selectors.areas import SPLITS, Area
from dashboards.selectors.beside import sums_of_scopes
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.spans import Span, is_kept
from kpis.models import Reading
from kpis.selectors.cells import Stretch, join_up, rows_of
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
        found = _kept(ids, code, spans, catalog) if is_kept(spans[-1]) else _summed(ids, code, spans, catalog)
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


def _kept(ids: Mapping[int, int], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
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


def _summed(ids: Mapping[int, int], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
    pks = {scope: pk for pk, scope in ids.items()}
    sums = sums_of_scopes(list(pks), [(span.start, span.end) for span in spans], catalog.slots([code]))
    found: ByStart = {}
    for (place, scope_id), amounts in sums.items():
        found.setdefault(pks[scope_id], {})[spans[place].start] = catalog.value(code, amounts)
    return found


def _cut(area: Area, nodes: Sequence[Node], code: str, spans: Sequence[Span], catalog: Catalog) -> ByStart:
    """Of top channels within the area, from the cross roll-ups by month."""
    slots = catalog.slots([code])
    tops = [node.pk for node in nodes if node.depth == 1]
    if not slots or not tops:
        return {}
    months = tuple(month.start for span in spans if isinstance(span, Period) for month in span.months())
    rows, params = rows_of(area.nodes, ["channel"], Stretch(months, ()), ("month",))
    params |= {"depth_channel": 1, "tops": tops}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT channel_up.ancestor_id, month, {", ".join(f"sum(amounts[{int(slot)}])" for slot in slots.values())}
            FROM ({rows}) AS piece {join_up("channel")}
            WHERE channel_up.ancestor_id = ANY(%(tops)s) GROUP BY 1, 2
            """,  # noqa: S608 - names and numbers of our own
            params,
        )
        by_span: dict[tuple[int, date], dict[str, Decimal | None]] = {}
        for pk, month, *amounts in cursor.fetchall():
            span = next(one for one in spans if month in one)
            sums = by_span.setdefault((pk, span.start), {})
            for slot_code, amount in zip(slots, amounts, strict=True):
                if amount is not None:
                    sums[slot_code] = (sums.get(slot_code) or Decimal(0)) + amount
    found: ByStart = {}
    for (pk, start), sums in by_span.items():
        complete: Amounts = {one: sums.get(one) for one in slots}
        found.setdefault(pk, {})[start] = catalog.value(code, complete)
    return found
