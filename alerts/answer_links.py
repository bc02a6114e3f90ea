"""The link in a message by which one person answers for one alert: signed, for one purpose, and for a week.

It stands for no login: whoever opens it must be logged in as the person it was made for, and opening it does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "alerts.answer"
PURPOSE = "acknowledge"
HOLDS = timedelta(days=7)


class LinkUnknown(ValueError):
    """Nobody here made it, or somebody changed it."""


class LinkTooOld(ValueError):
    """It was made here, too long ago."""


@dataclass(frozen=True)
class Asked:
    """Ids of the alert and of the person it was made for."""

    episode: int
    person: int


def token_for(*, episode: int, person: int) -> str:
    return signing.dumps({"for": PURPOSE, "episode": episode, "person": person}, salt=SALT)


def link_for(*, episode: int, person: int) -> str:
    token = token_for(episode=episode, person=person)
    return settings.SITE_URL + reverse("alerts:answer", args=[token])


def read_token(token: str) -> Asked:
    """Raises LinkUnknown and LinkTooOld."""
    try:
        said = signing.loads(token, salt=SALT, max_age=HOLDS)
    except signing.SignatureExpired:
        raise LinkTooOld from None
    except (signing.BadSignature, ValueError):
        raise LinkUnknown from None
    if not isinstance(said, dict) or said.get("for") != PURPOSE:
        raise LinkUnknown
    return Asked(int(said["episode"]), int(said["person"]))
