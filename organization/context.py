"""What the login page offers besides a password."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class SigningIn:
    company: str  # the name of the company's own sign-in, empty without one
    passwords: bool  # whether passwords open more than superusers' accounts


def signing_in(request: HttpRequest) -> dict[str, SigningIn]:
    return {
        "signing_in": SigningIn(
            company=settings.OIDC_NAME if settings.OIDC_ISSUER else "", passwords=not settings.OIDC_ONLY
        )
    }
