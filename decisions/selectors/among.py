"""What several people have before them: their tasks, and proposals that wait; as far as a reader may see it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q

from decisions.models import Proposal, Task, TaskState
from decisions.models.proposals import UNDECIDED
from decisions.selectors.inbox import Mine, TaskRow, proposal_rows, task_rows
from decisions.selectors.rights import at_or_below, seen_by
from decisions.selectors.tasks import SCOPES
from organization.models import Person, Scope


def tasks_among(
    person: Person, *, people: Collection[Person], areas: Collection[Scope], most: int, as_of: datetime
) -> tuple[TaskRow, ...]:
    """Open tasks of these people, and those of nobody by name on these areas and below; the most urgent first. One query, and
    one for each kind that occurs.
    """
    hers = Q(assigned_to__in=people) | (Q(assigned_to=None) & _on(areas))
    found = (
        Task.objects.filter(hers, state=TaskState.OPEN)
        .filter(seen_by(person))
        .select_related("assigned_to", *SCOPES)
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    return task_rows(list(found[:most]), as_of)


def proposals_among(
    person: Person, *, people: Collection[Person], areas: Collection[Scope], most: int, as_of: datetime
) -> tuple[Mine, ...]:
    """Undecided proposals of these people, or on these areas and below, the oldest first."""
    found = (
        Proposal.objects.filter(Q(proposed_by__in=people) | _on(areas), state__in=UNDECIDED)
        .filter(seen_by(person))
        .select_related("proposed_by", "decided_by", *SCOPES)
        .prefetch_related("steps")
        .order_by("pk")
    )
    return proposal_rows(list(found[:most]), as_of)


def _on(areas: Collection[Scope]) -> Q:
    found = Q(pk__in=())
    for area in areas:
        found |= at_or_below(area, "scope")
    return found
