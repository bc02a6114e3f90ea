"""One channel, campaign or content piece, perhaps within a region: what the overview of an area does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from channels.selectors.sides import JudgedArea, judged_areas, plan_in_force
from common.periods import Grain, Period
from dashboards.selectors import amounts, cuts, trends
from dashboards.selectors.areas import SPLITS, Area, Found, Lineage, Place, name_of
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.shapes import Overview, Part, Spend
from dashboards.spans import Span, is_kept
from kpis.figures import Look
from kpis.models import Reading, Source
from kpis.selectors import NO_FIGURE, Figure, said_by_source
from kpis.selectors.movement import Against, Movement, why
from organization.gate import Reach
from organization.models import Node, NodeAncestor, Person, Scope
from organization.selectors import scope_key

MONTHS = 12
MIXED = ("revenue", "cost", "orders")  # of what the mix over time may be
CONTENT_DEPTH = 3
PIECES = 10  # content pieces that are listed
PIECE_CODES = ("impressions", "interaction_rate", "orders", "revenue", "cost")
MOVED = ("revenue", "orders", "leads", "cost")  # the first that is there is explained
FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")


@dataclass(frozen=True)
class History:
    """One figure over the last periods, the page's own the last of them."""

    code: str
    spans: tuple[Span, ...]
    figures: tuple[Figure, ...]

    @property
    def empty(self) -> bool:
        return sum(one.value is not None for one in self.figures) < 2


@dataclass(frozen=True)
class Beside:
    """What several sources said of the same days. `measures` by code; `counted` are those that count."""

    sources: tuple[Source, ...]
    measures: tuple[str, ...]
    counted: Mapping[tuple[int, str], Decimal]
    beside: Mapping[tuple[int, str], Decimal]


@dataclass(frozen=True)
class Content:
    node: Node
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Channel:
    """`page` is the overview of the area, whose addresses stay among channels."""

    page: Overview
    node: Node
    lost: Decimal | None
    history: History
    mix: Spend | None
    mix_code: str
    moved: Movement | None
    beside: Beside | None
    pieces: tuple[Content, ...]
    judged: JudgedArea | None  # on the three sides of an investment

    @property
    def whole(self) -> Part:
        return Part(self.page.area.key, self.node, self.page.figures, lost=self.lost, risks=self.page.risks)


def channel(
    *,
    person: Person,
    page: Overview,
    reach: Reach,
    catalog: Catalog,
    today: date,
    trend: str = "",
    mix: str = "",
    against: str = "",
) -> Channel:
    """`page`: the overview of an area within a channel, which is hers to see. Some forty queries at most."""
    node = page.area.nodes["channel"]
    page = replace(page, home="channels", crumbs=way_back(reach, page.area, company=page.company))
    slots = catalog.slots(("revenue", "cost"))
    single = page.area.found == Found.SINGLE and page.area.scope_id is not None
    lost: Mapping[int, Decimal] = {}
    if single and page.through is not None:
        lost = amounts.losses([page.area.scope_id or 0], page.through, slots)
    codes = [code for code in MIXED if code in catalog.metrics]
    mixed = mix if mix in codes else next(iter(codes), "")
    return Channel(
        page=page,
        node=node,
        lost=lost.get(page.area.scope_id or 0),
        history=history_of(page.area, page.period, trend if trend in catalog.metrics else "roas", catalog),
        mix=_mix(page, mixed, catalog),
        mix_code=mixed,
        moved=_moved(person, page, catalog, today, against),
        beside=_beside(page, catalog) if single else None,
        pieces=_pieces(page, node, catalog),
        judged=_judged(page, today) if single else None,
    )


def way_back(reach: Reach, area: Area, *, company: str) -> tuple[Place, ...]:
    """The areas above, the channel's own first and then those of the other trees, as far as they are hers. One query."""
    lineage = Lineage.of(area.nodes)
    steps: list[dict[str, Node]] = []
    held: dict[str, Node] = {}
    for dimension in ("channel", *(one for one in SPLITS if one != "channel")):
        for node in lineage.chains.get(dimension, ()):
            held = {**held, dimension: node}
            steps.append(held)
    found = []
    for nodes in steps[:-1]:
        above = {
            dimension: [one.pk for one in lineage.chains[dimension] if one.depth <= node.depth]
            for dimension, node in nodes.items()
        }
        if reach.covers(above):
            found.append(Place(scope_key(nodes), name_of(nodes, company=company), nodes))
    return tuple(found)


def history_of(area: Area, period: Span, code: str, catalog: Catalog) -> History:
    """Kept figures of the area; of days and cuts nobody has pointed to, their sums. One query."""
    spans = trends.spans_of(period)
    if code not in catalog.metrics:
        return History(code, spans, (NO_FIGURE,) * len(spans))
    found: dict[date, Figure] = {}
    if is_kept(period) and area.scope_id:
        rows = Reading.objects.filter(
            scope=area.scope_id,
            metric=catalog.metrics[code],
            grain=str(period.grain),
            start__in=[span.start for span in spans],
        ).values_list("start", *FIGURE)
        found = {start: Figure(*rest) for start, *rest in rows}
    if not found and catalog.adds_up(code):
        days = amounts.days_of(area, [(spans[0].start, spans[-1].end)], catalog.slots([code]))
        for span in spans:
            summed = amounts.total(day for at, day in days.items() if at in span)
            found[span.start] = Figure(value=catalog.value(code, summed))
    return History(code, spans, tuple(found.get(span.start, NO_FIGURE) for span in spans))


