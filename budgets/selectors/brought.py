"""What the channels (and regions) that lines are tied to brought in a stretch of days. From roll-ups alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from common.columns import column
from kpis.figures import Look, Shape, totals_sql
from kpis.models import Measure
from organization.models import Node, Scope

Amounts = Mapping[str, Decimal | None]  # by the measure's code


@dataclass(frozen=True)
class Stretch:
    """A channel, within a region or everywhere, and days, both included. Ids of nodes."""

    channel: int
    region: int | None
    first: date
    last: date


def brought(stretches: Iterable[Stretch], *, codes: Collection[str], look: Look) -> dict[Stretch, Amounts]:
    """The amounts of these measures in each stretch, to the last day that is complete. At most six queries."""
    asked = list(dict.fromkeys(stretches))
    slots = dict(Measure.objects.filter(code__in=codes).values_list("code", "slot"))
    if not asked or not slots:
        return {one: dict.fromkeys(codes) for one in asked}
    scopes = dict(Scope.objects.filter(node__in={one.channel for one in asked}).values_list("node_id", "pk"))
    depths = dict(Node.objects.filter(pk__in=scopes).values_list("pk", "depth"))
    found: dict[Stretch, Amounts] = {one: dict.fromkeys(codes) for one in asked}
    by_shape: dict[Shape, list[Stretch]] = {}
    for one in asked:
        if one.channel in scopes:
            by_shape.setdefault(_shape(one, depths), []).append(one)
    for shape, some in by_shape.items():
        # A place of its own for each: of one area several stretches may be asked, and cuts need not have a scope.
        ids = (
            [scopes[one.channel] for one in some] if shape is Shape.SINGLE else [-n for n in range(len(some))]
        )
        for number, amounts in _totals(shape, ids, some, slots, look).items():
            found[some[number]] = amounts
    return found


def _shape(one: Stretch, depths: Mapping[int, int]) -> Shape:
    if one.region is None:
        return Shape.SINGLE
    return Shape.CROSS if depths[one.channel] == 1 else Shape.DEEP


def _totals(
    shape: Shape, ids: list[int], some: list[Stretch], slots: Mapping[str, int], look: Look
) -> dict[int, Amounts]:
    """By the number of the stretch."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH asked AS (
                SELECT * FROM unnest(%(ids)s::bigint[], %(regions)s::bigint[], %(channels)s::bigint[],
                    %(firsts)s::date[], %(lasts)s::date[], %(numbers)s::int[])
                    AS asked(id, region_id, channel_id, start, stop, number)
            ),
            area AS (SELECT DISTINCT id, region_id, channel_id, NULL::bigint AS product_id FROM asked),
            due AS (SELECT id AS scope_id, 'days' AS grain, start, stop, number FROM asked),
            {totals_sql(shape, list(slots))}
            SELECT number, {", ".join(f"m{slot}" for slot in slots.values())} FROM total
            """,
            {
                **look.params(),
                "ids": column(ids),
                "regions": column(one.region for one in some),
                "channels": column(one.channel for one in some),
                "firsts": column(one.first for one in some),
                "lasts": column(one.last for one in some),
                "numbers": column(range(len(some))),
            },
        )
        return {number: dict(zip(slots, amounts, strict=True)) for number, *amounts in cursor.fetchall()}
