"""What an overview is made of: values that travel from the selector to words, pieces and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dashboards.selectors.amounts import Day, Freshness
from dashboards.selectors.areas import Area, Place
from dashboards.selectors.campaigns import Campaigns
from dashboards.selectors.catalog import Amounts
from dashboards.selectors.heat import HeatMap
from dashboards.spans import Span
from kpis.models import Kind, Metric
from kpis.selectors import NO_FIGURE, Figure
from kpis.selectors.at_risk import Risk
from kpis.selectors.outlook import Ahead
from organization.models import Node

RANK = {"red": 0, "yellow": 1, "green": 2, "grey": 3}
# What decides the light of a whole row, in the order in which trouble is named. Cost is judged by what it brings; what
# leads to results decides only where none of them has a light, and puts them at risk else.
RESULTS = ("revenue", "roas", "orders", "new_customers", "cac")
DECIDING = (*RESULTS, "ctr")
Risks = Mapping[str, tuple[Risk, ...]]  # by the code of the result that is green, but at risk


class Lit:
    """Something with figures by metric code, and the one light of them all."""

    figures: Mapping[str, Figure]
    risks: Risks

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    @property
    def has_values(self) -> bool:
        return any(figure.value is not None for figure in self.figures.values())

    @property
    def worst(self) -> str:
        """The code of the figure that decides its light; "" where none has one."""
        lit = [code for code in DECIDING if self.figure(code).status != "grey"]
        results = [code for code in lit if code in RESULTS]
        return min(results or lit, key=lambda code: RANK[self.figure(code).status], default="")

    @property
    def status(self) -> str:
        return self.figure(self.worst).status if self.worst else "grey"

    @property
    def at_risk(self) -> tuple[Risk, ...]:
        """What puts its green light at risk, each figure once."""
        if self.status != "green":
            return ()
        found = {risk.metric.pk: risk for code in RESULTS for risk in self.risks.get(code, ())}
        return tuple(found.values())


@dataclass(frozen=True)
class Part(Lit):
    """A part of the area with its figures by metric code. `before` are those of the period before.

    `lost`: how much more it spent than it earned in the last two weeks. `alert`: an open alert about it.
    """

    key: str
    node: Node
    figures: Mapping[str, Figure]
    before: Mapping[str, Figure] = field(default_factory=dict)
    lost: Decimal | None = None
    alert: int | None = None
    risks: Risks = field(default_factory=dict)

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
    """Another period beside this one; `same_days`: only as many of its days as the period has had so far."""

    period: Span
    figures: Mapping[str, Figure]
    same_days: bool


@dataclass(frozen=True)
class OverTime:
    """What the charts over time need. `months` are figures by metric code and first day of the month.

    `originals` are the targets that were first set, of those months whose target was set anew since.
    """

    days: Mapping[date, Day]
    months: Mapping[tuple[str, date], Figure]
    originals: Mapping[tuple[str, date], Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Spend:
    """What was spent in each month, by part (0: in none of them). `months` are first days, in order."""

    months: tuple[date, ...]
    nodes: Mapping[int, Node]
    amounts: Mapping[tuple[date, int], Decimal]


@dataclass(frozen=True)
class Funnel:
    """Sums of the steps from seeing to buying, by measure code, now and in the same days of the period before."""

    now: Amounts
    before: Amounts


@dataclass(frozen=True)
class Overview:
    """All that the page says, without words. `through` is the last day that the figures look at, `complete` the last
    whole day, `newest` the last day with data.
    """

    area: Area
    company: str
    crumbs: tuple[Place, ...]
    period: Span
    first: Span | None  # the periods between which one may choose; None where nothing is known
    last: Span | None
    through: date | None
    complete: date
    newest: date | None
    metrics: Mapping[str, Metric]
    figures: Mapping[str, Figure]
    compared: Compared
    last_year: Compared
    splits: tuple[Split, ...]
    split: Split | None
    over_time: OverTime
    spend: Spend | None
    funnel: Funnel
    heat: HeatMap | None
    heat_metric: str
    campaigns: Campaigns
    sources: tuple[Freshness, ...]
    may_set_targets: bool
    granted: tuple[Place, ...] = ()  # where she may turn to, if she was granted several areas
    may_import: bool = False
    may_leave: frozenset[str] = frozenset()  # the dimensions whose filter she may turn off
    step: str = ""  # of the lines over time: day, week, month
    risks: Risks = field(default_factory=dict)
    ahead: Mapping[str, Ahead] = field(default_factory=dict)  # where the open period will end, by metric code
    home: str = ""  # the pages among which its links stay (addresses.HOMES), or the path of one
    home_period: str | None = (
        None  # to which they turn it, where a panel has its own; "" leaves it as it opens
    )
    kept: Mapping[str, str] = field(default_factory=dict)  # what else its addresses take along
    pickers: tuple[str, ...] = ()  # the trees in which a place may be chosen; empty: all

    def figure(self, code: str) -> Figure:
        return self.figures.get(code, NO_FIGURE)

    @property
    def has_values(self) -> bool:
        return any(figure.value is not None for figure in self.figures.values())

    @property
    def nothing(self) -> bool:
        """No figure, no target and no day of which anything is known."""
        return not self.has_values and not self.has_targets and not self.newest

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
            if part.status in ("yellow", "red")
            or (part.has_values and (part.loses or part.alert or part.at_risk))
        ]
        return tuple(sorted(wanting, key=lambda part: urgency(part, self.metrics)))


def urgency(part: Part, known: Mapping[str, Metric]) -> tuple[object, ...]:
    """Like badness, but green at risk stands among the yellow ones, as far behind as what leads to it."""
    lost, rank, _calm, process, far, label = badness(part, known)
    if part.at_risk:
        attainments = [risk.figure.attainment for risk in part.at_risk if risk.figure.attainment is not None]
        rank, far = RANK["yellow"], min(attainments, default=Decimal(0))
    return (lost, rank, process, far, label)


def badness(part: Part, known: Mapping[str, Metric]) -> tuple[object, ...]:
    """Losing money first, the most first; then by light, green at risk before green, results before what leads to them,
    the farthest behind first.
    """
    worst = part.worst
    attainment = part.figure(worst).attainment if worst else None
    process = worst in known and known[worst].kind == Kind.PROCESS
    far = attainment if attainment is not None else Decimal(0 if part.status == "red" else 9)
    lost = part.lost if part.loses and part.lost is not None else Decimal(0)
    return (-lost, RANK[part.status], not part.at_risk, process, far, part.node.label)
