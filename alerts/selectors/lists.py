"""Alerts in lists: the open ones, one's own, all; narrowed to what a person may see, in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from alerts.models import LEVEL_CODES, Episode, EpisodeEvent, Notice
from alerts.selectors.silenced import silenced
from alerts.wording import period_words
from decisions.selectors.rights import at_or_below
from decisions.selectors.tasks import below_hers
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company

ROWS_A_PAGE = 50
SHOWN = ("open", "mine", "all")
_AREA = [f"instance__scope__{dimension}" for dimension in DIMENSIONS]
_LEVELS = {name: number for number, name in LEVEL_CODES.items()}


@dataclass(frozen=True)
class EpisodeRow:
    """An alert in a list, with its newest event. `silent_until`: where a silence covers it."""

    episode: Episode
    latest: EpisodeEvent | None
    period: str
    silent_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.episode.closed_at is None


@dataclass(frozen=True)
class EpisodeList:
    """`open_count` and `critical_count` are of all that she sees, whatever is shown."""

    rows: tuple[EpisodeRow, ...]
    page: Page[Episode]
    shown: str
    level: str
    area: Scope | None
    open_count: int
    critical_count: int

    @property
    def narrowed(self) -> bool:
        return bool(self.level) or self.area is not None


def episodes_of(
    person: Person,
    *,
    on: date,
    shown: str = "",
    level: str = "",
    area: Scope | None = None,
    number: int | str | None = 1,
    now: datetime | None = None,
) -> EpisodeList:
    """Open alerts, the worst and newest first; of hers and of all also those that ended, newest first, after them.

    `level`: open at it, or at worst, of those that ended. `area`: with all below it. `now`: to say which are
    silenced. A fixed number of queries.
    """
    shown = shown if shown in SHOWN else SHOWN[0]
    level = level if level in _LEVELS else ""
    seen = Episode.objects.filter(instance__scope__in=visible_scopes(person))
    counts = seen.filter(closed_at__isnull=True).aggregate(
        all=Count("pk"), critical=Count("pk", filter=Q(tier=3))
    )
    found = _shown(seen, person, shown, on)
    if level:
        number_of = _LEVELS[level]
        found = found.filter(
            Q(closed_at__isnull=True, tier=number_of) | Q(closed_at__isnull=False, peak_tier=number_of)
        )
    if area is not None:
        found = found.filter(at_or_below(area, "instance__scope"))
    page = Paginator(found, ROWS_A_PAGE).get_page(number)
    return EpisodeList(
        rows=rows_of(page.object_list, now=now),
        page=page,
        shown=shown,
        level=level,
        area=area,
        open_count=counts["all"],
        critical_count=counts["critical"],
    )


def open_on(
    person: Person, areas: Collection[Scope], *, most: int, now: datetime | None = None
) -> tuple[tuple[EpisodeRow, ...], int]:
    """Open alerts of these areas and all below them, the worst and newest first, and how many there are."""
    on = Q(pk__in=())
    for area in areas:
        on |= at_or_below(area, "instance__scope")
    found = Episode.objects.filter(
        on, closed_at__isnull=True, instance__scope__in=visible_scopes(person)
    ).order_by("-tier", "-opened_at", "-pk")
    rows = rows_of(found[:most], now=now)
    return rows, len(rows) if len(rows) < most else found.count()


def _shown(seen: QuerySet[Episode], person: Person, shown: str, on: date) -> QuerySet[Episode]:
    if shown == "open":
        return seen.filter(closed_at__isnull=True).order_by("-tier", "-opened_at", "-pk")
    if shown == "mine":
        seen = seen.filter(hers(person, on))
    # Open ones have no end, so they come first.
    return seen.order_by("-closed_at", "-tier", "-opened_at", "-pk")


def hers(person: Person, on: date) -> Q:
    """Alerts that she was told of or sees to, and those on areas that she is responsible for. Two queries."""
    told = Notice.objects.filter(event__episode=OuterRef("pk"), person=person).exclude(decision="suppressed")
    return Q(Exists(told)) | Q(holder=person) | below_hers(person, on, "instance__scope")


def rows_of(
    episodes: Iterable[Episode] | QuerySet[Episode], *, now: datetime | None = None
) -> tuple[EpisodeRow, ...]:
    """With the newest event of each. Two queries, one for the company, and two more to say what is silenced `now`."""
    if isinstance(episodes, QuerySet):
        episodes = episodes.select_related("instance__rule", "instance__metric", "holder", *_AREA)
    shown = list(episodes)
    events = (
        EpisodeEvent.objects.filter(episode__in=shown)
        .order_by("episode_id", "-number")
        .distinct("episode_id")
    )
    latest = {event.episode_id: event for event in events}
    language, fiscal_start = get_language() or "en", company().fiscal_year_start
    silent = silenced(shown, now=now) if now is not None else {}
    return tuple(
        EpisodeRow(
            one,
            latest.get(one.pk),
            period_words(latest[one.pk], language, fiscal_start=fiscal_start) if one.pk in latest else "",
            silent.get(one.pk),
        )
        for one in shown
    )
