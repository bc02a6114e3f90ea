"""A public form that was sent: an answer, once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from customers.services.people import know_customer
from decisions.selectors.rights import today_of
from feedback.models import Answer, Invitation, Origin, SurveyLink
from feedback.services.answers import NewAnswer, write_answer


class Sent(StrEnum):
    NEW = "new"
    KNOWN = "known"  # it had arrived before


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a form says. `contact` (name, phone, email) only with her consent."""

    scores: Mapping[str, int]
    ratings: Mapping[str, int]
    comment: str
    contact: Mapping[str, str]


@transaction.atomic
def send_form(
    *,
    link: SurveyLink,
    invitation: Invitation | None = None,
    nonce: uuid.UUID | None = None,
    filled: Filled,
    now: datetime,
) -> Sent:
    """One answer an invitation, else a nonce, however often and on however many connections it is sent.

    Raises AnswerRefused.
    """
    if _arrived(invitation, nonce):
        return Sent.KNOWN
    customer = invitation.customer if invitation is not None else None
    if filled.contact:
        customer = know_customer(**filled.contact, customer=customer, now=now)
    said = NewAnswer(
        origin=Origin.FORM,
        day=today_of(now),
        channel=link.channel,
        region=link.region,
        product=link.product,
        segment=link.segment,
        nps=filled.scores.get("nps"),
        csat=filled.scores.get("csat"),
        ces=filled.scores.get("ces"),
        ratings=filled.ratings,
        comment=filled.comment,
        customer=customer,
        survey=link.survey,
        invitation=invitation,
        nonce=nonce,
    )
    answer = write_answer(said=said, now=now)
    return Sent.NEW if answer.at == now else Sent.KNOWN


def _arrived(invitation: Invitation | None, nonce: uuid.UUID | None) -> bool:
    """Who sends the same invitation at once waits here. A nonce's second sender waits at its unique index."""
    if invitation is not None:
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        return row.answered_at is not None
    return Answer.objects.filter(nonce=nonce).exists()
