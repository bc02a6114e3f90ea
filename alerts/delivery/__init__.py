"""The ways by which messages go out. A new way is one small file with a `send`, and a line here."""

from __future__ import annotations

from collections.abc import Callable

from alerts.delivery import email
from alerts.delivery.base import TransportError
from alerts.models import Message

__all__ = ["WAYS", "TransportError", "send"]

WAYS: dict[str, Callable[[Message], None]] = {
    "email": email.send,
}


def send(message: Message) -> None:
    """Hands the message to its way. Raises TransportError, which says whether trying again makes sense."""
    way = WAYS.get(message.way)
    if way is None:
        raise TransportError(f"There is no way called {message.way}.", permanent=True)
    way(message)
