"""Reading rules and messages for pages: narrowed to what a person may see, in a few queries each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.condition_words import condition_words
from alerts.models import Message, MessageState, Rule, Tier
from alerts.selectors.consequences import labels_of
from common import formats
from organization.gate import Action, can, can_somewhere, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person

PAGE = 100
SUGGESTED = 1000


@dataclass(frozen=True)
class Area:
    code: str
    label: str


@dataclass(frozen=True)
class RuleRow:
    rule: Rule
    tiers: tuple[tuple[Tier, str, str], ...]  # each with what it asks for and brings about, in words
    areas: int
    open: int
    people: tuple[str, ...]
    may_edit: bool


def rules(person: Person) -> list[RuleRow]:
    """The rules on areas that she may see. A fixed number of queries."""
    language = get_language() or "en"
    editable = set(scopes_where(person, Action.MANAGE_ALERTS).values_list("pk", flat=True))
    seen = (
        Rule.objects.filter(scope__in=visible_scopes(person))
        .select_related("metric", "owner", *[f"scope__{dimension}" for dimension in DIMENSIONS])
        .prefetch_related("tiers__policy", "recipients__person", "recipients__connection")
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
                (
                    tier,
                    condition_words(tier.condition, rule.metric, language),
                    formats.listed(labels_of(tier.consequences), language),
                )
                for tier in rule.tiers.all()
            ),
            areas=rule.areas,
            open=rule.open,
            people=tuple(
                dict.fromkeys(
                    [
                        *(recipient.label for recipient in rule.recipients.all()),
                        *(tier.policy.name for tier in rule.tiers.all() if tier.policy is not None),
                    ]
                )
            ),
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
