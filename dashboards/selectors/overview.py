"""The overview of an area in a period: kept figures of the area and its parts, and what roll-ups add."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, Min, Q

from alerts.models import Episode
from common.periods import Grain, Period
from dashboards.selectors import amounts
from dashboards.selectors.amounts import Day, Freshness
from dashboards.selectors.areas import Area, Choices, Place, choices, metrics, parts_of, way_up
from kpis.figures import Look
from kpis.models import Kind, Metric, Reading
from kpis.selectors import NO_FIGURE, Figure, figures
from organization.gate import Action, can
from organization.models import Node, Person, Scope

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
RANK = {"red": 0, "yellow": 1, "green": 2, "grey": 3}
# What decides the light of a whole row, in the order in which trouble is named. Cost is judged by what it brings.
DECIDING = ("revenue", "roas", "orders", "new_customers", "cac", "ctr")


@dataclass(frozen=True)
class Part:
    """A part of the area with its figures by metric code. `before` are those of the period before.

    `lost`: how much more it spent than it earned in the last two weeks. `alert`: an open alert about it.
    """

    key: str
    node: Node
    figures: Mapping[str, Figure]
    before: Mapping[str, Figure] = field(default_factory=dict)
    lost: Decimal | None = None
    alert: int | None = None

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    @property
    def has_values(self) -> bool:
        return any(figure.value is not None for figure in self.figures.values())

    @property
    def worst(self) -> str:
        """The code of the figure that decides its light; "" where none has one."""
        lit = [code for code in DECIDING if self.figure(code).status != "grey"]
        return min(lit, key=lambda code: RANK[self.figure(code).status], default="")

    @property
    def status(self) -> str:
        return self.figure(self.worst).status if self.worst else "grey"

    @property
    def loses(self) -> bool:
        """Whether it lost money of late and is not planned to."""
        return self.lost is not None and "green" not in {
            self.figure("roas").status,
            self.figure("revenue").status,
        }


@dataclass(frozen=True)
class Split:
    """The area by one dimension, worst parts first. `rest` is what the area has and no part has, by metric code."""

    dimension: str
    parts: tuple[Part, ...]
    rest: Mapping[str, Decimal]

    @property
    def judged(self) -> tuple[Part, ...]:
        """The parts whose revenue has a light."""
        return tuple(part for part in self.parts if part.figure("revenue").status != "grey")

    @property
    def behind(self) -> tuple[Part, ...]:
        return tuple(part for part in self.judged if part.figure("revenue").status in ("yellow", "red"))


@dataclass(frozen=True)
class Compared:
    """The period before; `same_days`: only as many of its days as the period has had so far."""

    period: Period
    figures: Mapping[str, Figure]
    same_days: bool


@dataclass(frozen=True)
class OverTime:
    """What the charts over time need. `months` are kept figures by metric code and first day of the month."""

    days: Mapping[date, Day]
    months: Mapping[tuple[str, date], Figure]


@dataclass(frozen=True)
class Overview:
    """All that the page says, without words. `through` is the last day that the figures look at, `complete` the last
    whole day, `newest` the last day with data.
    """

    area: Area
    crumbs: tuple[Place, ...]
    choices: tuple[Choices, ...]
    period: Period
    first: Period | None  # the periods between which one may choose; None where nothing is known
    last: Period | None
    through: date | None
    complete: date
    newest: date | None
    metrics: Mapping[str, Metric]
    figures: Mapping[str, Figure]
    compared: Compared
    splits: tuple[Split, ...]
    split: Split | None
    over_time: OverTime
    sources: tuple[Freshness, ...]
    may_set_targets: bool

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    @property
    def has_values(self) -> bool:
        return any(figure.value is not None for figure in self.figures.values())

    @property
    def has_targets(self) -> bool:
        own = any(figure.target is not None for figure in self.figures.values())
        return own or any(
            figure.target is not None
            for split in self.splits
            for part in split.parts
            for figure in part.figures.values()
        )

    @property
    def troubles(self) -> tuple[Part, ...]:
        """The parts that need someone, of all splits, worst first."""
        parts = {part.key: part for split in self.splits for part in split.parts}
        wanting = [
            part
            for part in parts.values()
            if part.status in ("yellow", "red") or (part.has_values and (part.loses or part.alert))
        ]
        return tuple(sorted(wanting, key=lambda part: _badness(part, self.metrics)))


def default_period(newest: date | None, complete: date, fiscal_start: int) -> Period:
    """The month of the newest figures, or else of the last whole day."""
    return Period.containing(min(newest or complete, complete), Grain.MONTH, fiscal_start=fiscal_start)


def overview(
    *,
    person: Person,
    area: Area,
    period: Period | None,
    by: str,
    company: str,
    fiscal_start: int,
    today: date,
) -> Overview:
    """The page of an area that she may see. Without `period` the newest month; `by` is the dimension to split by."""
    complete = today - timedelta(days=1)
    sources = amounts.freshness(area, complete=complete)
    newest = max((source.last_day for source in sources), default=None)
    period = period or default_period(newest, complete, fiscal_start)
    known = metrics()
    parts = parts_of(area)
    scopes = {scope.pk: scope for found in parts.values() for scope, _node in found}
    before = period.next(-1)
    kept = _readings(area, scopes, known, period, before)
    own = kept.get((area.scope_id or 0, period.start), {})
    through = _through(own) or _through(*(kept.get((pk, period.start), {}) for pk in scopes))
    places = amounts.slots()
    lost = amounts.losses(list(scopes), through, places) if through else {}
    # An alert is about the newest period of its rule; beside other periods' figures it would contradict them.
    newest_day = min(newest or complete, complete)
    alerts = _open_alerts(scopes, period.grain) if newest_day in period else {}
    splits = tuple(
        _split(dimension, found, kept, period, before, own, known, lost, alerts)
        for dimension, found in sorted(parts.items(), key=lambda one: _order(one[0], area))
    )
    splits = tuple(split for split in splits if split.parts)
    spans = _spans(period, through)
    return Overview(
        area=area,
        crumbs=way_up(person, area, company=company),
        choices=choices(person, area, company=company),
        period=period,
        **_reach(area, period, complete, fiscal_start),
        through=through,
        complete=complete,
        newest=newest,
        metrics=known,
        figures=own,
        compared=_compared(area, period, before, through, kept, known, today),
        splits=splits,
        split=next((split for split in splits if split.dimension == by), splits[0] if splits else None),
        over_time=OverTime(amounts.days_of(area, spans, places), _months(area, period, known)),
        sources=sources,
        may_set_targets=can(person, Action.SET_TARGETS, _scope_of(area)),
    )


def _scope_of(area: Area) -> Scope:
    return Scope(key=area.key, **dict(area.nodes))


def _order(dimension: str, area: Area) -> tuple[bool, int]:
    """A channel is first split by its campaigns, a region by its provinces; the company by channels."""
    return dimension not in area.nodes, ("channel", "region", "product").index(dimension)


Kept = Mapping[tuple[int, date], Mapping[str, Figure]]


def _readings(
    area: Area, scopes: Collection[int], known: Mapping[str, Metric], period: Period, before: Period
) -> Kept:
    """Kept figures by scope and first day, then by metric code. One query."""
    codes = {metric.pk: code for code, metric in known.items()}
    found: dict[tuple[int, date], dict[str, Figure]] = {}
    rows = Reading.objects.filter(
        scope__in=[area.scope_id or 0, *scopes],
        metric__in=list(codes),
        grain=period.grain.value,
        start__in=[period.start, before.start],
    ).values_list("scope_id", "start", "metric_id", *_FIGURE)
    for scope_id, start, metric_id, *rest in rows:
        found.setdefault((scope_id, start), {})[codes[metric_id]] = Figure(*rest)
    return found


_FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated")


def _through(*kept: Mapping[str, Figure]) -> date | None:
    """The day up to which all of these look."""
    days = [one.through for found in kept for one in found.values() if one.through and one.value is not None]
    return min(days, default=None)


def _months(area: Area, period: Period, known: Mapping[str, Metric]) -> dict[tuple[str, date], Figure]:
    """Revenue and cost of the months of the period and of a year before. One query."""
    codes = {known[code].pk: code for code in ("revenue", "cost") if code in known}
    year_ago = period.last_year()
    rows = Reading.objects.filter(
        Q(start__range=(period.start, period.end)) | Q(start__range=(year_ago.start, year_ago.end)),
        scope=area.scope_id or 0,
        metric__in=list(codes),
        grain=Grain.MONTH.value,
    ).values_list("metric_id", "start", *_FIGURE)
    return {(codes[metric_id], start): Figure(*rest) for metric_id, start, *rest in rows}


def _spans(period: Period, through: date | None) -> list[tuple[date, date]]:
    """The days that the charts draw: of the period and of the same a year ago; a year is drawn by months."""
    if period.grain == Grain.YEAR:
        return []
    year_ago = period.last_year()
    return [(period.start, min(period.end, through or period.start)), (year_ago.start, year_ago.end)]


def _split(
    dimension: str,
    found: Sequence[tuple[Scope, Node]],
    kept: Kept,
    period: Period,
    before: Period,
    own: Mapping[str, Figure],
    known: Mapping[str, Metric],
    lost: Mapping[int, Decimal],
    alerts: Mapping[int, int],
) -> Split:
    parts = [
        Part(
            key=scope.key,
            node=node,
            figures=kept[scope.pk, period.start],
            before=kept.get((scope.pk, before.start), {}),
            lost=lost.get(scope.pk),
            alert=alerts.get(scope.pk),
        )
        for scope, node in found
        if (scope.pk, period.start) in kept
    ]
    rest = {}
    for code, metric in known.items():
        whole = own.get(code, NO_FIGURE).value
        if metric.additive and whole is not None:
            split = sum((part.figure(code).value or Decimal(0) for part in parts), Decimal(0))
            if whole != split:
                rest[code] = whole - split
    return Split(dimension, tuple(sorted(parts, key=lambda part: _badness(part, known))), rest)


def _badness(part: Part, known: Mapping[str, Metric]) -> tuple[object, ...]:
    """Losing money first, the most first; then by light, results before what leads to them, the farthest behind first."""
    worst = part.worst
    attainment = part.figure(worst).attainment if worst else None
    process = worst in known and known[worst].kind == Kind.PROCESS
    far = attainment if attainment is not None else Decimal(0 if part.status == "red" else 9)
    lost = part.lost if part.loses and part.lost is not None else Decimal(0)
    return (-lost, RANK[part.status], process, far, part.node.label)


def _compared(
    area: Area,
    period: Period,
    before: Period,
    through: date | None,
    kept: Kept,
    known: Mapping[str, Metric],
    today: date,
) -> Compared:
    """The period before, cut to as many days while this one is under way, so that like stands beside like."""
    whole = Compared(before, kept.get((area.scope_id or 0, before.start), {}), same_days=False)
    if through is None or through >= period.end or not whole.figures:
        return whole
    if not amounts.has_days(area):
        return Compared(before, {}, same_days=True)
    cut = min(before.start + (through - period.start), before.end)
    look = Look(as_of=cut, today=today, closed=cut - timedelta(days=1), fiscal_start=period.fiscal_start)
    by_id = figures(nodes=area.nodes, period=before, look=look)
    same = {code: by_id[metric.pk] for code, metric in known.items() if metric.pk in by_id}
    return Compared(before, same, same_days=True)


def _reach(area: Area, period: Period, complete: date, fiscal_start: int) -> dict[str, Period | None]:
    """The first and last period of this grain that one may choose: where figures or targets are, and now. One query."""
    span = Reading.objects.filter(scope=area.scope_id or 0, grain=Grain.MONTH.value).aggregate(
        first=Min("start"), last=Max("start")
    )
    if span["first"] is None:
        return {"first": None, "last": None}
    first, last = min(span["first"], period.start), max(span["last"], period.start, complete)
    return {
        "first": Period.containing(first, period.grain, fiscal_start=fiscal_start),
        "last": Period.containing(last, period.grain, fiscal_start=fiscal_start),
    }


def _open_alerts(scopes: Mapping[int, Scope], grain: str) -> dict[int, int]:
    """The worst open alert of each scope about periods of this grain. One query."""
    rows = (
        Episode.objects.filter(
            closed_at__isnull=True, instance__scope__in=list(scopes), instance__rule__grain=grain
        )
        .order_by("tier", "opened_at")
        .values_list("instance__scope_id", "pk")
    )
    return dict(rows)
