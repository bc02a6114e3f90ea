"""Reading which source counts first, and where sources overlap, for the page that says and changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from common.listing import listed
from kpis.models import Measure, Source, SourceOrder
from organization.models import Node

MOST_OVERLAPS = 200


@dataclass(frozen=True)
class Order:
    """The sources in the order in which they count; None for every measure, every channel."""

    measure: Measure | None
    channel: Node | None
    sources: tuple[Source, ...]

    @property
    def is_general(self) -> bool:
        return self.measure is None and self.channel is None


@dataclass(frozen=True)
class Overlap:
    """A measure of a channel in a month that several sources report: who counts, and what the others say."""

    channel: Node | None
    measure: Measure
    month: date
    months: int
    counts: str
    counted: Decimal | None
    beside: str
    said: Decimal | None


@dataclass(frozen=True)
class OrderPage:
    orders: tuple[Order, ...]
    overlaps: tuple[Overlap, ...]


def order_page() -> OrderPage:
    """Six queries, however many overlaps there are."""
    sources = list(Source.objects.order_by("rank", "pk"))
    orders = [Order(None, None, tuple(sources))]
    rows = SourceOrder.objects.select_related("measure", "channel", "source").order_by(
        "measure__slot", "channel__path", "rank", "source_id"
    )
    particular: dict[tuple[int | None, int | None], list[SourceOrder]] = {}
    for row in rows:
        particular.setdefault((row.measure_id, row.channel_id), []).append(row)
    for found in particular.values():
        first = found[0]
        orders.append(Order(first.measure, first.channel, tuple(one.source for one in found)))
    return OrderPage(tuple(orders), tuple(_overlaps({source.pk: source for source in sources})))


def _overlaps(sources: Mapping[int, Source]) -> list[Overlap]:
    """The newest month of each channel, measure and source that stands beside."""
    measures = {measure.slot: measure for measure in Measure.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, {"most": MOST_OVERLAPS})
        rows = cursor.fetchall()
    nodes = Node.objects.in_bulk({row[0] for row in rows})
    return [
        Overlap(
            channel=nodes.get(channel_id),
            measure=measures[slot],
            month=month,
            months=months,
            counts=listed(sources[pk].name for pk in counts or ()),
            counted=counted,
            beside=sources[source_id].name,
            said=said,
        )
        for channel_id, slot, source_id, month, months, counts, counted, said in rows
        if slot in measures
    ]


# What nobody split by channel (0) has no roll-up of its own, and so no amounts here.
_NEWEST = """
    WITH pair AS (
        SELECT channel_id, slot, source_id, max(month) AS month, count(*) AS months
        FROM kpis_uncounted CROSS JOIN unnest(slots) AS slot GROUP BY 1, 2, 3
        ORDER BY 4 DESC, 1, 2, 3 LIMIT %(most)s
    )
    SELECT pair.channel_id, slot, source_id, month, months, counted.sources, counted.amount, beside.amount
    FROM pair LEFT JOIN organization_scope AS scope ON scope.node_id = pair.channel_id
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT day.source_id) FILTER (WHERE amounts[slot] IS NOT NULL) AS sources, sum(amounts[slot]) AS amount
        FROM kpis_amountday AS day
        WHERE scope_id = scope.id AND day >= month AND day < month + interval '1 month'
    ) AS counted ON true
    LEFT JOIN LATERAL (
        SELECT sum(amounts[slot]) AS amount FROM kpis_besideday AS day
        WHERE scope_id = scope.id AND day.source_id = pair.source_id
          AND day >= month AND day < month + interval '1 month'
    ) AS beside ON true
    ORDER BY month DESC, pair.channel_id, slot
"""
