"""Questions on lines: whose they are to answer, and the lists of them. A bounded number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import Http404

from budgets.line_kind import KIND
from budgets.models import Line, Question
from budgets.selectors.rights import visible_lines
from decisions.models import Task, TaskState
from organization.gate import Action, can, scopes_where
from organization.models import Person

ON_A_PAGE = 25
ON_A_LINE = 5


@dataclass(frozen=True)
class QuestionRow:
    question: Question
    hers: bool  # to answer
    late: bool


@dataclass(frozen=True)
class QuestionList:
    """`hers` are the open ones that she may answer, `others` the other open ones, the most urgent first."""

    hers: tuple[QuestionRow, ...]
    others: tuple[QuestionRow, ...]
    answered: Page[Question]


def questions_page(person: Person, *, now: datetime, page: Any = None) -> QuestionList:
    seen = visible_questions(person)
    waiting = list(seen.filter(answered_at__isnull=True).order_by("due_at", "pk"))
    mine = set(_hers(person, seen.filter(answered_at__isnull=True)).values_list("pk", flat=True))
    rows = [QuestionRow(one, one.pk in mine, one.due_at <= now) for one in waiting]
    answered = seen.filter(answered_at__isnull=False).order_by("-answered_at", "-pk")
    return QuestionList(
        hers=tuple(row for row in rows if row.hers),
        others=tuple(row for row in rows if not row.hers),
        answered=Paginator(answered, ON_A_PAGE).get_page(page),
    )


def visible_questions(person: Person) -> QuerySet[Question]:
    """Whoever sees a line reads what is asked about it."""
    lines = visible_lines(person).select_related(None).values("pk")
    return Question.objects.filter(line__in=lines).select_related(
        "line__budget__node", "line__owner", "line__node__scope", "asked_by", "answered_by"
    )


def get_question_or_404(person: Person, pk: int) -> Question:
    found = visible_questions(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def of_line(line: Line, *, most: int = ON_A_LINE) -> tuple[list[Question], int]:
    """The newest questions on a line, the open ones first, and how many there are in all. Two queries."""
    found = Question.objects.filter(line=line).select_related("asked_by", "answered_by", "line__owner")
    newest = list(found.order_by(F("answered_at").desc(nulls_first=True), "-pk")[: most + 1])
    count = len(newest) if len(newest) <= most else found.count()
    return newest[:most], count


def may_answer(person: Person, question: Question) -> bool:
    """The line's owner as long as she sees it, whoever was given the task, and who may keep the line's budget."""
    scope = question.line.node.scope
    if not can(person, Action.VIEW, scope):
        return False
    if question.line.owner_id == person.pk or can(person, Action.KEEP_BUDGETS, scope):
        return True
    return tasks_of(question).filter(assigned_to=person).exists()


def tasks_of(question: Question) -> QuerySet[Task]:
    """The open tasks that ask for an answer to it."""
    return Task.objects.filter(
        kind=KIND,
        subject_id=question.line_id,
        opened_for__startswith=f"budgets.question:{question.pk}:",
        state=TaskState.OPEN,
    )


def _hers(person: Person, questions: QuerySet[Question]) -> QuerySet[Question]:
    """Those that she is asked to answer: as the owner, by her task, or, once they were raised, as a manager."""
    keeps = scopes_where(person, Action.KEEP_BUDGETS)
    return questions.filter(
        Q(line__owner=person)
        | Q(task__assigned_to=person, task__state=TaskState.OPEN)
        | Q(line__node__scope__in=keeps, raised_at__isnull=False)
    )
