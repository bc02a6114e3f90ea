"""Two periods of one area, or two areas in one period, side by side: the same figures, over as many days on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.periods import Grain
from dashboards.selectors import amounts, cuts
from dashboards.selectors.areas import SPLITS, Area, Found, found_of, parts_of
from dashboards.selectors.beside import sums_of_scopes
from dashboards.selectors.catalog import Amounts, Catalog
from dashboards.selectors.frame import Frame
from dashboards.selectors.watched import FIGURE, computed, figures_at
from dashboards.spans import Span, is_kept, same_days
from kpis.figures import Look
from kpis.models import Metric, Reading
from kpis.selectors import NO_FIGURE, Figure, figures_of_scopes
from organization.models import Node, Scope
from organization.selectors import scope_key

TILES = ("revenue", "cost", "roas", "orders", "new_customers", "cac")
ROWS = 60


@dataclass(frozen=True)
class Side:
    """`last` is the last day that counts here; `cut` where that is before its end, since the other side has no more days yet."""

    area: Area
    period: Span
    figures: Mapping[str, Figure]
    last: date | None
    cut: bool

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    @property
    def has_values(self) -> bool:
        return any(one.value is not None for one in self.figures.values())


@dataclass(frozen=True)
class PartPair:
    """Each with the light that it had on the last day that counts on its side."""

    node: Node
    left: Figure
    right: Figure

    @property
    def distance(self) -> Decimal:
        return (self.left.value or Decimal(0)) - (self.right.value or Decimal(0))


@dataclass(frozen=True)
class Lines:
    """The drawn figure along each side; `at` are the left side's days (or first days of weeks and months), `right_at` the
    other's, as far as it goes.
    """

    at: tuple[date, ...]
    right_at: tuple[date, ...]
    left: tuple[Decimal | None, ...]
    right: tuple[Decimal | None, ...]
    step: str


@dataclass(frozen=True)
class Comparison:
    """`of` is periods or areas. `splits`: the trees that both sides can be split by, `by` the one that is shown."""

    frame: Frame
    of: str
    left: Side
    right: Side
    metrics: Mapping[str, Metric]
    drawn: str
    lines: Lines
    splits: tuple[str, ...]
    by: str
    parts: tuple[PartPair, ...]
    more: int

    @property
    def has_values(self) -> bool:
        return self.left.has_values or self.right.has_values


def comparison(
    frame: Frame,
    left: tuple[Area, Span],
    right: tuple[Area, Span],
    *,
    drawn: str,
    by: str,
    catalog: Catalog,
    today: date,
) -> Comparison:
    """Of areas that she may see. Some twenty queries."""
    metrics = catalog.shown()
    code = drawn if drawn in metrics else "revenue"
    of = "periods" if left[0].key == right[0].key else "areas"
    sides = _sides(left, right, metrics, today)
    nodes = _splits(left[0], right[0])
    chosen = by if by in nodes else next(iter(nodes), "")
    pairs = _pairs(sides, nodes.get(chosen, []), code, catalog, today) if chosen else []
    return Comparison(
        frame=frame,
        of=of,
        left=sides[0],
        right=sides[1],
        metrics=metrics,
        drawn=code,
        lines=_lines(sides, code, catalog),
        splits=tuple(nodes),
        by=chosen,
        parts=tuple(pairs[:ROWS]),
        more=max(0, len(pairs) - ROWS),
    )


def _sides(
    left: tuple[Area, Span], right: tuple[Area, Span], metrics: Mapping[str, Metric], today: date
) -> tuple[Side, Side]:
    """Where one of two periods is under way, the other has as many days, with the light that it had then."""
    made = [_side(area, period, metrics, today) for area, period in (left, right)]
    running = [one for one in made if one.last is not None and one.last < one.period.end]
    if len(running) == 1 and left[1] != right[1]:
        (short,) = running
        place = 1 - made.index(short)
        other = made[place]
        last = same_days(short.period, other.period, short.last or short.period.end)
        found = computed(other.area, [other.period], metrics, today=today, as_of=last)
        figures = {code: one for (_start, code), one in found.items()}
        made[place] = Side(other.area, other.period, figures, last, cut=last < other.period.end)
    return made[0], made[1]


def _side(area: Area, period: Span, metrics: Mapping[str, Metric], today: date) -> Side:
    found = figures_at(area, [period], metrics, today=today)
    figures = {code: one for (_start, code), one in found.items()}
    days = [one.through for one in figures.values() if one.through and one.value is not None]
    last = min(days, default=None)
    return Side(area, period, figures, last, cut=False)


# -- Lines ------------------------------------------------------------------------------------------


def _lines(sides: Sequence[Side], code: str, catalog: Catalog) -> Lines:
    """By day, of a quarter by week, of a year by month; the second side laid over the first. Two queries."""
    left = sides[0]
    step = {Grain.QUARTER: "week", Grain.YEAR: "month"}.get(left.period.grain, "day")  # type: ignore[call-overload]
    slots = catalog.slots([code])
    values = [_course(side, code, slots, catalog, step) for side in sides]
    length = max(map(len, values), default=0)
    at = _steps(left.period, step)
    while len(at) < length:
        at.append(at[-1] + timedelta(days=7 if step == "week" else 31 if step == "month" else 1))
    padded = [tuple(one) + (None,) * (len(at) - len(one)) for one in values]
    return Lines(tuple(at), tuple(_steps(sides[1].period, step)), padded[0], padded[1], step)


def _steps(period: Span, step: str) -> list[date]:
    at: list[date] = []
    day = period.start
    while day <= period.end:
        at.append(day)
        if step == "month":
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            day += timedelta(days=7 if step == "week" else 1)
    return at


def _course(
    side: Side, code: str, slots: Mapping[str, int], catalog: Catalog, step: str
) -> list[Decimal | None]:
    """Weeks are counted from the period's first day; one that is not whole yet would seem to fall, and is left out."""
    if side.last is None:
        return []
    days = amounts.days_of(side.area, [(side.period.start, side.last)], slots)
    found: list[Decimal | None] = []
    starts = _steps(side.period, step)
    for place, first in enumerate(starts):
        after = starts[place + 1] if place + 1 < len(starts) else side.period.end + timedelta(days=1)
        if first > side.last or (step != "day" and after - timedelta(days=1) > side.last):
            break
        there = [day for at, day in days.items() if first <= at < after]
        found.append(catalog.value(code, amounts.total(there)) if there else None)
    return found


