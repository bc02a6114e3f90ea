"""How an alert's figure ran: period by period, before it began, while it was open, and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from alerts.models import LEVELS, Episode, EpisodeEvent
from alerts.thresholds import NO_LINES, Lines, lines_of
from common.periods import Grain, Period
from kpis.models import Reading

BEFORE, AFTER = 13, 6  # periods that are shown around an alert
MOST = 400
_LEVELS = dict(LEVELS)
ENDS = ("recovered", "closed")
SHOWN = ("first", "raised", "lowered", *ENDS)


@dataclass(frozen=True)
class Point:
    """The figure of a period. `tier` is the worst level that was open in it, 0 for none; `target` the one of then."""

    period: Period
    value: Decimal | None
    target: Decimal | None
    expected: Decimal | None
    attainment: Decimal | None
    status: str
    tier: int
    lines: Lines

    @property
    def words(self) -> str:
        return str(self.period)

    @property
    def level(self) -> str:
        return str(_LEVELS.get(self.tier, ""))

    @property
    def shares(self) -> list[Decimal]:
        return self.lines.share.ends

    @property
    def amounts(self) -> list[Decimal]:
        return self.lines.amount.ends


@dataclass(frozen=True)
class Mark:
    """A step of the alert, with the figure as it was then. `tier` 0: it ended."""

    start: date
    tier: int
    value: Decimal | None
    attainment: Decimal | None


@dataclass(frozen=True)
class Course:
    """`span`: first and last day of the periods in which it was open."""

    grain: Grain
    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    span: tuple[date, date]

    @property
    def newest_first(self) -> Sequence[Point]:
        return self.points[::-1]

    @property
    def by_share(self) -> bool:
        """Whether the alert asks for a share of plan, so that its steps are shown among shares."""
        return any(point.lines.share for point in self.points)


def course_of(
    episode: Episode, events: Sequence[EpisodeEvent], *, today: date, fiscal_start: int
) -> Course | None:
    """`events` the first first. None where no period is known, or nothing of any. One query."""
    steps = [one for one in events if one.kind in SHOWN and one.start is not None]
    if not steps:
        return None
    grain = Grain(steps[0].grain)
    periods = [Period.containing(one.start, grain, fiscal_start=fiscal_start) for one in steps if one.start]
    now = Period.containing(today, grain, fiscal_start=fiscal_start)
    last = now if episode.closed_at is None else min(now, periods[-1].next(AFTER))
    first = max(periods[0].next(-BEFORE), last.next(1 - MOST))
    kept = {
        row.start: row
        for row in Reading.objects.filter(
            scope=episode.instance.scope_id, metric=episode.instance.metric_id, grain=grain.value,
            start__range=(first.start, last.start),
        )
    }  # fmt: skip
    points = list(_points(first, last, kept, list(zip(periods, steps, strict=True))))
    shown = _trimmed(points)
    if not shown:
        return None
    return Course(
        grain=grain,
        points=shown,
        marks=tuple(
            Mark(period.start, 0 if one.kind in ENDS else one.tier, one.value, one.attainment)
            for period, one in zip(periods, steps, strict=True)
        ),
        span=(periods[0].start, (now if episode.closed_at is None else periods[-1]).end),
    )


def _points(
    first: Period, last: Period, kept: dict[date, Reading], steps: list[tuple[Period, EpisodeEvent]]
) -> Iterator[Point]:
    period, tier, lines = first, 0, NO_LINES
    while period <= last:
        here = [one for at, one in steps if at == period]
        worst = max([tier, *(one.tier for one in here if one.kind not in ENDS)])
        for one in here:
            tier = 0 if one.kind in ENDS else one.tier
            lines = lines_of(one.condition) if one.condition else lines
        yield _point(
            period, kept.get(period.start), here[-1] if here else None, worst, lines if worst else NO_LINES
        )
        period = period.next()


def _point(period: Period, kept: Reading | None, step: EpisodeEvent | None, tier: int, lines: Lines) -> Point:
    """The target is the one that the alert was held against, though it may have been moved since."""
    one = kept if kept is not None else step
    if one is None:
        return Point(period, None, None, None, None, "grey", tier, lines)
    target, expected = one.target, one.expected
    if kept is not None and step is not None and step.target is not None and step.target != kept.target:
        target = step.target
        if kept.through is not None and kept.through >= period.end:
            expected = step.target
    return Point(period, one.value, target, expected, one.attainment, one.status, tier, lines)


def _trimmed(points: list[Point]) -> tuple[Point, ...]:
    """Without what is empty at either end."""
    known = [place for place, one in enumerate(points) if one.value is not None]
    return tuple(points[known[0] : known[-1] + 1]) if known else ()