def _mix(page: Overview, code: str, catalog: Catalog) -> Spend | None:
    """An amount of the last twelve months by campaign (of a campaign by content piece, else by region)."""
    split = next((one for one in page.splits if len(one.parts) > 1), None)
    metric = catalog.metrics.get(code)
    if split is None or metric is None or list(metric.numerator) != [code]:
        return None
    last = min(page.period.end, max(page.complete, page.period.start)).replace(day=1)
    first = Period.containing(last, Grain.MONTH).next(1 - MONTHS).start
    nodes = {part.node.pk: part.node for part in split.parts}
    spent: dict[tuple[date, int], Decimal]
    if set(page.area.nodes) == {"channel"} and split.dimension == "channel":
        scopes = dict(Scope.objects.filter(node__in=list(nodes)).values_list("pk", "node_id"))
        rows = Reading.objects.filter(
            scope__in=list(scopes), metric=metric, grain=Grain.MONTH.value, start__range=(first, last)
        ).values_list("start", "scope_id", "value")
        spent = {(start, scopes[scope_id]): value for start, scope_id, value in rows if value is not None}
    elif page.area.found in (Found.SINGLE, Found.CROSS, Found.DEEP):
        spent = cuts.by_month(page.area, split.dimension, first, last, catalog.measures[code].slot)
        spent = {key: value for key, value in spent.items() if key[1] in nodes}
    else:
        return None
    there = {pk: node for pk, node in nodes.items() if any(one == pk for _month, one in spent)}
    if not there:
        return None
    months = []
    month = Period.containing(min(start for start, _pk in spent), Grain.MONTH)
    while month.start <= last:
        months.append(month.start)
        month = month.next()
    return Spend(tuple(months), there, spent)


def _moved(person: Person, page: Overview, catalog: Catalog, today: date, against: str) -> Movement | None:
    """Why its revenue (or what else it has) is not what was due, or what it was before."""
    code = next((one for one in MOVED if page.figure(one).value is not None), None)
    if code is None or not isinstance(page.period, Period):
        return None
    usual = Against.EXPECTED if page.figure(code).expected is not None else Against.LAST_PERIOD
    chosen = {"before": Against.LAST_PERIOD, "year": Against.LAST_YEAR}.get(against, usual)
    return why(
        person=person,
        metric=catalog.metrics[code],
        nodes=page.area.nodes,
        period=page.period,
        against=chosen,
        look=Look.at(today, today=today),
    )


def _beside(page: Overview, catalog: Catalog) -> Beside | None:
    """None where one source alone speaks of any figure."""
    if page.through is None or page.area.scope_id is None:
        return None
    scope = Scope.objects.get(pk=page.area.scope_id)
    said = said_by_source(scope=scope, first=page.period.start, last=page.through)
    if len(said) < 2:
        return None
    counted = {(one.source.pk, code): value for one in said for code, value in one.counted.items()}
    beside = {(one.source.pk, code): value for one in said for code, value in one.beside.items()}
    several = [
        code
        for code in catalog.measures
        if sum((one.source.pk, code) in counted or (one.source.pk, code) in beside for one in said) > 1
    ]
    if not several:
        return None
    speaking = tuple(
        one.source for one in said if any((one.source.pk, code) in {*counted, *beside} for code in several)
    )
    return Beside(speaking, tuple(several), counted, beside)


def _judged(page: Overview, today: date) -> JudgedArea | None:
    """None for days that nobody judges an investment by. Seven queries."""
    if not isinstance(page.period, Period) or not is_kept(page.period) or not page.has_values:
        return None
    scope = Scope.objects.select_related("node").get(key=page.area.key)
    return judged_areas([scope], plan=plan_in_force(), period=page.period, look=Look.at(today, today=today))[
        0
    ]


def _pieces(page: Overview, node: Node, catalog: Catalog) -> tuple[Content, ...]:
    """The content pieces below a channel that brought most; those of a campaign are its parts. Two queries."""
    if node.depth != 1 or set(page.area.nodes) != {"channel"} or not is_kept(page.period):
        return ()
    below = NodeAncestor.objects.filter(ancestor=node).values("node_id")
    nodes = Node.objects.filter(pk__in=below, depth=CONTENT_DEPTH, merged_into__isnull=True).select_related(
        "parent"
    )
    metrics = {catalog.metrics[code].pk: code for code in PIECE_CODES if code in catalog.metrics}
    by_node: dict[int, dict[str, Figure]] = {}
    known = {one.pk: one for one in nodes}
    if not known:
        return ()
    rows = Reading.objects.filter(
        scope__node__in=list(known),
        metric__in=list(metrics),
        grain=str(page.period.grain),
        start=page.period.start,
    ).values_list("scope__node_id", "metric_id", *FIGURE)
    for node_id, metric_id, *rest in rows:
        by_node.setdefault(node_id, {})[metrics[metric_id]] = Figure(*rest)
    found = [Content(known[pk], figures) for pk, figures in by_node.items()]
    found.sort(key=_size, reverse=True)
    return tuple(found[:PIECES])


def _size(one: Content) -> tuple[Decimal, Decimal]:
    def of(code: str) -> Decimal:
        return one.figures.get(code, NO_FIGURE).value or Decimal(0)

    return of("revenue"), of("impressions")
