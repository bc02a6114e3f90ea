"""The three sides of channels and campaigns in a period: the plan that holds, each metric's figure, and the judgement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from channels.models import SidesPlan
from channels.three_sides import ONE, SIDES, Asked, Judged, Lack, Side, judge
from common.periods import Period
from kpis.figures import Look
from kpis.models import Direction, Metric
from kpis.scoring import Bands, score
from kpis.selectors import NO_FIGURE, Figure, figures_of_scopes
from organization.gate import Someone, visible_scopes
from organization.models import Node, Scope

# What holds until the company says otherwise: weights of sides, then metric, weight, and what counts as good. Where
# nothing is said, the target does; of what adds up nothing else could, since a year is more than a month.
SHIPPED_WEIGHTS = {Side.FINANCIAL: Decimal(50), Side.STRATEGIC: Decimal(30), Side.BRAND: Decimal(20)}
SHIPPED: tuple[tuple[Side, str, str, str | None], ...] = (
    (Side.FINANCIAL, "roas", "60", "1"),  # it brings back what it cost
    (Side.FINANCIAL, "ltv_cac", "40", "3"),  # healthy, see the metric's own help
    (Side.STRATEGIC, "new_customer_share", "60", "0.3"),
    (Side.STRATEGIC, "market_share", "40", None),
    (Side.BRAND, "brand_searches", "50", None),
    (Side.BRAND, "sentiment", "50", "0.5"),
)
LISTED = 100


@dataclass(frozen=True)
class PlanLine:
    """`good` None: the area's target."""

    side: Side
    metric: Metric
    weight: Decimal
    good: Decimal | None


@dataclass(frozen=True)
class Plan:
    """`revision` 0 is what ships."""

    weights: Mapping[Side, Decimal]
    lines: tuple[PlanLine, ...]
    revision: int


@dataclass(frozen=True)
class LineFigure:
    """A metric as it stands: its value, and what it is held against (None: nothing, or a band of its own)."""

    line: PlanLine
    figure: Figure
    against: Decimal | None


@dataclass(frozen=True)
class JudgedArea:
    scope: Scope
    judged: Judged
    lines: Mapping[str, LineFigure]  # by metric code

    @property
    def node(self) -> Node | None:
        return self.scope.node


def plan_in_force() -> Plan:
    """Two queries. Metrics that were put away are left out."""
    kept = SidesPlan.objects.prefetch_related("metrics__metric").first()
    if kept is None:
        metrics = {
            one.code: one for one in Metric.objects.in_use().filter(code__in=[row[1] for row in SHIPPED])
        }
        lines = tuple(
            PlanLine(side, metrics[code], Decimal(weight), None if good is None else Decimal(good))
            for side, code, weight, good in SHIPPED
            if code in metrics
        )
        return Plan(SHIPPED_WEIGHTS, lines, 0)
    return Plan(
        {side: getattr(kept, side.value) for side in SIDES},
        tuple(
            PlanLine(Side(row.side), row.metric, row.weight, row.good)
            for row in kept.metrics.all()
            if row.metric.archived_at is None
        ),
        kept.revision,
    )


def judged_areas(scopes: Collection[Scope], *, plan: Plan, period: Period, look: Look) -> list[JudgedArea]:
    """Each area by the plan, in the order given. Four queries, however many; work grows with areas and days."""
    if not scopes:
        return []
    found = figures_of_scopes(
        scope_ids=[scope.pk for scope in scopes],
        grain=period.grain.value,
        start=period.start,
        stop=period.end,
        look=look,
    )
    return [_judged(scope, plan, found.get(scope.pk, {})) for scope in scopes]


def areas_to_judge(person: Someone, below: Node | None) -> list[Scope]:
    """Channels that she may see, or what lies directly below one; for those who see no channel, their campaigns."""
    scopes = visible_scopes(person).filter(
        node__dimension="channel", node__merged_into__isnull=True, node__archived_at__isnull=True
    )
    scopes = scopes.select_related("node").order_by("node__path")
    if below is not None:
        return list(scopes.filter(node__parent=below)[:LISTED])
    return list(scopes.filter(node__depth=1)[:LISTED]) or list(scopes.filter(node__depth=2)[:LISTED])


def _judged(scope: Scope, plan: Plan, figures: Mapping[int, Figure]) -> JudgedArea:
    lines = {}
    asked: dict[Side, list[Asked]] = {side: [] for side in SIDES}
    for line in plan.lines:
        figure = figures.get(line.metric.pk, NO_FIGURE)
        attainment, lack, against = _attained(line, figure)
        lines[line.metric.code] = LineFigure(line, figure, against)
        asked[line.side].append(Asked(line.metric.code, line.weight, attainment, lack))
    return JudgedArea(scope, judge(asked, plan.weights), lines)


def _attained(line: PlanLine, figure: Figure) -> tuple[Decimal | None, Lack | None, Decimal | None]:
    """The attainment of what counts as good, why there is none, and what the value is held against."""
    metric = line.metric
    band = metric.direction == Direction.BAND
    against = None if band else line.good if line.good is not None else figure.expected
    if figure.value is None:
        return None, Lack.VALUE, against
    if against is None and not band:
        return None, Lack.GOOD, None
    found = score(
        value=figure.value,
        expected=against,
        direction=metric.direction,
        bands=Bands(low=metric.band_low, high=metric.band_high),
    )
    if found.attainment is None:
        return (ONE, None, against) if found.met else (None, Lack.NUMBER, against)
    return found.attainment, None, against
