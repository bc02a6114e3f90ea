"""What customers say, complain of and are worth: one area in one period, from the rooms that know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from common.periods import Grain
from customers.models import ValueRun
from customers.selectors.value import (
    LifetimeRow,
    TiersPage,
    tiers_page,
    value_frame,
    worth_of,
)
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.channel import History
from dashboards.selectors.frame import Frame
from dashboards.selectors.watched import Watched, watched
from feedback.models import TopicRun
from feedback.selectors import topics
from feedback.selectors.comment_filter import Asked
from feedback.selectors.topics import TopicRow
from kpis.models import Metric
from kpis.selectors import NO_FIGURE
from organization.models import Person

# The questions that the page answers, each by these figures.
SAID = ("nps", "csat", "ces", "response_rate")
COMPLAINED = ("complaints", "first_answers_in_time", "solutions_in_time", "repeat_rate")
WORTH = ("new_customers", "repurchase_rate", "retention", "arpu", "ltv", "ltv_cac", "payback_months")
CODES = (*SAID, *COMPLAINED, *WORTH)
MONTHS = {Grain.MONTH: "1", Grain.QUARTER: "3", Grain.YEAR: "12"}  # that comments are read over
TOPICS = 5


@dataclass(frozen=True)
class Customers:
    """`tiers` None: nobody has worked out what customers of exactly this area are worth. `topics`: those that score lowest, with
    enough scores to say so; `asked` is what they are read over.
    """

    frame: Frame
    watched: Watched
    drawn: str
    tiers: TiersPage | None
    worth: LifetimeRow | None
    worked_out: bool
    topics: tuple[TopicRow, ...]
    asked: Asked
    read: bool

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return self.watched.metrics

    @property
    def history(self) -> History:
        seen = self.watched
        return History(self.drawn, seen.spans, seen.course.get(self.drawn, (NO_FIGURE,) * len(seen.spans)))

    @property
    def has_values(self) -> bool:
        return any(one.value is not None for one in self.watched.figures.values())


def versions() -> tuple[object, ...]:
    """What changes with the runs behind the page, which pages that are kept need to know. Two queries."""
    topic = TopicRun.objects.values_list("made_at", flat=True).first()
    value = ValueRun.objects.values_list("pk", "made_at").first()
    return (topic, value)


def customers(
    person: Person, frame: Frame, *, draw: str, catalog: Catalog, today: date, now: datetime
) -> Customers:
    """Of an area that she may see. Some twenty queries."""
    seen = watched(frame.area, frame.period, CODES, catalog=catalog, today=today)
    value = value_frame(person, key=frame.area.key, now=now)
    months = MONTHS.get(Grain(frame.period.grain), "3") if frame.period.grain in list(Grain) else "3"
    found = topics.frame(person, {"area": frame.area.key, "months": months}, now=now, today=today)
    rows, _quiet = topics.topic_rows(found) if found.run is not None else ((), ())
    return Customers(
        frame=frame,
        watched=seen,
        drawn=draw if draw in seen.metrics else "nps",
        tiers=tiers_page(value, month=""),
        worth=worth_of(value.row) if value.row is not None else None,
        worked_out=value.run is not None,
        topics=tuple(row for row in rows if not row.standing.small)[:TOPICS],
        asked=found.asked,
        read=found.run is not None,
    )
