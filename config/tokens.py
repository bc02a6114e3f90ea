"""Who may read figures about the system itself: whoever sends the token that the environment names."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare


def has_token(request: HttpRequest) -> bool:
    """False also where no token is set."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    wanted: str = settings.METRICS_TOKEN
    return bool(wanted) and kind.lower() == "bearer" and constant_time_compare(sent.strip(), wanted)
