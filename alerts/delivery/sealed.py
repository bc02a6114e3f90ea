"""What a message says only when it goes out: codes and links that nobody reads in the outbox."""

from __future__ import annotations

import json
from dataclasses import dataclass

from alerts.delivery.base import for_good
from alerts.models import Message
from common.secrets import SecretLost, seal, unseal


@dataclass(frozen=True)
class Opened:
    fields: dict[str, str]
    text: str
    html: str


def sealed(secrets: dict[str, str]) -> str:
    return seal(json.dumps(secrets)) if secrets else ""


def opened(message: Message) -> Opened:
    """Its fields and bodies with the secrets in the places that stand for them. Raises TransportError."""
    try:
        secrets: dict[str, str] = json.loads(unseal(message.sealed)) if message.sealed else {}
    except SecretLost:
        raise for_good("What it was to say was sealed under a key that is gone.") from None
    text, html = message.text, message.html
    for name, secret in secrets.items():
        place = message.fields[name]
        text, html = text.replace(place, secret), html.replace(place, secret)
    return Opened({**message.fields, **secrets}, text, html)
