"""Making, editing, beginning and removing objectives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kpis.models.okr import CheckIn, Commitment, KeyResult, Level, Objective, ObjectiveState
from kpis.services.okr.alignment import check_link, hold_links
from kpis.services.okr.checks import check_owner, check_quarter, check_running, check_title
from kpis.services.okr.errors import ObjectiveMoved, ObjectiveRefused
from organization.models import DIMENSIONS, Dimension, Node, Person, Scope
from organization.services import ensure_scope, record

LONGEST_TEXT = 4000


@dataclass(frozen=True)
class ObjectiveDraft:
    """What somebody wrote. `start` is the quarter's first day; `scope` may be a crossing that nobody has pointed to."""

    title: str
    start: date
    level: str
    scope: Scope
    owner: Person | None = None
    team: Node | None = None
    description: str = ""
    commitment: str = Commitment.ASPIRATIONAL
    supports_objective: Objective | None = None
    supports_key_result: KeyResult | None = None


@transaction.atomic
def make_objective(*, draft: ObjectiveDraft, person: Person | None, today: date) -> Objective:
    """Makes a draft. Raises ObjectiveRefused before anything is written."""
    check_quarter(draft.start, today=today)
    columns = _checked(draft)
    hold_links()
    objective = Objective(**columns, start=draft.start, created_by=person)
    check_link(
        objective=objective,
        to_objective=draft.supports_objective,
        to_key_result=draft.supports_key_result,
        person=person,
    )
    objective.scope = standing(draft.scope)
    objective.save()
    record(action="objective.make", subject=objective.title, person=person, **described(objective))
    return objective


@transaction.atomic
def edit_objective(
    *, objective: Objective, draft: ObjectiveDraft, based_on: int, person: Person | None, today: date
) -> Objective:
    """Edits an objective that somebody saw in revision `based_on`; its quarter stays.

    Raises ObjectiveRefused, and ObjectiveMoved where somebody else came first and said something else.
    """
    hold_links()
    objective = locked(objective)
    check_running(objective, today=today)
    if draft.start != objective.start:
        raise ObjectiveRefused(
            _("An objective stays in its quarter. Carry it over when it is closed."), "quarter"
        )
    columns = _checked(draft)
    before = described(objective)
    check_link(
        objective=objective,
        to_objective=draft.supports_objective,
        to_key_result=draft.supports_key_result,
        person=person,
    )
    for name, value in columns.items():
        setattr(objective, name, value)
    objective.scope = standing(draft.scope)
    after = described(objective)
    if after == before:
        return objective
    if objective.revision != based_on:
        raise ObjectiveMoved(Objective.objects.get(pk=objective.pk))
    objective.revision += 1
    objective.save()
    record(action="objective.edit", subject=objective.title, person=person, before=before, after=after)
    return objective


@transaction.atomic
def begin_objective(*, objective: Objective, person: Person | None, today: date, now: datetime) -> Objective:
    """A draft runs from now on. Twice is once. Raises ObjectiveRefused where there is nothing to see it by."""
    objective = locked(objective)
    check_running(objective, today=today)
    if objective.state == ObjectiveState.ACTIVE:
        return objective
    if not objective.key_results.filter(removed_at__isnull=True).exists():
        raise ObjectiveRefused(_("Add a key result first: how will one see that it is reached?"))
    objective.state = ObjectiveState.ACTIVE
    objective.begun_at = now
    objective.revision += 1
    objective.save(update_fields=["state", "begun_at", "revision"])
    record(action="objective.begin", subject=objective.title, person=person, scope=objective.scope.key)
    return objective


@transaction.atomic
def remove_objective(*, objective: Objective, person: Person | None) -> None:
    """Takes a draft away with its key results. Raises ObjectiveRefused for one that has begun, or has check-ins."""
    objective = locked(objective)
    if (
        objective.state != ObjectiveState.DRAFT
        or CheckIn.objects.filter(key_result__objective=objective).exists()
    ):
        raise ObjectiveRefused(_("Only a draft can be removed. Close this one instead, with a comment."))
    record(action="objective.remove", subject=objective.title, person=person, **described(objective))
    objective.delete()


def locked(objective: Objective) -> Objective:
    """The row as it is now, held to the end of the transaction. Whoever changes anything of it takes it first."""
    return (
        Objective.objects.select_for_update(no_key=True, of=("self",))
        .select_related("scope")
        .get(pk=objective.pk)
    )


def standing(scope: Scope) -> Scope:
    """The area in the database: one that nobody has pointed to yet is made."""
    if scope.pk is not None:
        return scope
    nodes = [getattr(scope, dimension) for dimension in DIMENSIONS]
    return ensure_scope(nodes=[node for node in nodes if node is not None])


def described(objective: Objective) -> dict[str, Any]:
    """As the history keeps it."""
    team = objective.team
    return {
        "title": objective.title,
        "quarter": objective.start,
        "level": objective.level,
        "scope": objective.scope.key,
        "owner": objective.owner.username if objective.owner else None,
        "team": team.code if team else None,
        "description": objective.description,
        "commitment": objective.commitment,
        "supports": _supported(objective),
    }


def _supported(objective: Objective) -> str | None:
    if objective.supports_key_result is not None:
        return objective.supports_key_result.title
    return objective.supports_objective.title if objective.supports_objective is not None else None


def _checked(draft: ObjectiveDraft) -> dict[str, Any]:
    """Its columns but for the area, which may have to be made. Raises ObjectiveRefused."""
    title = check_title(draft.title)
    if draft.level not in Level.values:
        raise ObjectiveRefused(_("Say whose objective it is."), "level")
    if draft.level == Level.COMPANY and not draft.scope.is_company:
        raise ObjectiveRefused(_("An objective of the company is about the whole company."), "area")
    if draft.level == Level.PERSON and draft.owner is None:
        raise ObjectiveRefused(_("A person's objective needs the person."), "owner")
    if draft.team is not None and draft.team.dimension != Dimension.TEAM:
        raise ObjectiveRefused(_("This is no team."), "team")
    if draft.commitment not in Commitment.values:
        raise ObjectiveRefused(_("Say whether it is committed or aspirational."), "commitment")
    description = draft.description.strip()
    if len(description) > LONGEST_TEXT:
        raise ObjectiveRefused(_("At most %(n)s characters.") % {"n": LONGEST_TEXT}, "description")
    check_owner(draft.owner, draft.scope)
    return {
        "title": title,
        "description": description,
        "level": draft.level,
        "owner": draft.owner,
        "team": draft.team if draft.level != Level.COMPANY else None,
        "commitment": draft.commitment,
        "supports_objective": draft.supports_objective,
        "supports_key_result": draft.supports_key_result,
    }
