"""One answer of a form or a program. Answers of files are written all at once by `feedback.services.answer_files`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from feedback.comments import language_of
from feedback.models import Answer, Driver, FeedbackSettings, Invitation, Origin, Survey
from feedback.models.answers import COMMENT
from feedback.models.surveys import SEGMENT
from feedback.selectors.settings import feedback_settings
from feedback.services.publishing import feedback_source, mark_days
from organization.models import Node
from organization.services import Refused

SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
RATING = (1, 5)
COMPLAINT_DAYS = 7  # older answers open no complaint: nobody waits for an answer any more
DAYS_AHEAD = 1  # somewhere it is tomorrow already


class AnswerRefused(Refused):
    """It cannot be kept; the message says why, for people. `field` is which part of it is wrong ("" for all of it)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewAnswer:
    """`nonce` is of the form that was sent, `key` what a program calls it: either, said again, is the same answer."""

    origin: Origin
    day: date
    channel: Node | None = None
    region: Node | None = None
    product: Node | None = None
    segment: str = ""
    nps: int | None = None
    csat: int | None = None
    ces: int | None = None
    ratings: Mapping[str, int] = field(default_factory=dict)  # by drivers' codes
    comment: str = ""
    customer: Customer | None = None
    survey: Survey | None = None
    invitation: Invitation | None = None
    nonce: uuid.UUID | None = None
    key: str | None = None


class AnswerListener(Protocol):
    def __call__(self, *, answer: Answer, now: datetime) -> object: ...


_listeners: list[AnswerListener] = []


def on_answer(listener: AnswerListener) -> None:
    """Registers, at start-up, who is told of every answer of a form or program, inside its transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


@transaction.atomic
def write_answer(*, said: NewAnswer, now: datetime) -> Answer:
    """Keeps it, marks its day, and tells who wants to know. Said again it is the answer that stands.

    Raises AnswerRefused for what cannot be, for an invitation that was answered or is over, and where a program calls
    another answer by the same key.
    """
    said = _tidied(said)
    _check(said, now)
    known = _known(said)
    if known is not None:
        return known
    source = feedback_source()
    answer = Answer(
        day=said.day,
        source_id=source.pk,
        detail=_detail(said),
        **_columns(said),
        at=now,
        origin=said.origin,
        survey=said.survey,
        invitation=said.invitation,
        nonce=said.nonce,
        key=said.key,
        complaint_due=becomes_complaint(said.nps, said.day, settings=feedback_settings(), now=now) or None,
    )
    try:
        with transaction.atomic():
            if said.invitation is not None:
                _take(said.invitation, now)
            answer.save(force_insert=True)
    except (IntegrityError, AnswerRefused):
        known = _known(said)  # the same, sent twice at once
        if known is None:
            raise
        return known
    days = {said.day} if said.invitation is None else {said.day, said.invitation.day}
    mark_days(source_id=source.pk, days=days)
    for listener in _listeners:
        listener(answer=answer, now=now)
    return answer


def becomes_complaint(nps: int | None, day: date, *, settings: FeedbackSettings, now: datetime) -> bool:
    """Whether somebody has to look after it, by the rule that the company has set."""
    return (
        settings.complaints_from_answers
        and nps is not None
        and nps <= settings.complaint_up_to
        and day > timezone.localdate(now) - timedelta(days=COMPLAINT_DAYS)
    )


def _tidied(said: NewAnswer) -> NewAnswer:
    return replace(
        said,
        segment=" ".join(said.segment.replace("\0", "").split()),
        comment=said.comment.replace("\0", "").strip(),
    )


def _check(said: NewAnswer, now: datetime) -> None:
    scores = {name: getattr(said, name) for name in SCALES}
    if all(score is None for score in scores.values()):
        raise AnswerRefused(_("There is no score in it."))
    for name, score in scores.items():
        low, high = SCALES[name]
        if score is not None and not _whole(score, low, high):
            raise AnswerRefused(
                _("This score is a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}, name
            )
    known = set(Driver.objects.filter(code__in=said.ratings).values_list("code", flat=True))
    for code, rating in said.ratings.items():
        if code not in known:
            raise AnswerRefused(_("Nobody rates “%(code)s” here.") % {"code": code[:50]}, "ratings")
        if not _whole(rating, *RATING):
            raise AnswerRefused(
                _("“%(code)s” is rated with a whole number from 1 to 5.") % {"code": code}, "ratings"
            )
    if len(said.comment) > COMMENT:
        raise AnswerRefused(
            _("A comment has at most %(most)s letters; this one has %(n)s.")
            % {"most": COMMENT, "n": len(said.comment)},
            "comment",
        )
    if len(said.segment) > SEGMENT:
        raise AnswerRefused(_("A customer type has at most %(most)s letters.") % {"most": SEGMENT}, "segment")
    if said.day > timezone.localdate(now) + timedelta(days=DAYS_AHEAD):
        raise AnswerRefused(_("This day is still to come."), "day")


def _whole(number: object, low: int, high: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and low <= number <= high


def _columns(said: NewAnswer) -> dict[str, object]:
    return {
        "channel_id": said.channel.pk if said.channel else 0,
        "region_id": said.region.pk if said.region else 0,
        "product_id": said.product.pk if said.product else 0,
        "segment": said.segment,
        "nps": said.nps,
        "csat": said.csat,
        "ces": said.ces,
        "ratings": dict(said.ratings),
        "comment": said.comment,
        "language": language_of(said.comment),
        "customer_id": said.customer.pk if said.customer else None,
    }


def _known(said: NewAnswer) -> Answer | None:
    """The answer that stands already. Raises AnswerRefused where a program's key stands for another."""
    if said.nonce is not None:
        return Answer.objects.filter(nonce=said.nonce).first()
    if said.key is None:
        return None
    found = Answer.objects.filter(key=said.key).first()
    if found is not None and any(
        getattr(found, name) != value for name, value in {**_columns(said), "day": said.day}.items()
    ):
        raise AnswerRefused(_("Another answer was sent under this key before."), "key")
    return found


def _detail(said: NewAnswer) -> int:
    """Apart from every other answer of its day: its nonce or key are its own, and so is a number that was just drawn."""
    own = f"{said.origin}/{said.nonce or said.key or uuid.uuid4()}"
    return int.from_bytes(sha256(own.encode()).digest()[:8], signed=True)


def _take(invitation: Invitation, now: datetime) -> None:
    """Answers it, once. Raises AnswerRefused."""
    if invitation.expires_at is not None and invitation.expires_at <= now:
        raise AnswerRefused(_("This invitation is over."), "invitation")
    if not Invitation.objects.filter(pk=invitation.pk, answered_at__isnull=True).update(answered_at=now):
        raise AnswerRefused(_("This invitation was answered already."), "invitation")
