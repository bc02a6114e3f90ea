"""Questions on lines: asked by anybody who sees the line, answered on record by its owner, else by the manager.

Who must answer has a task and a mail. A question that is not answered in its time goes to the manager once: who raises it
claims the row together with the tasks and mails, so that any number of beats and workers does so once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings as site
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from budgets.line_kind import KIND
from budgets.models import Line, Question
from budgets.selectors.questions import may_answer, tasks_of
from budgets.services.settings import settings
from common.formats import moment
from decisions.clocks import HOURS_A_DAY, Clock
from decisions.models import Task
from decisions.selectors.rights import company_zone, sees, today_of
from decisions.services import Settled, complete_task, open_task
from decisions.services.timing import AHEAD
from organization.gate import Action, can
from organization.letterhead import AccountWords, write
from organization.middleware import zone_of
from organization.models import AddressKind, Person, Role, Scope
from organization.selectors import exceptions_between, role_holders
from organization.selectors.addresses import is_confirmed
from organization.selectors.people import administrators
from organization.services import Refused, record
from organization.services.mails import queue_mail
from organization.speaking import speaking_to

log = structlog.get_logger(__name__)

LONGEST = 4000
BATCH = 50
TITLE = gettext_noop("Answer a question about a budget line")
TITLE_RAISED = gettext_noop("Answer a question that the line's owner left open")


@transaction.atomic
def ask(*, line: Line, text: str, person: Person, now: datetime) -> Question:
    """Asks on record, and asks the owner for an answer in so many working days; where nobody owns the line, or its
    owner does not see it, the manager.

    The same question by the same person that is still open is the same one (a double click). Raises Refused for
    nothing, PermissionDenied where she does not see the line.
    """
    text = _checked(text, _("Write your question first."))
    scope = _scope(line)
    if not can(person, Action.VIEW, scope):
        raise PermissionDenied
    Line.objects.select_for_update(of=("self",)).get(pk=line.pk)  # who asks at once waits
    same = Question.objects.filter(line=line, asked_by=person, text=text, answered_at__isnull=True).first()
    if same is not None:
        return same
    made = Question.objects.create(
        line=line, text=text, asked_by=person, asked_at=now, due_at=_due(now, settings().answer_days)
    )
    record(
        action="budget.question", subject=scope.key, person=person, line=line.pk, question=made.pk, text=text
    )
    owner = line.owner
    if owner is not None and owner.is_active and sees(owner, KIND, line.pk, scope):
        _ask_for_answer(made, [owner], scope, TITLE, now)
        _tell([owner], made, "question", now)
    else:
        _raise(made, scope, now)
    return made


@transaction.atomic
def answer(*, question: Question, text: str, person: Person, now: datetime) -> Question:
    """Keeps the answer, ends the tasks, and tells who asked. An answer stays; the same one twice is one.

    Raises Refused for nothing, PermissionDenied for whoever need not answer, Settled where somebody was quicker.
    """
    text = _checked(text, _("Write your answer first."))
    row = Question.objects.select_for_update(of=("self",)).select_related("line__owner", "asked_by").get(
        pk=question.pk
    )  # fmt: skip
    if not may_answer(person, row):
        raise PermissionDenied
    if row.answered_at is not None:
        if row.answered_by_id == person.pk and row.answer == text:
            return row
        who = row.answered_by.label if row.answered_by else "—"
        raise Settled(_("%(name)s has answered it meanwhile.") % {"name": who})
    row.answer, row.answered_by, row.answered_at = text, person, now
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    scope = _scope(row.line)
    record(
        action="budget.reply", subject=scope.key, person=person, line=row.line_id, question=row.pk, text=text
    )
    for task in tasks_of(row):
        hers = task.assigned_to_id == person.pk
        complete_task(task=task, person=person if hers else None, note=text, as_of=now)
    if row.asked_by is not None and row.asked_by != person:
        _tell([row.asked_by], row, "answered", now)
    return row


def raise_next(*, now: datetime, limit: int = BATCH) -> int:
    """Brings questions whose time is over before the manager; returns how many it claimed. Call it until none is left."""
    claimed = 0
    for question in _overdue(now).select_related("line__owner", "asked_by").order_by("due_at", "pk")[:limit]:
        try:
            claimed += _raise_one(question, now)
        except Exception:  # a fault of ours about one must not keep the others waiting
            log.exception("question_not_raised", question=question.pk)
    return claimed


def questions_wait(*, now: datetime) -> bool:
    return _overdue(now).exists()


@transaction.atomic
def _raise_one(question: Question, now: datetime) -> bool:
    """False where another was quicker."""
    return _raise(question, _scope(question.line), now)


def _raise(question: Question, scope: Scope, now: datetime) -> bool:
    open_ones = Question.objects.filter(pk=question.pk, answered_at__isnull=True, raised_at__isnull=True)
    if not open_ones.update(raised_at=now):
        return False
    question.raised_at = now
    managers = managers_of(question.line, scope)
    record(
        action="budget.question_raised", subject=scope.key, person=None, line=question.line_id,
        question=question.pk, whom=[one.username for one in managers],
    )  # fmt: skip
    for task in tasks_of(question):
        complete_task(task=task, person=None, as_of=now, dropped=True)
    _ask_for_answer(question, managers, scope, TITLE_RAISED, now)
    _tell(managers, question, "raised", now)
    return True


def managers_of(line: Line, scope: Scope) -> list[Person]:
    """Who manages the line by the nearest grants, its owner left out; else who administers the company."""
    owner = line.owner
    named = role_holders([Role.MANAGER], scope, but=owner) or role_holders([Role.ADMIN], scope, but=owner)
    return named or [one for one in administrators() if one != owner]


def _overdue(now: datetime) -> QuerySet[Question]:
    return Question.objects.filter(due_at__lte=now, answered_at__isnull=True, raised_at__isnull=True)


def _ask_for_answer(
    question: Question, whom: Sequence[Person], scope: Scope, title: str, now: datetime
) -> None:
    """A task for each of them, or for whoever is responsible for the line; due in so many working days from now."""
    due_on = today_of(_due(now, settings().answer_days))
    tasks: list[Task] = []
    people: Sequence[Person | None] = whom or [None]
    for one in people:
        tasks.append(
            open_task(
                kind=KIND, subject_id=question.line_id, scope=scope, title=title, what=question.text,
                opened_for=f"budgets.question:{question.pk}:{one.pk if one else 0}", assigned_to=one,
                due_on=due_on, person=question.asked_by, as_of=now,
            )
        )  # fmt: skip
    question.task = tasks[0]
    question.save(update_fields=["task"])


def _due(now: datetime, days: int) -> datetime:
    zone = company_zone()
    first = now.astimezone(zone).date() - timedelta(days=1)
    clock = Clock(zone, exceptions_between(first, first + AHEAD), day_and_night=False)
    return clock.after(now, timedelta(hours=HOURS_A_DAY * days))


def _scope(line: Line) -> Scope:
    return Scope.objects.get(node=line.node_id)


def _checked(text: str, empty: str) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused(empty)
    if len(text) > LONGEST:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST})
    return text


# -- Mails ------------------------------------------------------------------------------------------


def _tell(people: Iterable[Person], question: Question, why: str, now: datetime) -> None:
    """`why`: question, raised or answered. To confirmed addresses of people who see the line."""
    line = Line.objects.select_related("budget__node", "node__scope").get(pk=question.line_id)
    for person in people:
        confirmed = person.email and is_confirmed(person, AddressKind.EMAIL)
        if not confirmed or not person.is_active or not sees(person, KIND, line.pk, line.node.scope):
            continue
        with speaking_to(person):
            subject, text, html = write(_words(person, question, line, why))
        queue_mail(
            kind=f"budget-{why}", whom=person, address=person.email or "", subject=subject, text=text, html=html,
            now=now,
        )  # fmt: skip


def _words(person: Person, question: Question, line: Line, why: str) -> AccountWords:
    """In the language that is active."""
    name = f"{line.budget.node.label}: {line.name}"
    asker = question.asked_by.label if question.asked_by else "—"
    asked = _("%(name)s asks: %(text)s") % {"name": asker, "text": question.text}
    if why == "answered":
        said = _("Your question was answered: %(what)s")
        who = question.answered_by.label if question.answered_by else "—"
        paragraphs = [asked, _("%(name)s writes: %(note)s") % {"name": who, "note": question.answer}]
    else:
        due = _due(question.raised_at, settings().answer_days) if question.raised_at else question.due_at
        until = moment(due.astimezone(zone_of(person)), person.language)
        said = _("A question about a budget line: %(what)s")
        paragraphs = [
            asked,
            _("An answer is due by %(when)s. Everybody who sees the line reads it.") % {"when": until},
        ]
        if why == "raised":
            said = _("A question was left open, and is yours to answer now: %(what)s")
    return AccountWords(
        subject=said % {"what": name},
        headline=said % {"what": name},
        paragraphs=paragraphs,
        link=site.SITE_URL + reverse("budgets:question", args=[question.pk]),
        button=_("Look at it") if why == "answered" else _("Answer"),
    )
