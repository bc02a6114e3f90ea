"""What the page "why did it move" is asked for: a metric, a period and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from common.periods import Grain, Period
from kpis.models import Metric
from kpis.selectors.movement import Against

DEFAULT_METRIC = "revenue"
FIRST_YEAR, LAST_YEAR = 1991, 2100


@dataclass(frozen=True)
class Asked:
    """Whatever makes no sense falls back to the default, so that no address breaks."""

    metric: Metric
    metrics: tuple[Metric, ...]
    period: Period
    against: Against


def read_address(query: QueryDict, *, today: date, fiscal_start: int) -> Asked:
    metrics = tuple(Metric.objects.in_use())
    by_code = {metric.code: metric for metric in metrics}
    asked = query.get("against", "")
    return Asked(
        metric=by_code.get(query.get("metric", ""), by_code[DEFAULT_METRIC]),
        metrics=metrics,
        period=read_period(query.get("period", ""), fiscal_start)
        or Period.containing(today - timedelta(days=1), Grain.MONTH, fiscal_start=fiscal_start),
        against=Against(asked) if asked in list(Against) else Against.EXPECTED,
    )


def read_period(text: str, fiscal_start: int) -> Period | None:
    """None where the text is no period, or one that nobody has figures of."""
    try:
        period = Period.parse(text[:10], fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        return None
    return period if FIRST_YEAR <= period.start.year <= LAST_YEAR else None
