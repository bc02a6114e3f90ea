"""What feedback keeps of customers: who may see it, and which texts go when one is forgotten or their time is over.

Scores, counts, clocks and causes stay: figures do not change.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from customers.forgetting import Holder, register_holder
from customers.models import FieldClass
from feedback.models import (
    Answer,
    AnswerBefore,
    Complaint,
    ComplaintEvent,
    Interview,
    InterviewNote,
    InterviewState,
    Invitation,
    State,
)
from organization.gate import Action, rows_where, scopes_where
from organization.models import Person

BATCH = 1000
AREA = {"channel": "channel_id", "region": "region_id", "product": "product_id"}
OVER = (State.SOLVED, State.CLOSED)
SAYS_SOMETHING = ~Q(comment="")


def register() -> None:
    register_holder(
        Holder(
            code="answers",
            table="feedback_answer",
            column="customer_id",
            forget=_forget_answers,
            sweep=_sweep_comments,
            seen_by=_sees_answer,
            batches=_batches,
        )
    )
    register_holder(
        Holder("earlier answers", "feedback_answerbefore", "customer_id", forget=lambda customer: None)
    )
    register_holder(Holder("invitations", "feedback_invitation", "customer_id", forget=_forget_invitations))
    register_holder(
        Holder(
            code="complaints",
            table="feedback_complaint",
            column="customer_id",
            forget=_forget_complaints,
            sweep=_sweep_conversations,
            seen_by=lambda person, needs, customer: _in_reach(Complaint, person, needs, customer),
            needs=_waiting,
            batches=_files_of_complaints,
        )
    )
    register_holder(
        Holder(
            code="interviews",
            table="feedback_interview",
            column="customer_id",
            forget=_forget_interviews,
            sweep=_sweep_notes,
            seen_by=lambda person, needs, customer: _in_reach(Interview, person, needs, customer),
            needs=_expected,
        )
    )


# -- Answers ------------------------------------------------------------------------------------------


def _forget_answers(customer: int) -> None:
    for model in (Answer, AnswerBefore):
        model.objects.filter(SAYS_SOMETHING, customer=customer).update(comment="", language="")


def _sweep_comments(field_class: FieldClass, before: date) -> int:
    if field_class != FieldClass.COMMENT:
        return 0
    old = Answer.objects.filter(SAYS_SOMETHING, day__lt=before).values("pk")[:BATCH]
    wiped = Answer.objects.filter(pk__in=old).update(comment="", language="")
    return wiped or AnswerBefore.objects.filter(SAYS_SOMETHING, day__lt=before).update(
        comment="", language=""
    )


def _sees_answer(person: Person, needs: Action, customer: int) -> bool:
    return Answer.objects.filter(rows_where(person, needs, AREA), customer=customer).exists()


def _batches(customer: int) -> Collection[int]:
    found: set[int] = set()
    for model in (Answer, AnswerBefore):
        rows = model.objects.filter(customer=customer, batch__isnull=False)
        found.update(rows.values_list("batch_id", flat=True).distinct())
    return found


def _forget_invitations(customer: int) -> None:
    """Whoever answers one now is nobody: nothing new is linked to her."""
    Invitation.objects.filter(customer=customer).update(customer=None)


# -- Complaints ---------------------------------------------------------------------------------------


def _forget_complaints(customer: int) -> None:
    """Nor does a link that was sent to her lead anywhere any more."""
    hers = Complaint.objects.filter(customer=customer)
    _wipe_complaints(hers)
    hers.update(follow_up_hash=None)


def _sweep_conversations(field_class: FieldClass, before: date) -> int:
    if field_class != FieldClass.CONVERSATION:
        return 0
    said = ComplaintEvent.objects.filter(~Q(text=""))
    old = Complaint.objects.filter(
        ~Q(text="", solution="") | Q(pk__in=said.values("complaint_id")),
        state__in=OVER,
        solved_at__date__lt=before,
    )
    return _wipe_complaints(Complaint.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])))


def _wipe_complaints(found: QuerySet[Complaint]) -> int:
    ComplaintEvent.objects.filter(~Q(text=""), complaint__in=found.values("pk")).update(text="")
    return found.update(text="", solution="")


def _waiting(customers: Collection[int]) -> set[int]:
    """Those who are owed an answer, or will be asked whether it stayed solved."""
    owed = ~Q(state__in=OVER) | Q(follow_up_at__isnull=False, followed_up_at__isnull=True)
    rows = Complaint.objects.filter(owed, customer__in=customers).values_list("customer_id", flat=True)
    return {pk for pk in rows if pk is not None}


def _files_of_complaints(customer: int) -> Collection[int]:
    rows = Complaint.objects.filter(customer=customer, batch__isnull=False).values_list("batch_id", flat=True)
    return {pk for pk in rows if pk is not None}


# -- Interviews ---------------------------------------------------------------------------------------


def _forget_interviews(customer: int) -> None:
    _wipe_notes(InterviewNote.objects.filter(interview__customer=customer))


def _sweep_notes(field_class: FieldClass, before: date) -> int:
    if field_class != FieldClass.INTERVIEW:
        return 0
    old = InterviewNote.objects.filter(~Q(text=""), interview__at__date__lt=before)
    return _wipe_notes(InterviewNote.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])))


def _wipe_notes(found: QuerySet[InterviewNote]) -> int:
    return found.update(text="")


def _expected(customers: Collection[int]) -> set[int]:
    rows = Interview.objects.filter(state=InterviewState.PLANNED, customer__in=customers)
    return {pk for pk in rows.values_list("customer_id", flat=True) if pk is not None}


def _in_reach(model: Any, person: Person, needs: Action, customer: int) -> bool:
    found: bool = model.objects.filter(customer=customer, scope__in=scopes_where(person, needs)).exists()
    return found
