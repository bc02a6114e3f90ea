"""Answers with a low score become complaints. An answer is marked when it is written; whoever looks takes the mark away
in the transaction in which its complaint is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from common.queueing import enqueue
from feedback.category_words import OTHER, category_of
from feedback.models import Answer, Came, Category, Origin, Severity
from feedback.services.intake import NewComplaint, hold_customer, receive_all
from organization.models import Node, Scope
from organization.services import Refused, ensure_scope

log = structlog.get_logger(__name__)

TASK = "feedback.tasks.take_in_answers"
BATCH = 100
URGENT_UP_TO = 2  # of 10


def on_answer(*, answer: Answer, now: datetime) -> None:
    """A form is not kept waiting: a worker does it a moment later."""
    if answer.complaint_due:
        enqueue(TASK)


def from_answers(*, now: datetime, limit: int = BATCH) -> int:
    """Makes complaints of some answers that are due; returns how many it claimed. Call it until none is left."""
    due = Answer.objects.filter(complaint_due=True).order_by("pk").values_list("pk", "customer_id")
    found = list(due[:limit])
    try:
        return _take(found, now)
    except Exception:
        log.exception("answers_not_taken_in")
    claimed = 0
    for pk, customer in found:  # a fault of ours about one must not keep the others waiting
        try:
            claimed += _take([(pk, customer)], now)
        except Exception:
            log.exception("answer_not_taken_in", answer=pk)
            claimed += Answer.objects.filter(pk=pk, complaint_due=True).update(complaint_due=False)
    return claimed


def answers_wait() -> bool:
    return Answer.objects.filter(complaint_due=True).exists()


@transaction.atomic
def _take(found: Sequence[tuple[int, int | None]], now: datetime) -> int:
    """Leaves out those that somebody else has."""
    for customer in sorted({customer for _pk, customer in found if customer is not None}):
        hold_customer(customer)  # before her answers, as whoever forgets her does
    answers = list(
        Answer.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("customer")
        .filter(pk__in=[pk for pk, _customer in found], complaint_due=True)
        .order_by("pk")
    )
    if answers:
        Answer.objects.filter(pk__in=[one.pk for one in answers]).update(complaint_due=None)
        receive_all(news=[_complaint(answer, now) for answer in answers], person=None, now=now)
    return len(answers)


def _complaint(answer: Answer, now: datetime) -> NewComplaint:
    score = answer.nps if answer.nps is not None else 10
    said = answer.comment.strip()
    in_use = Category.objects.filter(archived_at__isnull=True)
    code = category_of(said, set(in_use.values_list("code", flat=True)))
    category = in_use.filter(code=code).first() or in_use.filter(code=OTHER).first() or in_use.last()
    if category is None:
        raise Refused(_("No category of complaints is in use."))
    # What a file brings is heard of when it is read.
    at = answer.at if answer.origin != Origin.FILE and answer.at is not None else now
    return NewComplaint(
        came=Came.ANSWER,
        scope=area_of(answer),
        category=category,
        severity=Severity.HIGH if score <= URGENT_UP_TO else Severity.NORMAL,
        text=said or _("Score %(n)s without a comment.") % {"n": score},
        customer=answer.customer,
        segment=answer.segment,
        answer=answer,
        received_at=min(at, now),
    )


class Placed(Protocol):
    """A row with its nodes; 0 is none."""

    @property
    def region_id(self) -> int: ...
    @property
    def channel_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...


def area_of(row: Placed) -> Scope:
    """Of its nodes, or of what they were merged into."""
    nodes = []
    for pk in (row.region_id, row.channel_id, row.product_id):
        node = Node.objects.filter(pk=pk).select_related("merged_into").first() if pk else None
        while node is not None and node.merged_into is not None:
            node = node.merged_into
        if node is not None:
            nodes.append(node)
    return ensure_scope(nodes=nodes)
