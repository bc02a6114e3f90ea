"""Who may decide a step: herself, or in the place of somebody who has handed it to her for a while.

Nobody decides what she has proposed, neither herself nor through another; the database holds that too. Where a proposal
needs the same approval twice, two people give it. Deciding needs sight of the area, since duties and standing in grant
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from decisions.kinds import find_kind, kinds
from decisions.models import Delegation, Step, StepState
from decisions.models.proposals import UNDECIDED
from organization.gate import can, roles_for, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Duty, Grant, NodeAncestor, Person, Role, Scope
from organization.selectors import at_or_above, company, duty_holders, role_holders

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
    steps = steps.filter(seen_by(person, "proposal")).exclude(author=person).exclude(_signed_by(person))
    found: dict[int, Right] = {step.pk: Right(step, None) for step in steps.filter(_held_by(person))}
    for delegation in delegations_to(person, on):
        whose = delegation.from_person
        theirs = steps.filter(_held_by(whose)).exclude(author=whose).exclude(_signed_by(whose))
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
    held, raised = Q(pk__in=()), Q(raised_at__isnull=False)
    for role in APPROVING:
        there = Q(proposal__scope__in=scopes_where(person, roles_for(role)))
        held |= (Q(role=role) | (raised & Q(up_role=role))) & there
    for duty in Duty.objects.filter(person=person).select_related("scope"):
        named = Q(duty__iexact=duty.name) | (raised & Q(up_duty__iexact=duty.name))
        held |= named & at_or_below(duty.scope, "proposal__scope")
    return held


def _signed_by(person: Person) -> Exists:
    """Steps whose like she has approved in the same proposal, herself or through another."""
    same = {name: OuterRef(name) for name in ("proposal", "role", "duty")}
    hers = Q(decided_by=person) | Q(on_behalf_of=person)
    return Exists(Step.objects.filter(hers, state=StepState.APPROVED, **same))


def how_many_could(step: Step) -> int:
    """How many hold the approval of this step, wherever they are named, its author left out."""
    at = at_or_above(step.proposal.scope)
    if step.duty:
        rows = Duty.objects.filter(at, name__iexact=step.duty, person__is_active=True)
        people = set(rows.values_list("person", flat=True))
    else:
        roles = roles_for(Role(step.role))
        grants = Grant.objects.filter(at, role__in=roles, person__is_active=True)
        people = set(grants.values_list("person", flat=True))
        if Role.ADMIN in roles:
            people |= set(
                Person.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True)
            )
    return len(people - {step.author_id})


def deciders_of(step: Step, on: date, *, raised: bool = False) -> list[Person]:
    """Whom to tell that it waits: those named nearest to the area who may decide it, and who stands in for them.
    `raised`: instead of them, those to whom it goes when its time is over.

    [] where nobody but its author could.
    """
    scope, author = step.proposal.scope, step.author
    duty, role_name = (step.up_duty, step.up_role) if raised else (step.duty, step.role)
    if duty:
        named = duty_holders(duty, scope, but=author)
    elif role_name:
        role = Role(role_name)
        named = role_holders([role], scope, but=author) or role_holders(roles_for(role), scope, but=author)
        if not named and Role.ADMIN in roles_for(role):
            superusers = Person.objects.filter(is_superuser=True, is_active=True)
            named = [one for one in superusers if one != author]
    else:
        named = []
    same = step.proposal.steps.filter(role=step.role, duty=step.duty, state=StepState.APPROVED)
    signed = {pk for pair in same.values_list("decided_by", "on_behalf_of") for pk in pair}
    found = [one for one in _who_see(named, step) if one.pk not in signed]
    stand_ins = (
        Delegation.objects.filter(
            from_person__in=found, first_day__lte=on, last_day__gte=on, to_person__is_active=True
        )
        .exclude(to_person=author)
        .exclude(to_person__in=[pk for pk in signed if pk])
        .select_related("to_person", "scope")
    )
    covering = [one.to_person for one in stand_ins if one.scope is None or _covers(one.scope, scope)]
    return list({person.pk: person for person in (*found, *_who_see(covering, step))}.values())


def _who_see(people: Iterable[Person], step: Step) -> list[Person]:
    proposal = step.proposal
    return [one for one in people if sees(one, proposal.kind, proposal.subject_id, proposal.scope)]


def _covers(top: Scope, scope: Scope) -> bool:
    return Scope.objects.filter(at_or_below(top), pk=scope.pk).exists()
