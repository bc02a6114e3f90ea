"""Whose digest is due, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, F, IntegerField, Value, When

from alerts.digests import due_day
from alerts.models import Digest, DigestRun, Episode, FollowedFigure, Listening, Notice
from alerts.models.life import CloseReason
from alerts.routing import Because, Decision
from alerts.selectors.lists import EpisodeRow, hers, rows_of
from decisions.selectors.inbox import Inbox, inbox
from kpis.models import Metric, Reading
from organization.gate import home_scope, visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company, exceptions_between

ONE_DAY = timedelta(days=1)
LONGEST = timedelta(days=31)  # what happened before the last digest but longer ago is no news
LISTED = 10  # of each part; the rest is counted
FIGURES = 5
HELD_FOR = (Because.FLAPPING, Because.EXPLAINED)


@dataclass(frozen=True)
class Due:
    person: Person
    day: date
    listening: Listening


def due_digests(now: datetime) -> list[Due]:
    """In the order of people. Three queries."""
    wanted = (
        Listening.objects.exclude(digest=Digest.OFF).filter(person__is_active=True).select_related("person")
    )
    rows = list(wanted.order_by("person_id"))
    if not rows:
        return []
    today = now.date()
    done = set(
        DigestRun.objects.filter(day__range=(today - ONE_DAY, today + ONE_DAY)).values_list(
            "person_id", "day"
        )
    )
    exceptions = exceptions_between(today - ONE_DAY, today + ONE_DAY)
    found = []
    for row in rows:
        day = due_day(
            when=row.digest, at=row.digest_at, weekday=row.digest_weekday,
            zone=ZoneInfo(row.person.time_zone), now=now, exceptions=exceptions,
        )  # fmt: skip
        if day is not None and (row.person_id, day) not in done:
            found.append(Due(row.person, day, row))
    return found


@dataclass(frozen=True)
class HeldAlert:
    """An alert of which she was not told in a message of its own. `row` is None where its area is closed to her."""

    rule: str
    row: EpisodeRow | None
    because: str


@dataclass(frozen=True)
class FigureRow:
    """`area` is named where it need not be her home."""

    metric: Metric
    reading: Reading
    area: str = ""


@dataclass(frozen=True)
class Digested:
    """`new` began since the last digest and `open` before; `recovered` since then; `figures`
    are those that she follows (`followed`), else those of her home area.
    """

    since: datetime
    new: tuple[EpisodeRow, ...]
    open: tuple[EpisodeRow, ...]
    recovered: tuple[EpisodeRow, ...]
    held: tuple[HeldAlert, ...]
    due: Inbox
    home: Scope | None
    figures: tuple[FigureRow, ...]
    followed: bool = False

    @property
    def is_empty(self) -> bool:
        """Figures alone are no news."""
        return not (
            self.new or self.open or self.recovered or self.held or self.due.waiting or self.due.tasks
        )


def digest_of(person: Person, *, day: date, when: str, now: datetime) -> Digested:
    """What happened since her last digest, and what waits. A fixed number of queries, those of her inbox beside."""
    since = since_last(person, when=when, now=now)
    seen = Episode.objects.filter(instance__scope__in=visible_scopes(person)).filter(hers(person, day))
    seen = seen.select_related("acknowledged_by")
    opened = rows_of(seen.filter(closed_at__isnull=True).order_by("-tier", "-opened_at", "-pk"), now=now)
    recovered = seen.filter(closed_at__gte=since).exclude(close_reason=CloseReason.RULE_CHANGED)
    home = home_scope(person)
    follows = _followed(person, day)
    return Digested(
        since=since,
        new=tuple(row for row in opened if row.episode.opened_at >= since),
        open=tuple(row for row in opened if row.episode.opened_at < since),
        recovered=rows_of(recovered.order_by("-closed_at", "-pk")),
        held=_held(person),
        due=inbox(person, as_of=now),
        home=home,
        figures=follows if follows is not None else _worst(home, day) if home is not None else (),
        followed=follows is not None,
    )


def since_last(person: Person, *, when: str, now: datetime) -> datetime:
    """Up to when her last digest told; without one, a day or a week ago."""
    last = (
        DigestRun.objects.filter(person=person, at__lt=now)
        .order_by("-day")
        .values_list("at", flat=True)
        .first()
    )
    if last is None:
        return now - (7 * ONE_DAY if when == Digest.WEEKLY else ONE_DAY)
    return max(last, now - LONGEST)


def _held(person: Person) -> tuple[HeldAlert, ...]:
    """Each alert once, the worst first."""
    notices = Notice.objects.filter(person=person, decision=Decision.HELD, reason__in=HELD_FOR).values_list(
        "event__episode_id", "reason"
    )
    because = dict(notices.order_by("pk"))
    episodes = Episode.objects.filter(pk__in=because).order_by("-tier", "-opened_at", "-pk")
    rows = rows_of(episodes)
    seen = set(
        visible_scopes(person)
        .filter(pk__in={row.episode.instance.scope_id for row in rows})
        .values_list("pk", flat=True)
    )
    return tuple(
        HeldAlert(
            row.episode.instance.rule.name,
            row if row.episode.instance.scope_id in seen else None,
            because[row.episode.pk],
        )
        for row in rows
    )


def _followed(person: Person, day: date) -> tuple[FigureRow, ...] | None:
    """Those of the running month that there are, of areas that she sees; None where she follows nothing. Two queries."""
    areas = (f"scope__{dimension}" for dimension in DIMENSIONS)
    named = list(FollowedFigure.objects.filter(person=person).select_related("metric", *areas))
    if not named:
        return None
    found = Reading.objects.filter(
        grain="month",
        start=day.replace(day=1),
        metric__in={one.metric_id for one in named},
        metric__archived_at__isnull=True,
        scope__in=visible_scopes(person).filter(pk__in={one.scope_id for one in named}),
    )
    readings = {(row.metric_id, row.scope_id): row for row in found}
    return tuple(
        FigureRow(one.metric, readings[one.metric_id, one.scope_id], one.scope.label)
        for one in named
        if (one.metric_id, one.scope_id) in readings
    )


def _worst(home: Scope, day: date) -> tuple[FigureRow, ...]:
    """The figures of the running month that are furthest behind plan, by their lights first. Two queries."""
    rank = Case(When(status="red", then=Value(0)), When(status="yellow", then=Value(1)), default=Value(2),
                output_field=IntegerField())  # fmt: skip
    rows = list(
        Reading.objects.filter(scope=home, grain="month", start=day.replace(day=1), attainment__isnull=False)
        .exclude(status="grey")
        .filter(metric__archived_at__isnull=True)
        .annotate(rank=rank)
        .order_by("rank", F("attainment"), "metric_id")[:FIGURES]
    )
    metrics = Metric.objects.in_bulk({row.metric_id for row in rows})
    return tuple(FigureRow(metrics[row.metric_id], row) for row in rows)


def fiscal_start() -> int:
    return company().fiscal_year_start
