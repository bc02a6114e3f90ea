"""Why an alert's figure moved, and what else happened then: parts of the tree, the calendar, other alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.condition_words import read_seen
from alerts.conditions import Change, parts_of
from alerts.models import Episode, EpisodeEvent, Instance
from alerts.selectors.lists import EpisodeRow, rows_of
from common.periods import Grain, Period
from decisions.selectors.rights import at_or_below
from kpis.figures import Look
from kpis.selectors.movement import Against, Movement, why
from organization.gate import visible_scopes
from organization.models import CalendarEvent, Person
from organization.selectors import company
from organization.selectors.people import at_or_above

NEAR = timedelta(days=3)  # around the period, in the calendar
BEGAN_NEAR = timedelta(days=2)  # between the beginnings of alerts
MOST_EVENTS, MOST_OTHERS = 8, 5


@dataclass(frozen=True)
class Happened:
    """Something that the calendar knows. `inside`: it reaches into the period itself."""

    name: str
    first_day: date
    last_day: date
    inside: bool


@dataclass(frozen=True)
class Causes:
    """`period` None: no period was looked at, so nothing can be said. `movement` None: nothing to compare with."""

    episode: Episode
    period: Period | None
    movement: Movement | None
    happened: tuple[Happened, ...]
    others: tuple[EpisodeRow, ...]


def causes_of(person: Person, episode: Episode, *, as_of: datetime) -> Causes:
    """Of an alert that she may see. Names and counts of parts are narrowed to what she may see. Some thirty queries at
    most, whatever the area.
    """
    event = _telling(episode)
    others = others_then(person, episode, as_of=as_of)
    if event is None or event.start is None:
        return Causes(episode, None, None, (), others)
    period = Period.containing(event.start, Grain(event.grain), fiscal_start=company().fiscal_year_start)
    return Causes(episode, period, _movement(person, event, period, as_of), _happened(event, period), others)


def _telling(episode: Episode) -> EpisodeEvent | None:
    """The step at which it got as bad as it did."""
    return (
        episode.events.filter(kind__in=("first", "raised"), start__isnull=False)
        .order_by("-tier", "number")
        .first()
        or episode.events.filter(start__isnull=False).order_by("number").first()
    )


def _movement(person: Person, event: EpisodeEvent, period: Period, as_of: datetime) -> Movement | None:
    """Held against what the alert was about; where that has no figure, against the period before."""
    scope, metric = event.episode.instance.scope, event.episode.instance.metric
    nodes = {dimension: getattr(scope, dimension) for dimension in scope.node_ids()}
    look = Look.at(today=timezone.localdate(as_of))
    for against in dict.fromkeys((_against(event), Against.LAST_PERIOD)):
        found = why(person=person, metric=metric, nodes=nodes, period=period, against=against, look=look)
        if found.change is not None:
            return found
    return None


def _against(event: EpisodeEvent) -> Against:
    condition = read_seen(event.condition)
    parts = parts_of(condition) if condition else ()
    if not parts or any(one.kind == "attainment" for one in parts):
        return Against.EXPECTED
    by_year = any(isinstance(one, Change) and one.on == "year" for one in parts)
    return Against.LAST_YEAR if by_year else Against.LAST_PERIOD


def _happened(event: EpisodeEvent, period: Period) -> tuple[Happened, ...]:
    """In the days that were looked at, or three days off. One query; those within come first."""
    first, last = period.start, min(event.through or period.end, period.end)
    rows = CalendarEvent.objects.filter(first_day__lte=last + NEAR, last_day__gte=first - NEAR)
    found = [
        Happened(_(one.name), one.first_day, one.last_day, one.first_day <= last and one.last_day >= first)
        for one in rows.order_by("first_day", "pk")
    ]
    return tuple(sorted(found, key=lambda one: not one.inside)[:MOST_EVENTS])


def others_then(person: Person, episode: Episode, *, as_of: datetime) -> tuple[EpisodeRow, ...]:
    """Alerts of hers that were open while it was, or began within two days of it: on areas above or below, or of the
    same figure elsewhere, the same figure above or below first. Two queries.
    """
    instance = episode.instance
    began, ended = episode.opened_at, episode.closed_at or as_of
    at_the_time = Q(opened_at__lte=ended) & (Q(closed_at__isnull=True) | Q(closed_at__gte=began))
    near = Q(opened_at__range=(began - BEGAN_NEAR, began + BEGAN_NEAR))
    above = Q(instance__in=Instance.objects.filter(at_or_above(instance.scope)).values("pk"))
    on_path = above | at_or_below(instance.scope, "instance__scope")
    same = Q(instance__metric=instance.metric_id)
    rank = Case(
        When(same & on_path, then=Value(0)),
        When(on_path, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = (
        Episode.objects.filter(instance__scope__in=visible_scopes(person))
        .filter(at_the_time | near, on_path | same)
        .exclude(pk=episode.pk)
        .annotate(rank=rank)
        .order_by("rank", "-tier", "-opened_at", "-pk")
    )
    return rows_of(found[:MOST_OTHERS])
