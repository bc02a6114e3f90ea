"""Silences for pages: which run, are planned or over, and what one covers or would have held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.utils.translation import get_language

from alerts.models import LEVELS, Episode, EpisodeEvent, Instance, Notice, Silence
from alerts.routing import ENDS, Kind
from alerts.selectors.lists import EpisodeRow, rows_of
from alerts.wording import period_words
from decisions.selectors.rights import at_or_below
from organization.gate import Action, can, can_somewhere, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person
from organization.selectors import company

PAST = timedelta(days=30)
SHOWN = 12  # lines of what one covers
PAST_SHOWN = 30  # silences that are over
WORST = max(number for number, _name in LEVELS)
# These are told whatever a silence says, or are told to nobody.
NEVER_HELD = (*ENDS, Kind.HANDED_OVER, Kind.ACKNOWLEDGED)
_AREA = [f"scope__{dimension}" for dimension in DIMENSIONS]


def covered(silence: Silence, relation: str = "") -> Q:
    """Instances that it covers, whatever their level; `relation` leads to them. The same answer as
    `alerts.silencing.covers`, for the database. The silence need not be saved.
    """
    at = f"{relation}__" if relation else ""
    found = at_or_below(silence.scope, f"{at}scope")
    if silence.rule_id is not None:
        found &= Q(**{f"{at}rule": silence.rule_id})
    if silence.metric_id is not None:
        found &= Q(**{f"{at}metric": silence.metric_id})
    return found


# -- The list ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SilenceRow:
    """`rule`: its name, where the reader may know it; None where it covers every rule."""

    silence: Silence
    rule: str | None
    may_end: bool

    @property
    def levels(self) -> str:
        """Empty where it covers every level."""
        return str(dict(LEVELS)[self.silence.up_to_level]) if self.silence.up_to_level < WORST else ""


@dataclass(frozen=True)
class SilencePage:
    running: tuple[SilenceRow, ...]
    planned: tuple[SilenceRow, ...]
    past: tuple[SilenceRow, ...]
    may_make: bool


def silences_page(person: Person, *, now: datetime) -> SilencePage:
    """On areas that she sees. A fixed number of queries."""
    seen = _seen(person)
    coming = list(seen.filter(Q(ends_at__gt=now) & Q(ends_at__gt=F("starts_at"))).order_by("ends_at", "pk"))
    over = list(
        seen.filter(Q(ends_at__lte=now) | Q(ends_at=F("starts_at"))).order_by("-ends_at", "-pk")[:PAST_SHOWN]
    )
    hers = set(
        scopes_where(person, Action.MANAGE_ALERTS)
        .filter(pk__in={one.scope_id for one in coming})
        .values_list("pk", flat=True)
    )
    known = _known_rules(person, [*coming, *over])
    rows = [SilenceRow(one, _rule_of(one, known), one.scope_id in hers) for one in coming]
    return SilencePage(
        running=tuple(row for row in rows if row.silence.starts_at <= now),
        planned=tuple(row for row in rows if row.silence.starts_at > now),
        past=tuple(SilenceRow(one, _rule_of(one, known), False) for one in over),
        may_make=can_somewhere(person, Action.MANAGE_ALERTS),
    )


def silence_row(person: Person, pk: int, *, now: datetime) -> SilenceRow:
    """Raises Http404 where its area is not hers to see."""
    found = _seen(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    may = found.to_come(now) and can(person, Action.MANAGE_ALERTS, found.scope)
    return SilenceRow(found, _rule_of(found, _known_rules(person, [found])), may)


def _seen(person: Person) -> QuerySet[Silence]:
    return Silence.objects.filter(scope__in=visible_scopes(person)).select_related(
        "rule", "metric", "author", *_AREA
    )


def _known_rules(person: Person, silences: list[Silence]) -> set[int]:
    """Rules whose areas she sees, or that watch an area that she sees: an alert's page names them as well."""
    wanted = {one.rule_id for one in silences if one.rule_id is not None}
    if not wanted:
        return set()
    seen = visible_scopes(person)
    known = Instance.objects.filter(rule__in=wanted).filter(Q(scope__in=seen) | Q(rule__scope__in=seen))
    return set(known.values_list("rule_id", flat=True).distinct())


def _rule_of(silence: Silence, known: set[int]) -> str | None:
    if silence.rule is None:
        return None
    return silence.rule.name if silence.rule_id in known else "—"


# -- What one covers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeldRow:
    """Something that happened in the last days and would have been held."""

    event: EpisodeEvent
    period: str


@dataclass(frozen=True)
class Cover:
    """`open`: alerts that are open now. `rules` and `areas` that it covers. Of the last 30 days: `events` that it would
    have held, of them the newest, and `messages` to how many `people` that went out for them.
    """

    open: tuple[EpisodeRow, ...]
    open_count: int
    rules: int
    areas: int
    held: tuple[HeldRow, ...]
    events: int
    messages: int
    people: int

    @property
    def more_open(self) -> int:
        return self.open_count - len(self.open)

    @property
    def more_held(self) -> int:
        return self.events - len(self.held)


def cover_of(person: Person, silence: Silence, *, now: datetime) -> Cover:
    """What it covers, as far as she may see; it need not be saved. A fixed number of queries."""
    seen = visible_scopes(person)
    watched = Instance.objects.filter(covered(silence), covered=True, rule__enabled=True, scope__in=seen)
    counts = watched.aggregate(rules=Count("rule", distinct=True), areas=Count("scope", distinct=True))
    alerts = Episode.objects.filter(
        covered(silence, "instance"),
        closed_at__isnull=True,
        tier__lte=silence.up_to_level,
        instance__scope__in=seen,
    ).order_by("-tier", "-opened_at", "-pk")
    happened = (
        EpisodeEvent.objects.filter(
            covered(silence, "episode__instance"),
            at__gte=now - PAST,
            tier__lte=silence.up_to_level,
            episode__instance__scope__in=seen,
        )
        .exclude(kind__in=NEVER_HELD)
        .order_by("-at", "-pk")
    )
    told = Notice.objects.filter(event__in=happened.order_by(), decision="due").aggregate(
        messages=Count("message", distinct=True), people=Count("person", distinct=True)
    )
    newest = happened.select_related(
        "episode__instance__metric", *[f"episode__instance__{area}" for area in _AREA]
    )
    language, fiscal_start = get_language() or "en", company().fiscal_year_start
    return Cover(
        open=rows_of(alerts[:SHOWN]),
        open_count=alerts.count(),
        rules=counts["rules"],
        areas=counts["areas"],
        held=tuple(
            HeldRow(event, period_words(event, language, fiscal_start=fiscal_start))
            for event in newest[:SHOWN]
        ),
        events=happened.count(),
        messages=told["messages"],
        people=told["people"],
    )
