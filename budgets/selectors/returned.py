"""What a line's channel brought since the budget began: open to whoever may look at the line, as all of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from budgets.models import Line
from budgets.services.settings import settings
from kpis.models import Metric
from kpis.selectors.figures import NO_FIGURE, Figure, figures_of_days
from organization.models import Node

FIRST = ("revenue",)
MOST = 4


@dataclass(frozen=True)
class Returned:
    """`figures`: metrics with their values from `first` to `last`, of the area that is called `area`."""

    area: str
    first: date
    last: date
    figures: tuple[tuple[Metric, Figure], ...]


def returned_by(line: Line, *, today: date) -> Returned | None:
    """None for a line that is tied to no channel, and before its first day is over. A handful of queries."""
    nodes = nodes_of(line)
    last = min(line.budget.last_day, today - timedelta(days=1))
    if not nodes or last < line.budget.first_day:
        return None
    row = settings()
    codes = list(dict.fromkeys((*FIRST, row.conversions_metric, row.return_metric)))[:MOST]
    metrics = sorted(Metric.objects.in_use().filter(code__in=codes), key=lambda one: codes.index(one.code))
    found = figures_of_days(nodes=nodes, first=line.budget.first_day, last=last, metrics=metrics, today=today)
    area = " × ".join(node.label for node in nodes.values())
    figures = tuple((metric, found.get(metric.pk, NO_FIGURE)) for metric in metrics)
    return Returned(area, line.budget.first_day, last, figures)


def nodes_of(line: Line) -> Mapping[str, Node]:
    """The channel, within its region where it names one; nothing where it is tied to none."""
    if line.channel is None:
        return {}
    region = {"region": line.region} if line.region is not None else {}
    return {**region, "channel": line.channel}
