"""What waits for one person: steps that she may decide, tasks, her own proposals, and what was decided lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from decisions.kinds import kind_of
from decisions.models import Proposal, ProposalState, Step, StepState, Task
from decisions.models.proposals import UNDECIDED
from decisions.selectors.rights import pending_steps, rights, seen_by, today_of
from decisions.selectors.tasks import SCOPES, open_tasks_of
from decisions.selectors.threads import overdue, step_line, titles
from organization.models import Person

SHOWN = 100
LATELY = timedelta(days=30)
DECIDED = 20


@dataclass(frozen=True)
class Waiting:
    """A step that she may decide."""

    proposal: Proposal
    title: str
    due_at: datetime
    overdue: bool
    in_place_of: Person | None


@dataclass(frozen=True)
class TaskRow:
    task: Task
    title: str
    url: str
    overdue: bool


@dataclass(frozen=True)
class Mine:
    """A proposal of hers, or one that was decided; with whom it waits."""

    proposal: Proposal
    title: str
    waits_for: str
    due_at: datetime | None
    overdue: bool

    @property
    def asked(self) -> bool:
        return self.proposal.state == ProposalState.ASKED


@dataclass(frozen=True)
class Inbox:
    """`waiting` by due time, `tasks` likewise, `mine` with what was asked back first, `decided` newest first."""

    waiting: tuple[Waiting, ...]
    tasks: tuple[TaskRow, ...]
    mine: tuple[Mine, ...]
    decided: tuple[Mine, ...]

    @property
    def asked(self) -> int:
        return sum(row.asked for row in self.mine)

    @property
    def count(self) -> int:
        """How many things she could do something about."""
        return len(self.waiting) + len(self.tasks) + self.asked


def inbox(person: Person, *, as_of: datetime) -> Inbox:
    """A fixed number of queries, and some more for each person in whose place she stands."""
    on = today_of(as_of)
    steps = rights(person, pending_steps().filter(state=StepState.WAITING), on)[:SHOWN]
    tasks = list(open_tasks_of(person, on)[:SHOWN])
    seen = Proposal.objects.filter(seen_by(person)).select_related("proposed_by", "decided_by", *SCOPES)
    mine = list(
        seen.filter(proposed_by=person, state__in=UNDECIDED)
        .order_by("state", "-pk")
        .prefetch_related("steps")[:SHOWN]
    )
    by_her = Step.objects.filter(Q(decided_by=person) | Q(on_behalf_of=person), proposal=OuterRef("pk"))
    decided = list(
        seen.filter(Q(proposed_by=person) | Exists(by_her), decided_at__gt=as_of - LATELY)
        .order_by(F("decided_at").desc(), "-pk")
        .prefetch_related("steps")[:DECIDED]
    )
    called = titles([*(right.step.proposal for right in steps), *tasks, *mine, *decided])
    return Inbox(
        waiting=tuple(
            Waiting(
                proposal=right.step.proposal,
                title=_called(called, right.step.proposal),
                due_at=right.due_at,
                overdue=right.due_at < as_of,
                in_place_of=right.in_place_of,
            )
            for right in steps
        ),
        tasks=tuple(_task(task, called, as_of) for task in tasks),
        mine=tuple(_mine(proposal, called, as_of) for proposal in mine),
        decided=tuple(_mine(proposal, called, as_of) for proposal in decided),
    )


def task_rows(tasks: Sequence[Task], as_of: datetime) -> tuple[TaskRow, ...]:
    """A query for each kind that occurs."""
    called = titles(tasks)
    return tuple(_task(task, called, as_of) for task in tasks)


def proposal_rows(proposals: Sequence[Proposal], as_of: datetime) -> tuple[Mine, ...]:
    """With their steps at hand, a query for each kind that occurs."""
    called = titles(proposals)
    return tuple(_mine(proposal, called, as_of) for proposal in proposals)


def _task(task: Task, called: Mapping[tuple[str, int], str], as_of: datetime) -> TaskRow:
    url = kind_of(task.kind).url_of(task.subject_id)
    return TaskRow(task, _called(called, task), url, overdue(task, as_of))


def _mine(proposal: Proposal, called: Mapping[tuple[str, int], str], as_of: datetime) -> Mine:
    lines = [step_line(step, proposal.scope, as_of) for step in proposal.steps.all()]
    waiting = next((line for line in lines if line.waits), None)
    return Mine(
        proposal=proposal,
        title=_called(called, proposal),
        waits_for=waiting.who if waiting else "",
        due_at=waiting.step.due_at if waiting else None,
        overdue=waiting is not None and waiting.overdue,
    )


def _called(called: Mapping[tuple[str, int], str], row: Proposal | Task) -> str:
    return called.get((row.kind, row.subject_id), str(kind_of(row.kind).label))
