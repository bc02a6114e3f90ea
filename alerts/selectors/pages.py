"""Reading alerts, rules and messages for pages: narrowed to what a person may see, in a few queries each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.condition_words import condition_words
from alerts.models import Episode, EpisodeEvent, Instance, Message, MessageState, Notice, Rule, Tier
from alerts.wording import period_words
from kpis.models import Metric, Reading
from organization.gate import Action, can, can_somewhere, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company

PAGE = 100
SUGGESTED = 1000
_AREA = [f"instance__scope__{dimension}" for dimension in DIMENSIONS]


@dataclass(frozen=True)
class EpisodeRow:
    """An alert in a list, with its newest event."""

    episode: Episode
    latest: EpisodeEvent | None
    period: str

    @property
    def is_open(self) -> bool:
        return self.episode.closed_at is None


@dataclass(frozen=True)
class EpisodeList:
    open: tuple[EpisodeRow, ...]
    closed: tuple[EpisodeRow, ...]
    open_count: int
    critical_count: int


@dataclass(frozen=True)
class EventRow:
    event: EpisodeEvent
    period: str
    asked: str  # what the level asked for then, in words
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class EpisodePage:
    episode: Episode
    metric: Metric
    rule: Rule
    scope: Scope
    events: tuple[EventRow, ...]
    now: Reading | None
    may_edit: bool
    may_read_messages: bool


@dataclass(frozen=True)
class Area:
    code: str
    label: str


@dataclass(frozen=True)
class RuleRow:
    rule: Rule
    tiers: tuple[tuple[Tier, str], ...]  # each with what it asks for, in words
    areas: int
    open: int
    people: tuple[str, ...]
    may_edit: bool


def episodes(person: Person) -> EpisodeList:
    """Open alerts, the worst and newest first, then those that ended, newest first. A fixed number of queries."""
    seen = (
        Episode.objects.filter(instance__scope__in=visible_scopes(person))
        .select_related("instance__rule", "instance__metric", *_AREA)
        .order_by("-tier", "-opened_at", "-pk")
    )
    running = seen.filter(closed_at__isnull=True)
    counts = running.order_by().aggregate(all=Count("pk"), critical=Count("pk", filter=Q(tier=3)))
    shown_open = list(running[:PAGE])
    shown_closed = list(seen.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")[:PAGE])
    latest = _latest([*shown_open, *shown_closed])
    fiscal_start = company().fiscal_year_start
    return EpisodeList(
        open=tuple(_row(episode, latest, fiscal_start) for episode in shown_open),
        closed=tuple(_row(episode, latest, fiscal_start) for episode in shown_closed),
        open_count=counts["all"],
        critical_count=counts["critical"],
    )


def _latest(shown: Sequence[Episode]) -> dict[int, EpisodeEvent]:
    events = (
        EpisodeEvent.objects.filter(episode__in=shown)
        .order_by("episode_id", "-number")
        .distinct("episode_id")
    )
    return {event.episode_id: event for event in events}


def _row(episode: Episode, latest: dict[int, EpisodeEvent], fiscal_start: int) -> EpisodeRow:
    event = latest.get(episode.pk)
    period = period_words(event, get_language() or "en", fiscal_start=fiscal_start) if event else ""
    return EpisodeRow(episode=episode, latest=event, period=period)


def episode_page(person: Person, pk: int) -> EpisodePage:
    """One alert with its history and who was told. Raises Http404 where her grants do not cover its area."""
    episode = (
        Episode.objects.filter(pk=pk, instance__scope__in=visible_scopes(person))
        .select_related("instance__rule__owner", "instance__metric", *_AREA)
        .first()
    )
    if episode is None:
        raise Http404
    instance = episode.instance
    notices: dict[int, list[Notice]] = {}
    for notice in (
        Notice.objects.filter(event__episode=episode)
        .select_related("person", "connection", "message")
        .order_by("person_id", "connection_id", "way")
    ):
        notices.setdefault(notice.event_id, []).append(notice)
    fiscal_start = company().fiscal_year_start
    language = get_language() or "en"
    return EpisodePage(
        episode=episode,
        metric=instance.metric,
        rule=instance.rule,
        scope=instance.scope,
        events=tuple(
            EventRow(
                event,
                period_words(event, language, fiscal_start=fiscal_start),
                condition_words(event.condition, instance.metric, language),
                tuple(notices.get(event.pk, ())),
            )
            for event in episode.events.order_by("-number")
        ),
        now=_reading(instance),
        may_edit=can(person, Action.MANAGE_ALERTS, instance.rule.scope),
        may_read_messages=can(person, Action.SEE_OUTBOX),
    )


def _reading(instance: Instance) -> Reading | None:
    """The figure as it is now, of the period that was looked at last."""
    if instance.period is None:
        return None
    return Reading.objects.filter(
        scope=instance.scope_id, metric=instance.metric_id, grain=instance.rule.grain, start=instance.period
    ).first()


def rules(person: Person) -> list[RuleRow]:
    """The rules on areas that she may see. A fixed number of queries."""
    editable = set(scopes_where(person, Action.MANAGE_ALERTS).values_list("pk", flat=True))
    seen = (
        Rule.objects.filter(scope__in=visible_scopes(person))
        .select_related("metric", "owner", *[f"scope__{dimension}" for dimension in DIMENSIONS])
        .prefetch_related("tiers", "recipients__person", "recipients__connection")
        .annotate(
            areas=Count("instances", filter=Q(instances__covered=True), distinct=True),
            open=Count(
                "instances__episodes", filter=Q(instances__episodes__closed_at__isnull=True), distinct=True
            ),
        )
        .order_by("-enabled", "name", "pk")
    )
    return [
        RuleRow(
            rule=rule,
            tiers=tuple(
                (tier, condition_words(tier.condition, rule.metric, get_language() or "en"))
                for tier in rule.tiers.all()
            ),
            areas=rule.areas,
            open=rule.open,
            people=tuple(dict.fromkeys(recipient.label for recipient in rule.recipients.all())),
            may_edit=rule.scope_id in editable,
        )
        for rule in seen
    ]


def get_rule_or_404(person: Person, pk: int) -> Rule:
    """A rule on an area that she may see. Raises Http404."""
    rule = (
        Rule.objects.filter(pk=pk, scope__in=visible_scopes(person)).select_related("metric", "scope").first()
    )
    if rule is None:
        raise Http404
    return rule


def may_write_rules(person: Person) -> bool:
    return can_somewhere(person, Action.MANAGE_ALERTS)


def areas_for_rules(person: Person) -> list[Area]:
    """The areas, of one dimension each, for which she may write rules, to choose from while typing."""
    scopes = (
        scopes_where(person, Action.MANAGE_ALERTS)
        .filter(node__isnull=False, node__archived_at__isnull=True)
        .select_related("node")
        .order_by("node__dimension", "node__depth", "node__path")
    )
    company_too = can(person, Action.MANAGE_ALERTS)
    areas = [Area(scope.key, scope.node.label) for scope in scopes[:SUGGESTED] if scope.node]
    return [Area("company", str(_("Company"))), *areas] if company_too else areas


def visible_messages(person: Person) -> QuerySet[Message]:
    """All messages for who may see the outbox, for everybody else those to themselves."""
    return Message.objects.all() if can(person, Action.SEE_OUTBOX) else Message.objects.filter(person=person)


def messages(person: Person, *, state: str = "") -> list[Message]:
    """The newest messages that she may see."""
    found = visible_messages(person).select_related("person", "connection").order_by("-created_at", "-pk")
    if state in MessageState.values:
        found = found.filter(state=state)
    return list(found.defer("html", "text")[:PAGE])


def message_counts(person: Person) -> dict[str, int]:
    counts = dict(visible_messages(person).values_list("state").annotate(number=Count("pk")).order_by())
    return {state: counts.get(state, 0) for state in MessageState.values}