# -- Parts ------------------------------------------------------------------------------------------


def _splits(left: Area, right: Area) -> dict[str, list[Node]]:
    """Trees in which both sides have the same parts. One query, or two."""
    if left.key == right.key:
        return {one: nodes for one, nodes in parts_of(left).items() if len(nodes) > 1}
    free = [one for one in SPLITS if one not in left.nodes and one not in right.nodes]
    here, there = parts_of(left), parts_of(right)
    return {one: here[one] for one in free if one in here and one in there and len(here[one]) > 1}


def _pairs(
    sides: Sequence[Side], nodes: list[Node], code: str, catalog: Catalog, today: date
) -> list[PartPair]:
    """What differs most first; parts that neither side has are left out."""
    slots = catalog.slots([code])
    amounts_of = [_of_parts(side, nodes, slots) for side in sides]
    judged = [_judged(side, nodes, catalog.metrics[code], today) for side in sides]
    found = []
    for node in nodes:
        left, right = (
            one.get(node.pk) or Figure(catalog.value(code, sums[node.pk]) if node.pk in sums else None)
            for one, sums in zip(judged, amounts_of, strict=True)
        )
        if left.value is not None or right.value is not None:
            found.append(PartPair(node, left, right))
    return sorted(found, key=lambda one: (-abs(one.distance), one.node.label))


def _judged(side: Side, nodes: list[Node], metric: Metric, today: date) -> dict[int, Figure]:
    """Kept figures, by node; of days that were cut, and of periods that are not kept, as they stood then, computed now.
    Cuts through two trees that nobody has set a target for have none. Two queries, or three.
    """
    if not nodes:
        return {}
    dimension, period = nodes[0].dimension, side.period
    keys = {scope_key({**side.area.nodes, dimension: node}): node.pk for node in nodes}
    scopes = dict(Scope.objects.filter(key__in=list(keys)).values_list("pk", "key"))
    if is_kept(period) and not side.cut:
        rows = Reading.objects.filter(
            scope__in=list(scopes), metric=metric, grain=str(period.grain), start=period.start
        )
        return {keys[scopes[pk]]: Figure(*rest) for pk, *rest in rows.values_list("scope_id", *FIGURE)}
    if found_of({**side.area.nodes, dimension: nodes[0]}) != Found.SINGLE:
        return {}
    found = figures_of_scopes(
        scope_ids=list(scopes),
        grain=str(period.grain),
        start=period.start,
        stop=period.end,
        look=Look.at(side.last if side.cut else today, today=today),
        metrics=[metric],
    )
    return {keys[scopes[pk]]: figures[metric.pk] for pk, figures in found.items() if metric.pk in figures}


def _of_parts(side: Side, nodes: list[Node], slots: Mapping[str, int]) -> dict[int, Amounts]:
    """By node. One query, or two."""
    if side.last is None or side.last < side.period.start or not nodes:
        return {}
    dimension = nodes[0].dimension
    kind = found_of({**side.area.nodes, dimension: nodes[0]})
    if kind == Found.SINGLE:
        keys = {scope_key({dimension: node}): node.pk for node in nodes}
        scopes = dict(Scope.objects.filter(key__in=list(keys)).values_list("pk", "key"))
        sums = sums_of_scopes(list(scopes), [(side.period.start, side.last)], slots)
        return {keys[scopes[pk]]: found for (_place, pk), found in sums.items()}
    if kind != Found.CROSS or cuts.through_campaigns(side.area, [dimension]):
        return {}
    within = cuts.stretch(side.period.start, side.last, reported=None)
    cells = cuts.sums(side.area, [(dimension,)], within, slots)[(dimension,)]
    return {pk: found for (pk,), found in cells.items() if pk}
