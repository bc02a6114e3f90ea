"""The link in a mail by which its reader is sent no more of them: signed, for one person and one mailing, for ever.

It needs no login, since whoever reads the mail is meant; opening it does nothing, since mail programs open links.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "dashboards.mailing"


class LinkUnknown(ValueError):
    """Nobody here made it, or somebody changed it."""


@dataclass(frozen=True)
class Asked:
    """Ids."""

    mailing: int
    person: int


def path_for(*, mailing: int, person: int) -> str:
    return reverse(
        "dashboards:mailing_leave", args=[signing.Signer(salt=SALT).sign_object([mailing, person])]
    )


def link_for(*, mailing: int, person: int) -> str:
    return settings.SITE_URL + path_for(mailing=mailing, person=person)


def read_token(token: str) -> Asked:
    """Raises LinkUnknown."""
    try:
        mailing, person = signing.Signer(salt=SALT).unsign_object(token)
        return Asked(int(mailing), int(person))
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkUnknown from None
