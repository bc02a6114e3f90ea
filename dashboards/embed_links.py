"""The link of an embed: signed over its key, so that a new key makes every older link stale. Kept nowhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "dashboards.embed"


class LinkUnknown(ValueError):
    """Nobody here made it, or somebody changed it."""


@dataclass(frozen=True)
class Asked:
    embed: int  # its id
    key: uuid.UUID


def token_for(*, embed: int, key: uuid.UUID) -> str:
    return signing.Signer(salt=SALT).sign_object([embed, key.hex])


def link_for(*, embed: int, key: uuid.UUID) -> str:
    return settings.SITE_URL + reverse("dashboards:embedded", args=[token_for(embed=embed, key=key)])


def read_token(token: str) -> Asked:
    """Raises LinkUnknown."""
    try:
        embed, key = signing.Signer(salt=SALT).unsign_object(token)
        return Asked(int(embed), uuid.UUID(key))
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkUnknown from None
