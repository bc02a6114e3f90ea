"""What is decided, done and said about a subject, as one person may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from decisions.kinds import find_kind, kind_of
from decisions.models import Comment, Proposal, ProposalState, Step, StepState, Task, TaskState
from decisions.selectors.rights import pending_steps, rights, seen_by, sees, today_of
from decisions.selectors.tasks import SCOPES
from organization.gate import Action, can
from organization.models import Person, Role, Scope

PAST = 20
# Of the bands that ship (a migration of this app); users name their own as they like.
DUTIES = (
    gettext_noop("director"),
    gettext_noop("general manager"),
    gettext_noop("board"),
    gettext_noop("CFO"),
)
MOST_SAID = 500


@dataclass(frozen=True)
class StepLine:
    """A step with who decides it, in words."""

    step: Step
    who: str
    overdue: bool

    @property
    def waits(self) -> bool:
        return self.step.state in (StepState.WAITING, StepState.ASKED)


@dataclass(frozen=True)
class ProposalView:
    """A proposal with its steps, and what the reader may do with it. `in_place_of` is whose right she would use."""

    proposal: Proposal
    kind_label: str
    title: str
    url: str
    details: Sequence[tuple[str, str]]
    steps: tuple[StepLine, ...]
    may_decide: bool
    in_place_of: Person | None
    may_answer: bool
    may_withdraw: bool

    @property
    def may_ask(self) -> bool:
        return (
            self.may_decide
            and self.proposal.state == ProposalState.OPEN
            and self.proposal.proposed_by is not None
        )

    @property
    def waiting(self) -> StepLine | None:
        return next((line for line in self.steps if line.waits), None)


@dataclass(frozen=True)
class Thread:
    """All about one subject. `proposal` is the undecided one, else the last; `before` those before it, newest first."""

    kind: str
    subject_id: int
    scope: Scope
    proposal: ProposalView | None
    before: tuple[Proposal, ...]
    comments: tuple[Comment, ...]
    tasks: tuple[Task, ...]
    may_comment: bool


def thread(person: Person, kind: str, subject_id: int, *, as_of: datetime) -> Thread:
    """For a subject's own page. Raises Http404 where the subject is not hers to see. A fixed number of queries."""
    scope = subject_or_404(person, kind, subject_id)
    found = list(
        Proposal.objects.filter(kind=kind, subject_id=subject_id)
        .select_related("proposed_by", "decided_by", *SCOPES)
        .order_by("-pk")[: PAST + 1]
    )
    about = {"kind": kind, "subject_id": subject_id}
    said = Comment.objects.filter(**about).select_related("author").order_by("-pk")[:MOST_SAID]
    tasks = Task.objects.filter(**about).select_related("assigned_to", "done_by", "scope")
    return Thread(
        kind=kind,
        subject_id=subject_id,
        scope=scope,
        proposal=_view(person, found[0], as_of) if found else None,
        before=tuple(found[1:]),
        comments=tuple(reversed(said)),
        tasks=tuple(tasks.order_by("-pk")[:PAST]),
        may_comment=can(person, Action.COMMENT, scope),
    )


def proposal_page(person: Person, pk: int, *, as_of: datetime) -> tuple[ProposalView, Thread]:
    """One proposal, and what else is said about its subject. Raises Http404 where it is not hers to see."""
    proposal = get_proposal_or_404(person, pk)
    around = thread(person, proposal.kind, proposal.subject_id, as_of=as_of)
    if around.proposal is not None and around.proposal.proposal.pk == pk:
        return around.proposal, around
    return _view(person, proposal, as_of), around


def get_proposal_or_404(person: Person, pk: int) -> Proposal:
    found = (
        Proposal.objects.filter(seen_by(person), pk=pk)
        .select_related("proposed_by", "decided_by", *SCOPES)
        .first()
    )
    if found is None:
        raise Http404
    return found


def get_task_or_404(person: Person, pk: int) -> Task:
    found = (
        Task.objects.filter(seen_by(person), pk=pk).select_related("assigned_to", "done_by", *SCOPES).first()
    )
    if found is None:
        raise Http404
    return found


def subject_or_404(person: Person, kind: str, subject_id: int) -> Scope:
    """The subject's area. Raises Http404 for a kind that nobody knows, no such subject, and one that is not hers."""
    found = find_kind(kind)
    scope = found.scope_of(subject_id) if found is not None else None
    if scope is None or not sees(person, kind, subject_id, scope):
        raise Http404
    return scope


def titles(rows: Iterable[Proposal | Task | Comment]) -> Mapping[tuple[str, int], str]:
    """What people call the subjects of these rows; a question to each kind that occurs."""
    by_kind: dict[str, set[int]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, set()).add(row.subject_id)
    return {
        (kind, pk): title
        for kind, ids in by_kind.items()
        for pk, title in kind_of(kind).titles_of(ids).items()
    }


def who_decides(step: Step, scope: Scope) -> str:
    if step.raised_at is not None:
        named = _named(step.duty, step.role, scope), _named(step.up_duty, step.up_role, scope)
        return _("%(who)s, and since it is overdue %(above)s") % {"who": named[0], "above": named[1]}
    return _named(step.duty, step.role, scope)


def _named(duty: str, role: str, scope: Scope) -> str:
    if duty:
        return _("%(duty)s for %(area)s") % {"duty": _(duty), "area": scope.label}
    return _("%(role)s of %(area)s") % {"role": Role(role).label, "area": scope.label}


def step_line(step: Step, scope: Scope, as_of: datetime) -> StepLine:
    late = step.state == StepState.WAITING and step.due_at is not None and step.due_at < as_of
    return StepLine(step, who_decides(step, scope), late)


def overdue(task: Task, as_of: datetime) -> bool:
    return task.state == TaskState.OPEN and task.due_on is not None and task.due_on < today_of(as_of)


def _view(person: Person, proposal: Proposal, as_of: datetime) -> ProposalView:
    kind = kind_of(proposal.kind)
    steps = proposal.steps.select_related("decided_by", "on_behalf_of").order_by("position")
    right = None
    if proposal.undecided and proposal.proposed_by_id != person.pk:
        found = rights(person, pending_steps().filter(proposal=proposal), today_of(as_of))
        right = found[0] if found else None
    own = proposal.proposed_by_id == person.pk
    return ProposalView(
        proposal=proposal,
        kind_label=str(kind.label),
        title=kind.titles_of([proposal.subject_id]).get(proposal.subject_id, str(kind.label)),
        url=kind.url_of(proposal.subject_id),
        details=tuple(kind.details_of(proposal)) if kind.details_of else (),
        steps=tuple(step_line(step, proposal.scope, as_of) for step in steps),
        may_decide=right is not None,
        in_place_of=right.in_place_of if right else None,
        may_answer=own and proposal.state == ProposalState.ASKED,
        may_withdraw=own and proposal.undecided,
    )
