"""Reading policies and rotas for pages: those on areas that one may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from alerts.models import Policy, PolicyStep, Rota, RotaSwap, Rule, TargetKind
from alerts.policy_words import span_words, target_words, when_words
from alerts.services.naming import Naming, round_of
from organization.gate import Action, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person
from organization.selectors import company
from organization.selectors.answering import Ancestry

TURNS_SHOWN = 6
_AREA = [f"scope__{dimension}" for dimension in DIMENSIONS]


@dataclass(frozen=True)
class StepRow:
    when: str
    whom: tuple[str, ...]


@dataclass(frozen=True)
class PolicyRow:
    """`rules`: how many that she may see name it."""

    policy: Policy
    steps: tuple[StepRow, ...]
    reminds: str
    rules: int
    may_edit: bool


@dataclass(frozen=True)
class Turn:
    person: Person
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class RotaRow:
    """`on_watch`: who has it now, by turn or swapped; None before the round begins."""

    rota: Rota
    on_watch: Person | None
    people: tuple[Person, ...]
    may_edit: bool


@dataclass(frozen=True)
class RotaPage:
    row: RotaRow
    turns: tuple[Turn, ...]
    swaps: tuple[RotaSwap, ...]  # those that are not over


def visible_policies(person: Person) -> QuerySet[Policy]:
    return Policy.objects.filter(scope__in=visible_scopes(person))


def visible_rotas(person: Person) -> QuerySet[Rota]:
    return Rota.objects.filter(scope__in=visible_scopes(person))


def usable_policies(person: Person, rule: Rule | None = None) -> QuerySet[Policy]:
    """Those that she may name in a rule: what she may see, and what the rule names already."""
    found = Q(scope__in=visible_scopes(person))
    if rule is not None:
        found |= Q(pk__in=rule.tiers.filter(policy__isnull=False).values("policy"))
    return Policy.objects.filter(found).order_by("name")


def policies(person: Person) -> list[PolicyRow]:
    """By name; a fixed number of queries."""
    seen = visible_scopes(person)
    rows = (
        visible_policies(person)
        .select_related(*_AREA)
        .prefetch_related("steps__targets__person", "steps__targets__rota", "steps__targets__connection")
        .annotate(rules=Count("tiers__rule", filter=Q(tiers__rule__scope__in=seen), distinct=True))
        .order_by("name")
    )
    editable = set(scopes_where(person, Action.MANAGE_ALERTS).values_list("pk", flat=True))
    rotas = set(visible_rotas(person).values_list("pk", flat=True))
    return [
        PolicyRow(
            policy=row,
            steps=tuple(
                StepRow(when_words(step), tuple(target_words(one, rotas) for one in step.targets.all()))
                for step in row.steps.all()
            ),
            reminds=span_words(row.repeat_minutes) if row.repeat_minutes else "",
            rules=row.rules,
            may_edit=row.scope_id in editable,
        )
        for row in rows
    ]


def get_policy_or_404(person: Person, pk: int) -> Policy:
    found = visible_policies(person).select_related("scope").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def doubts(policy: Policy, *, now: datetime) -> list[str]:
    """What its author should know: nobody of it can log in, or somebody that it names is nobody on its area today."""
    steps = list(
        PolicyStep.objects.filter(policy=policy).prefetch_related(
            "targets__person", "targets__rota", "targets__connection"
        )
    )
    scope = policy.scope
    naming = Naming([], policies={}, scopes={scope.pk: scope}, ancestry=Ancestry([scope]), now=now)
    said: list[str] = []
    enters = False
    for step in steps:
        for target in step.targets.all():
            if target.kind == TargetKind.CONNECTION:
                continue
            people = [one.person for one in naming.meant(target, scope) if one.person is not None]
            enters = enters or any(one.is_active and one.has_usable_password() for one in people)
            if not [one for one in people if one.is_active]:
                said.append(
                    _("%(when)s: “%(whom)s” is nobody for this area today.")
                    % {"when": when_words(step), "whom": target_words(target, [target.rota_id or 0])}
                )
    if not enters:
        said.append(_("Nobody whom this policy tells has a login, so that nobody can answer in the app."))
    return said


# -- Rotas ------------------------------------------------------------------------------------------


def rotas(person: Person, *, now: datetime) -> list[RotaRow]:
    """By name; a fixed number of queries."""
    found = visible_rotas(person).select_related(*_AREA).order_by("name")
    return _rows(person, found.prefetch_related("places__person", "swaps__person"), now)


def rota_page(person: Person, pk: int, *, now: datetime) -> RotaPage:
    """Raises Http404."""
    found = visible_rotas(person).select_related(*_AREA).filter(pk=pk)
    rows = _rows(person, found.prefetch_related("places__person", "swaps__person", "swaps__made_by"), now)
    if not rows:
        raise Http404
    swaps = sorted((one for one in rows[0].rota.swaps.all() if one.ends_at > now), key=lambda s: s.starts_at)
    return RotaPage(rows[0], tuple(_turns(rows[0].rota, now)), tuple(swaps))


def get_rota_or_404(person: Person, pk: int) -> Rota:
    found = visible_rotas(person).select_related("scope").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _rows(person: Person, found: Iterable[Rota], now: datetime) -> list[RotaRow]:
    zone = ZoneInfo(company().time_zone)
    editable = set(scopes_where(person, Action.MANAGE_ALERTS).values_list("pk", flat=True))
    rows = []
    for rota in found:
        people = [place.person for place in rota.places.all()]
        known = {one.pk: one for one in [*people, *(swap.person for swap in rota.swaps.all())]}
        whose = round_of(rota, zone).on_watch(now)
        rows.append(
            RotaRow(
                rota=rota,
                on_watch=known.get(whose) if whose else None,
                people=tuple(people),
                may_edit=rota.scope_id in editable,
            )
        )
    return rows


def _turns(rota: Rota, now: datetime) -> list[Turn]:
    """The one that runs, or the first, and those after it; swaps are shown beside them."""
    zone = ZoneInfo(company().time_zone)
    going = round_of(rota, zone)
    people = {place.person_id: place.person for place in rota.places.all()}
    at = max(now, datetime.combine(rota.first_day, rota.hands_over_at, zone))
    turns: list[Turn] = []
    while len(turns) <= TURNS_SHOWN and (turn := going.turn_of(at)) is not None:
        whose, begins, at = turn
        turns.append(Turn(people[whose], begins, at))
    return turns
