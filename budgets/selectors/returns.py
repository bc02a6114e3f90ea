"""What the money of lines brings: the return of what each is tied to, over the days of its budget so far."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from budgets.models import Line
from kpis.models import Metric
from kpis.selectors.figures import figures_of_spans
from organization.models import Dimension, Scope
from organization.selectors import scope_key


def returns_of(lines: Collection[Line], *, metric: str, today: date) -> dict[int, Decimal]:
    """By the line's id, of lines that are tied to a channel of which there is a figure, up to yesterday.

    `budget`, `channel` and `region` are best at hand. Two queries, and one for each length and kind of area that occurs.
    """
    found = Metric.objects.in_use().filter(code=metric).first()
    keys = {line.pk: key for line in lines if (key := area_key(line)) is not None}
    if found is None or not keys:
        return {}
    scopes = dict(Scope.objects.filter(key__in=set(keys.values())).values_list("key", "pk"))
    spans = {}
    for line in lines:
        last = min(line.budget.last_day, today - timedelta(days=1))
        if keys.get(line.pk) in scopes and last >= line.budget.first_day:
            spans[line.pk] = (scopes[keys[line.pk]], line.budget.first_day, last)
    figures = figures_of_spans(set(spans.values()), metrics=[found], today=today)
    values = {pk: figures.get((*span, found.pk)) for pk, span in spans.items()}
    return {
        pk: figure.value for pk, figure in values.items() if figure is not None and figure.value is not None
    }


def area_key(line: Line) -> str | None:
    """The key of its channel, within its region where it names one; None where it is tied to none."""
    if line.channel is None:
        return None
    nodes = {Dimension.CHANNEL.value: line.channel}
    if line.region is not None:
        nodes[Dimension.REGION.value] = line.region
    return scope_key(nodes)
