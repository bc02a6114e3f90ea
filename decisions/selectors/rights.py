"""Who may decide a step: herself, or in the place of somebody who has handed it to her for a while.

Nobody decides what she has proposed, neither herself nor through another; the database holds that too. Deciding needs
sight of the area, since duties and standing in grant nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from decisions.kinds import find_kind, kinds
from decisions.models import Delegation, Step, StepState
from decisions.models.proposals import UNDECIDED
from organization.gate import can, roles_for, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Duty, NodeAncestor, Person, Role, Scope
from organization.selectors import company, duty_holders, role_holders

APPROVING = (Role.MANAGER, Role.FINANCE, Role.ADMIN)
PENDING = (StepState.WAITING, StepState.ASKED)


@dataclass(frozen=True)
class Right:
    """That she may decide a step, and in whose place; None for her own."""

    step: Step
    in_place_of: Person | None

    @property
    def due_at(self) -> datetime:
        assert self.step.due_at is not None  # what waits has a clock
        return self.step.due_at


def today_of(as_of: datetime) -> date:
    """The company's day."""
    return as_of.astimezone(company_zone()).date()


def company_zone() -> ZoneInfo:
    return ZoneInfo(company().time_zone)


def at_or_below(top: Scope, relation: str = "") -> Q:
    """The scope itself and all below it; `relation` leads to the scopes."""
    at = f"{relation}__" if relation else ""
    condition = Q()
    for dimension, node_id in top.node_ids().items():
        below = NodeAncestor.objects.filter(ancestor_id=node_id).values("node_id")
        condition &= Q(**{f"{at}{dimension}__in": below})
    # All lies below the company. An empty Q would be left out where several areas are joined by "or".
    return condition or Q(**{f"{at}pk__isnull": False})


def seen_by(person: Person, relation: str = "") -> Q:
    """Rows with a kind, a subject and an area (proposals, tasks, comments) that she may see; `relation` leads to them.

    Rows whose kind nobody has registered are shown to nobody.
    """
    at = f"{relation}__" if relation else ""
    open_kinds = [kind.code for kind in kinds() if kind.seen_by is None]
    seen = Q(**{f"{at}kind__in": open_kinds})
    for kind in kinds():
        if kind.seen_by is not None:
            seen |= Q(**{f"{at}kind": kind.code, f"{at}subject_id__in": kind.seen_by(person)})
    return Q(**{f"{at}scope__in": visible_scopes(person)}) & seen


def sees(person: Person, kind: str, subject_id: int, scope: Scope) -> bool:
    """Whether the subject is hers to see."""
    found = find_kind(kind)
    if found is None or not can(person, Role.VIEWER, scope):
        return False
    return found.seen_by is None or found.seen_by(person).filter(pk=subject_id).exists()


def delegations_to(person: Person, on: date) -> list[Delegation]:
    """In whose place she may decide on that day. Two who stand in for each other do not lead further."""
    return list(
        Delegation.objects.filter(
            to_person=person, first_day__lte=on, last_day__gte=on, from_person__is_active=True
        )
        .select_related("from_person", *(f"scope__{dimension}" for dimension in DIMENSIONS))
        .order_by("pk")
    )


def pending_steps() -> QuerySet[Step]:
    """The steps that somebody may decide now."""
    scopes = (f"proposal__scope__{dimension}" for dimension in DIMENSIONS)
    return Step.objects.filter(state__in=PENDING, proposal__state__in=UNDECIDED).select_related(
        "proposal__proposed_by", "author", *scopes
    )


def rights(person: Person, steps: QuerySet[Step], on: date) -> list[Right]:
    """What she may decide of these steps, the most urgent first; one in her own right rather than in another's place.

    A fixed number of queries for herself and as many for each person in whose place she stands.
    """
    if not person.is_active:
        return []
    steps = steps.filter(seen_by(person, "proposal")).exclude(author=person)
    found: dict[int, Right] = {step.pk: Right(step, None) for step in steps.filter(_held_by(person))}
    for delegation in delegations_to(person, on):
        whose = delegation.from_person
        theirs = steps.filter(_held_by(whose)).exclude(author=whose)
        if delegation.scope is not None:
            theirs = theirs.filter(at_or_below(delegation.scope, "proposal__scope"))
        for step in theirs:
            found.setdefault(step.pk, Right(step, whose))
    return sorted(found.values(), key=lambda right: (right.due_at, right.step.pk))


def right_to(person: Person, step: Step, on: date) -> Right | None:
    """Her right to decide this step, if she has one."""
    found = rights(person, pending_steps().filter(pk=step.pk), on)
    return found[0] if found else None


def _held_by(person: Person) -> Q:
    """Steps that are hers by role on the area, or by a duty on it or above it."""
    held = Q(pk__in=())
    for role in APPROVING:
        held |= Q(role=role, proposal__scope__in=scopes_where(person, roles_for(role)))
    for duty in Duty.objects.filter(person=person).select_related("scope"):
        held |= Q(duty__iexact=duty.name) & at_or_below(duty.scope, "proposal__scope")
    return held


def deciders_of(step: Step, on: date) -> list[Person]:
    """Whom to tell that it waits: those named nearest to the area who may decide it, and who stands in for them.

    [] where nobody but its author could.
    """
    scope, author = step.proposal.scope, step.author
    if step.duty:
        named = duty_holders(step.duty, scope, but=author)
    else:
        role = Role(step.role)
        named = role_holders([role], scope, but=author) or role_holders(roles_for(role), scope, but=author)
        if not named and Role.ADMIN in roles_for(role):
            superusers = Person.objects.filter(is_superuser=True, is_active=True)
            named = [one for one in superusers if one != author]
    found = _who_see(named, step)
    stand_ins = (
        Delegation.objects.filter(
            from_person__in=found, first_day__lte=on, last_day__gte=on, to_person__is_active=True
        )
        .exclude(to_person=author)
        .select_related("to_person", "scope")
    )
    covering = [one.to_person for one in stand_ins if one.scope is None or _covers(one.scope, scope)]
    return list({person.pk: person for person in (*found, *_who_see(covering, step))}.values())


def _who_see(people: Iterable[Person], step: Step) -> list[Person]:
    proposal = step.proposal
    return [one for one in people if sees(one, proposal.kind, proposal.subject_id, proposal.scope)]


def _covers(top: Scope, scope: Scope) -> bool:
    return Scope.objects.filter(at_or_below(top), pk=scope.pk).exists()
