"""What stands at an address that anybody may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import get_language

from feedback.models import Driver, Invitation, Survey, SurveyLink
from feedback.tokens import TOKEN, token_hash
from organization.selectors import company


class Closed(StrEnum):
    """Why a form cannot be filled in."""

    NOT_FOUND = "not found"
    CLOSED = "closed"
    EXPIRED = "expired"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Standing:
    """A form's link, and who was invited; `why` it is closed, where it is."""

    link: SurveyLink | None = None
    invitation: Invitation | None = None
    why: Closed | None = None


_NODES = ("survey", "channel", "region", "product")


def find_link(slug: str) -> Standing:
    if not TOKEN.fullmatch(slug):
        return Standing(why=Closed.NOT_FOUND)
    link = SurveyLink.objects.select_related(*_NODES).filter(slug=slug).first()
    if link is None:
        return Standing(why=Closed.NOT_FOUND)
    return Standing(link, why=None if link.open and link.survey.open else Closed.CLOSED)


def find_invitation(token: str, now: datetime) -> Standing:
    """An answered one says so even where its link was closed since: it is what she wants to know."""
    if not TOKEN.fullmatch(token):
        return Standing(why=Closed.NOT_FOUND)
    nodes = (f"link__{name}" for name in _NODES)
    found = Invitation.objects.select_related(*nodes).filter(token_hash=token_hash(token)).first()
    if found is None:
        return Standing(why=Closed.NOT_FOUND)
    why: Closed | None = None
    if found.answered_at is not None:
        why = Closed.ANSWERED
    elif not (found.link.open and found.link.survey.open):
        why = Closed.CLOSED
    elif found.expires_at is not None and found.expires_at <= now:
        why = Closed.EXPIRED
    return Standing(found.link, found, why)


def drivers_asked(survey: Survey) -> list[Driver]:
    return list(survey.drivers.filter(archived_at__isnull=True))


def company_name() -> str:
    """In the reader's language."""
    own = company()
    return own.name_zh if own.name_zh and (get_language() or "").startswith("zh") else own.name
