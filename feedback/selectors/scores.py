"""The page of scores: an area in a period, against the one before, over time and by its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce

from django.db.models import Q, QuerySet

from common import formats
from common.periods import Grain, Period, add_months
from feedback.score_kinds import SIZES, Kind, Move, Shares, added, move, score_of, shares_of
from feedback.scores import Score
from feedback.selectors.areas import COUNTED, Area, Held, benchmarks_over, held_on
from feedback.selectors.score_months import (
    NOBODY,
    SEGMENT,
    Asked,
    MonthCounts,
    PartCounts,
    counts_by_month,
    counts_by_part,
)
from feedback.selectors.settings import feedback_settings
from kpis.figures import Look
from kpis.models import Metric, Reading, Unit
from kpis.selectors.figures import Figure, figures_over
from organization.gate import Reach
from organization.models import Node

MONTHS = 24  # of the trend
MOST = 60  # parts of a table
FIGURES = ("nps", "csat", "ces", "response_rate", "complaints")
GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


@dataclass(frozen=True)
class Light:
    """How a figure stands on the spine: its value and target there, and in the period before."""

    metric: Metric
    status: str
    value: Decimal | None
    target: Decimal | None
    before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        return formats.change_between(self.value, self.before, self.metric)


@dataclass(frozen=True)
class Tile:
    kind: Kind
    score: Score
    move: Move | None
    light: Light | None


@dataclass(frozen=True)
class MonthScore:
    month: date
    score: Score
    target: Decimal | None
    benchmark: Decimal | None


@dataclass(frozen=True)
class Row:
    """A part of the area. `key`: of the area, or the customer type, that it leads to; empty where it leads nowhere."""

    label: str
    score: Score
    shares: Shares
    move: Move | None
    key: str = ""
    given: bool = True
    chosen: bool = False
    others: int = 0  # parts that stand together in this row


@dataclass(frozen=True)
class PartTable:
    """`name`: region, channel, product or segment."""

    name: str
    rows: tuple[Row, ...]
    total: Row | None


@dataclass(frozen=True)
class ScoresPage:
    asked: Asked
    tiles: tuple[Tile, ...]
    shares: Shares
    months: tuple[MonthScore, ...]
    spread: tuple[int, ...]  # answers of each mark: 0 to 10, 1 to 5, or 1 to 7
    tables: tuple[PartTable, ...]
    others: Mapping[str, Light]  # response rate and complaints
    benchmark: Held | None
    segments: tuple[str, ...]
    small_below: int

    @property
    def main(self) -> Tile:
        return next(tile for tile in self.tiles if tile.kind == self.asked.kind)

    @property
    def answers(self) -> int:
        """In either period, of any score."""
        return sum(tile.score.n for tile in self.tiles) + sum(month.score.n for month in self.months)


def scores_page(asked: Asked, reach: Reach, *, today: date) -> ScoresPage:
    """Six queries, and one for each dimension of a cross-cut that nobody has pointed to yet; work grows with months of
    answers, not with answers.
    """
    small = feedback_settings().small_sample
    first = min(add_months(asked.period.end, 1 - MONTHS), asked.before.start)
    months = counts_by_month(asked, first=first)
    parts = counts_by_part(asked)
    lights, targets = _lights(asked, first, today)
    benchmarks = benchmarks_over(asked.area, asked.kind)
    now = _summed(months, asked.period)
    before = _summed(months, asked.before)
    total = PartCounts(now[asked.kind], before[asked.kind])
    return ScoresPage(
        asked=asked,
        tiles=tuple(_tile(kind, now[kind], before[kind], small, lights.get(kind)) for kind in Kind),
        shares=shares_of(asked.kind, now[asked.kind]),
        months=tuple(_trend(asked, months, targets, benchmarks, small)),
        spread=_marks(months, asked.period) if asked.kind == Kind.NPS else now[asked.kind],
        tables=_tables(asked, parts, _known_nodes(asked.area, reach, parts), total, small),
        others={code: lights[code] for code in ("response_rate", "complaints") if code in lights},
        benchmark=held_on(benchmarks, asked.period.end),
        segments=tuple(sorted(str(one) for one in parts[SEGMENT])),
        small_below=small,
    )


def _summed(months: Iterable[MonthCounts], period: Period) -> dict[Kind, tuple[int, ...]]:
    chosen = [one.counts for one in months if one.month in period]
    return {
        kind: reduce(added, (counts[kind] for counts in chosen), (0,) * size) for kind, size in SIZES.items()
    }


def _marks(months: Iterable[MonthCounts], period: Period) -> tuple[int, ...]:
    return reduce(added, (one.marks for one in months if one.month in period), (0,) * 11)


def _tile(kind: Kind, now: Sequence[int], before: Sequence[int], small: int, light: Light | None) -> Tile:
    score = score_of(kind, now, small_below=small)
    return Tile(kind, score, move(score, score_of(kind, before, small_below=small)), light)


def _trend(
    asked: Asked,
    months: Sequence[MonthCounts],
    targets: Mapping[date, Decimal],
    benchmarks: Sequence[Held],
    small: int,
) -> Iterable[MonthScore]:
    """From the first month with answers on, also those without."""
    counts = {one.month: one.counts[asked.kind] for one in months if any(one.counts[asked.kind])}
    if not counts:
        return
    nothing = (0,) * SIZES[asked.kind]
    month, last = min(counts), max(max(counts), asked.period.end.replace(day=1))
    while month <= last:
        held = held_on(benchmarks, month)
        yield MonthScore(
            month,
            score_of(asked.kind, counts.get(month, nothing), small_below=small),
            targets.get(month),
            held.value if held else None,
        )
        month = add_months(month, 1)


# -- The spine --------------------------------------------------------------------------------------


def _lights(asked: Asked, first: date, today: date) -> tuple[dict[str, Light], dict[date, Decimal]]:
    """Figures of the period by the metric's code, and targets of the score by month. Of all customer types: the spine
    knows none.
    """
    metrics = {one.code: one for one in Metric.objects.in_use().filter(code__in=FIGURES)}
    if not metrics:
        return {}, {}
    by_id = {one.pk: one for one in metrics.values()}
    main = metrics.get(asked.kind)
    months: dict[date, Decimal] = {}
    found: dict[tuple[date, int], Reading | Figure] = {}
    scope, periods = asked.area.scope, (asked.period, asked.before)
    if scope.pk is None:
        look = Look.at(today=today)
        found |= figures_over(nodes=asked.area.nodes, periods=periods, look=look, metrics=by_id.values())
    else:
        starts = [one.start for one in periods]
        wanted = Q(grain=asked.period.grain, start__in=starts, metric__in=by_id)
        if main is not None:
            wanted |= Q(grain=Grain.MONTH, start__range=(first, asked.period.end), metric=main)
        for one in Reading.objects.filter(wanted, scope=scope):
            if one.grain == asked.period.grain and one.start in starts:
                found[one.start, one.metric_id] = one
            if (
                one.grain == Grain.MONTH
                and main is not None
                and one.metric_id == main.pk
                and one.target is not None
            ):
                months[one.start] = one.target * _scale(main)
    lights = {}
    for code, metric in metrics.items():
        now, before = (found.get((one.start, metric.pk)) for one in periods)
        if now is not None or before is not None:
            lights[code] = Light(
                metric,
                now.status if now else "grey",
                now.value if now else None,
                now.target if now else None,
                before.value if before else None,
            )
    return lights, months


def _scale(metric: Metric) -> int:
    """Percentages are kept as fractions there, and are written as percentages here."""
    return 100 if metric.unit == Unit.PERCENT else 1


# -- Parts ------------------------------------------------------------------------------------------


def _known_nodes(
    area: Area, reach: Reach, parts: Mapping[str, Mapping[int | str, PartCounts]]
) -> dict[int, Node]:
    """Those of the parts whose cut with this area is hers to see, by id. One query."""
    wanted: QuerySet[Node] = Node.objects.none()
    for dimension in COUNTED:
        ids = [key for key in parts[dimension] if key != NOBODY]
        if ids:
            beside = {one: pks for one, pks in area.ids.items() if one != dimension}
            wanted = wanted | reach.nodes(dimension, beside).filter(pk__in=ids)
    return {node.pk: node for node in wanted}


def _tables(
    asked: Asked,
    parts: Mapping[str, Mapping[int | str, PartCounts]],
    nodes: Mapping[int, Node],
    total: PartCounts,
    small: int,
) -> tuple[PartTable, ...]:
    found = []
    for name in (SEGMENT, "product", "region", "channel"):
        rows: list[tuple[Row, PartCounts]] = []
        folded: list[PartCounts] = []
        for key, counts in parts[name].items():
            node = nodes.get(key) if isinstance(key, int) else None
            if isinstance(key, str):
                chosen = key == asked.segment
                row = _row(asked, key, counts, small, key=key or "-", given=bool(key), chosen=chosen)
            elif node is not None:
                row = _row(asked, node.label, counts, small, key=asked.area.with_node(node))
            elif key == NOBODY:
                row = _row(asked, "", counts, small, given=False)
            else:
                folded.append(counts)
                continue
            rows.append((row, counts))
        rows.sort(key=lambda one: _place(one[0], asked.sort))
        folded += [counts for _one, counts in rows[MOST:]]
        shown = [row for row, _counts in rows[:MOST]]
        if folded:
            shown.append(_row(asked, "", _together(folded, asked.kind), small, others=len(folded)))
        # A part that is the whole says nothing.
        if any(row.given for row in shown):
            whole = _together(parts[name].values(), asked.kind) if name == SEGMENT else total
            found.append(PartTable(name, tuple(shown), _row(asked, "", whole, small)))
    return tuple(found)


def _together(counts: Iterable[PartCounts], kind: Kind) -> PartCounts:
    nothing = PartCounts((0,) * SIZES[kind], (0,) * SIZES[kind])
    return reduce(
        lambda one, other: PartCounts(added(one.now, other.now), added(one.before, other.before)),
        counts,
        nothing,
    )


def _row(
    asked: Asked,
    label: str,
    counts: PartCounts,
    small: int,
    *,
    key: str = "",
    given: bool = True,
    chosen: bool = False,
    others: int = 0,
) -> Row:
    score = score_of(asked.kind, counts.now, small_below=small)
    before = score_of(asked.kind, counts.before, small_below=small)
    shares = shares_of(asked.kind, counts.now)
    return Row(label, score, shares, move(score, before), key, given, chosen, others)


def _place(row: Row, sort: str) -> tuple[bool, bool, Decimal, str]:
    """Worst first; few answers after many, and what was not given at the end."""
    if sort == "answers":
        value = Decimal(-row.score.n)
    elif sort == "change":
        value = row.move.points if row.move else Decimal(10_000)
    elif sort == "name":
        return not row.given, False, Decimal(0), row.label
    else:
        value = row.score.value if row.score.value is not None else Decimal(10_000)
    return not row.given, row.score.small and sort != "answers", value, row.label
