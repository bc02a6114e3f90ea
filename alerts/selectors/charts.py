"""What the chart of a mail is drawn from."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from alerts.mail_chart import Picture, Point, limit_of, window
from alerts.models import EpisodeEvent
from common import formats
from kpis.models import Metric, Reading
from organization.selectors import company


def picture_of(event_id: int, *, language: str) -> Picture | None:
    """The figure of an event and of the periods before it; the last as it was then. None where too little is known.

    Three queries.
    """
    event = EpisodeEvent.objects.select_related("episode__instance__metric").get(pk=event_id)
    if event.start is None:
        return None
    instance = event.episode.instance
    metric = instance.metric
    periods = window(event.grain, event.start, company().fiscal_year_start)
    readings = Reading.objects.filter(
        scope=instance.scope_id, metric=metric, grain=event.grain,
        start__gte=periods[0].start, start__lt=event.start,
    )  # fmt: skip
    known = {start: (value, due) for start, value, due in readings.values_list("start", "value", "expected")}
    known[event.start] = (event.value, event.expected)
    points = tuple(
        Point(formats.period(str(period), language), *known.get(period.start, (None, None)))
        for period in periods
    )
    picture = Picture(
        points=points,
        status=event.status,
        write=partial(_written, metric=metric, language=language),
        limit=limit_of(event.condition),
        runs=metric.additive and event.through is not None and event.through < periods[-1].end,
    )
    return picture if picture.known > 1 else None


def _written(amount: Decimal, *, metric: Metric, language: str) -> str:
    return formats.tile(amount, metric, language)
