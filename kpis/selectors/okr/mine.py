"""What a lead looks after on one page: the objectives of her areas, their figures, and this month's targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Q

from common.periods import Grain, Period
from kpis.models import Metric, Reading
from kpis.models.okr import KeyResult, Level, Objective, ObjectiveState
from kpis.selectors.at_risk import Risk, Spot, kept_at_risk
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.listing import A_PAGE, Asked, in_order
from kpis.selectors.okr.loading import KeyResultView, ObjectiveView, load
from kpis.selectors.okr.stands import readings
from organization.gate import scopes_where
from organization.models import Person, Role


@dataclass(frozen=True)
class FigureLine:
    """A key result that is tied to a figure: the quarter's figure with its own light, and this month's."""

    result: KeyResultView
    metric: Metric
    quarter: Reading | None
    month: Reading | None
    month_at_risk: tuple[Risk, ...] = ()

    @property
    def quarter_value(self) -> Decimal | None:
        return self.quarter.value if self.quarter is not None else None

    @property
    def month_value(self) -> Decimal | None:
        return self.month.value if self.month is not None else None

    @property
    def month_target(self) -> Decimal | None:
        return self.month.target if self.month is not None else None

    @property
    def month_status(self) -> str:
        return self.month.status if self.month is not None else "grey"

    @property
    def month_reason(self) -> str:
        """Which of the greys."""
        if self.month is not None and self.month.few:
            return "few"
        return "no_target" if self.month_target is None else "no_data"


@dataclass(frozen=True)
class MineBlock:
    view: ObjectiveView
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True)
class MinePage:
    """`to_check_in`: key results that are hers and whose check-in is missing, with their objective."""

    blocks: tuple[MineBlock, ...]
    to_check_in: tuple[tuple[ObjectiveView, KeyResultView], ...]
    month: Period
    page: Page[Objective]
    leads: bool


def mine_page(person: Person, asked: Asked, *, today: date) -> MinePage:
    """Objectives of teams and people on areas that she leads, and whatever is her own; with this month's targets.

    The month is today's, or the quarter's last where another quarter is looked at.
    """
    led = scopes_where(person, frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}))
    kept = KeyResult.objects.filter(owner=person, removed_at__isnull=True).values("objective")
    hers = Q(owner=person) | Q(pk__in=kept)
    found = (
        visible_objectives(person)
        .filter(Q(scope__in=led) & ~Q(level=Level.COMPANY) | hers, start=asked.quarter.start)
        .exclude(state=ObjectiveState.CLOSED)
        .order_by("level", "title", "pk")
    )
    page = Paginator(found, A_PAGE).get_page(asked.page)
    views = sorted(load(list(page.object_list), person=person, today=today), key=in_order)
    day = today if asked.quarter.start <= today <= asked.quarter.last_day else asked.quarter.last_day
    month = Period.containing(day, Grain.MONTH)
    tied = [one for view in views for one in view.key_results if one.by_metric and not one.hidden]
    months = readings(
        {(one.key_result.scope_id or 0, one.key_result.metric_id or 0, month.start) for one in tied},
        Grain.MONTH,
    )
    green = [spot for spot, one in months.items() if one.status == "green"]
    risks = kept_at_risk(green, Grain.MONTH)
    return MinePage(
        blocks=tuple(MineBlock(view, tuple(_lines(view, months, risks, month))) for view in views),
        to_check_in=tuple(
            (view, one)
            for view in views
            for one in view.key_results
            if one.owed and one.key_result.keeper == person.pk and not one.hidden
        ),
        month=month,
        page=page,
        leads=led.exists(),
    )


def _lines(
    view: ObjectiveView,
    months: Mapping[Spot, Reading],
    risks: Mapping[Spot, tuple[Risk, ...]],
    month: Period,
) -> list[FigureLine]:
    lines = []
    for one in view.key_results:
        metric = one.key_result.metric
        if one.hidden or metric is None:
            continue
        spot = (one.key_result.scope_id or 0, metric.pk, month.start)
        lines.append(FigureLine(one, metric, one.figure, months.get(spot), risks.get(spot, ())))
    return lines
