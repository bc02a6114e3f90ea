"""What an area and its parts amount to in two stretches of days: the figures behind "why did it move". From roll-ups alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q

from kpis.figures import Look, Shape, totals_sql
from kpis.models import Measure, OverTime, Unit
from kpis.selectors.cells import CUTS, Amounts, Nodes, stretch, sums, through_campaigns
from kpis.selectors.figures import scope_id_of, shape_of
from organization.models import Node, Scope
from organization.selectors import scope_key

Days = tuple[date, date]  # the first and the last, both included
CAMPAIGN_DEPTH = 2


@dataclass(frozen=True)
class Division:
    """The parts of an area in one dimension: nodes by id, and the keys of the areas that they make with it."""

    dimension: str
    nodes: Mapping[int, Node]
    keys: Mapping[int, str]
    single: bool  # whether each part is one node, with a roll-up of its own


@dataclass(frozen=True)
class Segments:
    """Amounts by measure code in each of the two stretches, of the area and of its parts by dimension and node."""

    whole: tuple[Amounts, Amounts]
    parts: Mapping[str, Mapping[int, tuple[Amounts, Amounts]]] = field(default_factory=dict)


def divisions(nodes: Nodes) -> list[Division]:
    """What an area can be divided into: the children of its own node, else the topmost of that tree. One query.

    The area's own dimensions come first: a channel's campaigns, a region's provinces.
    """
    if not set(nodes) <= set(CUTS):
        return []
    wanted = Q()
    for dimension in CUTS:
        wanted |= Q(parent_id=nodes[dimension].pk) if dimension in nodes else Q(dimension=dimension, depth=1)
    found: dict[str, list[Node]] = {}
    for node in Node.objects.filter(wanted, merged_into__isnull=True).order_by("pk"):
        found.setdefault(node.dimension, []).append(node)
    made = []
    for dimension in sorted(found, key=lambda one: (one not in nodes, CUTS.index(one))):
        own = {node.pk: node for node in found[dimension]}
        keys = {pk: scope_key({**nodes, dimension: node}) for pk, node in own.items()}
        single = len({*nodes, dimension}) == 1
        made.append(Division(dimension, own, keys, single))
    return made


def adds_up(measures: Sequence[Measure]) -> bool:
    """Whether amounts of an area are the sums of its parts': not what is published by the area, nor percentages."""
    return all(
        one.over_time == OverTime.SUM
        or (one.over_time == OverTime.LAST and one.unit not in (Unit.PERCENT, Unit.RATIO))
        for one in measures
    )


def looked_through(nodes: Nodes, days: Days, measures: Sequence[Measure], look: Look) -> date | None:
    """The last of these days that figures of the area look at; None where none has begun. Three queries."""
    own = scope_id_of(nodes)
    known = _totals(shape_of(nodes), [_area(own, nodes)], [days], measures, look)
    through = known[own, days[0]][0]
    return through if through is not None and through >= days[0] else None


def segments(
    nodes: Nodes,
    parts: Sequence[Division],
    stretches: tuple[Days, Days],
    measures: Sequence[Measure],
    look: Look,
) -> Segments:
    """Amounts of the area and of its parts before and after. At most seven queries, whatever the area.

    Of parts that roll-ups know by month alone (campaigns × regions) there is nothing where a stretch ends within a
    month; nor of stocks in cuts.
    """
    shape = shape_of(nodes)
    single = [one for one in parts if one.single] if shape == Shape.SINGLE else []
    keys = [scope_key(nodes), *(key for one in single for key in one.keys.values())]
    scopes = dict(Scope.objects.filter(key__in=keys).values_list("key", "pk"))
    own = scopes.get(keys[0], 0)
    known = _totals(
        shape,
        [
            _area(own, nodes),
            *(
                _area(scopes[key], {one.dimension: one.nodes[pk]})
                for one in single
                for pk, key in one.keys.items()
                if key in scopes
            ),
        ],
        stretches,
        measures,
        look,
    )

    def both(scope_id: int) -> tuple[Amounts, Amounts]:
        return known[scope_id, stretches[0][0]][1], known[scope_id, stretches[1][0]][1]

    found = {
        one.dimension: {pk: both(scopes[key]) for pk, key in one.keys.items() if key in scopes}
        for one in single
    }
    found |= _cut(nodes, [one for one in parts if one not in single], stretches, measures)
    return Segments(both(own), found)


def _cut(
    nodes: Nodes, parts: Sequence[Division], stretches: tuple[Days, Days], measures: Sequence[Measure]
) -> dict[str, dict[int, tuple[Amounts, Amounts]]]:
    """Parts that are crossings, from the cross roll-ups: two queries, four where some go by campaigns."""
    if any(one.over_time != OverTime.SUM for one in measures):
        return {}
    slots = {one.code: one.slot for one in measures}
    found: dict[str, dict[int, tuple[Amounts, Amounts]]] = {}
    for monthly in (False, True):
        sets = [
            (one.dimension,)
            for one in parts
            if through_campaigns(nodes, (one.dimension,)) == monthly and _kept(nodes, one)
        ]
        within = [stretch(first, last, reported=None) for first, last in stretches]
        if not sets or (monthly and any(one.days for one in within)):
            continue
        before, after = (sums(nodes, sets, one, slots) for one in within)
        for (dimension,) in sets:
            there = {cell[0] for side in (before, after) for cell in side[dimension,]} - {0}
            found[dimension] = {
                pk: (before[dimension,].get((pk,), {}), after[dimension,].get((pk,), {})) for pk in there
            }
    return found


def _kept(nodes: Nodes, part: Division) -> bool:
    """Whether roll-ups know such crossings at all: content pieces are known by themselves alone."""
    channel = next(iter(part.nodes.values())) if part.dimension == "channel" else nodes.get("channel")
    return channel is None or channel.depth <= CAMPAIGN_DEPTH


# -- Sums ---------------------------------------------------------------------------------------------

Area = tuple[int, int | None, int | None, int | None]  # scope, region, channel, product


def _area(scope_id: int, nodes: Nodes) -> Area:
    region, channel, product = (
        nodes[one].pk if one in nodes else None for one in ("region", "channel", "product")
    )
    return scope_id, region, channel, product


def _totals(
    shape: Shape, areas: Sequence[Area], stretches: Sequence[Days], measures: Sequence[Measure], look: Look
) -> dict[tuple[int, date], tuple[date | None, Amounts]]:
    """By area and first day: the last day looked at, and the amounts to it. One query, and one for the measures."""
    slots = {one.code: one.slot for one in measures}
    scopes, regions, channels, products = (list(column) for column in zip(*areas, strict=True))
    params: dict[str, Any] = {
        **look.params(),
        "scopes": scopes, "regions": regions, "channels": channels, "products": products,
        "starts": [first for first, _last in stretches], "stops": [last for _first, last in stretches],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH area AS (
                SELECT * FROM unnest(%(scopes)s::bigint[], %(regions)s::bigint[], %(channels)s::bigint[],
                    %(products)s::bigint[]) AS one(id, region_id, channel_id, product_id)
            ),
            due AS (
                SELECT id AS scope_id, 'days' AS grain, start, stop
                FROM area, unnest(%(starts)s::date[], %(stops)s::date[]) AS asked(start, stop)
            ),
            {totals_sql(shape, list(slots))}
            SELECT scope_id, start, through, {", ".join(f"m{slot}" for slot in slots.values())} FROM total
            """,  # noqa: S608 - names and numbers of our own
            params,
        )
        return {
            (scope_id, start): (through, dict(zip(slots, amounts, strict=True)))
            for scope_id, start, through, *amounts in cursor.fetchall()
        }
