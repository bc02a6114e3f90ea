"""What a customer answers who was asked, by a link of her own, whether her complaint stayed solved."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.models import Complaint, Happened, State
from feedback.services.clocks import hash_of
from feedback.services.handling import close, open_again
from feedback.services.keeping import checked, happened, hold
from organization.services import Refused


class UnknownToken(Refused):
    """No complaint waits for this answer: it was given, or too long ago, or the address was made up."""


def find(token: str) -> Complaint | None:
    """The complaint that is asked about, while an answer is waited for."""
    return Complaint.objects.filter(follow_up_hash=hash_of(token), state=State.SOLVED).first()


@transaction.atomic
def answer(token: str, stayed_solved: bool, text: str, now: datetime) -> Complaint:
    """Closes it, or opens it again. Her link works once. Raises UnknownToken, and Refused for too long a text."""
    found = find(token)
    row = hold(found) if found is not None else None
    if row is None or row.state != State.SOLVED or row.follow_up_hash is None:
        raise UnknownToken(_("This question was answered already, or it is too late to answer it."))
    text = checked(text, "")
    if stayed_solved:
        return close(row, text, None, now, heard=True)
    if text:
        happened(row, Happened.HEARD, now, text=text, by="mail")
    return open_again(row, "", None, now)
