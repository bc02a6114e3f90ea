"""The ways by which messages go out. A new way is one small file with a `send`, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from alerts.delivery import chat, email, sms, webhook
from alerts.delivery.base import TransportError
from alerts.models import Message

__all__ = ["WAYS", "TransportError", "batch", "send"]

WAYS: dict[str, Callable[[Message], str]] = {
    "email": email.send,
    "sms": sms.send,
    "chat": chat.send,
    "webhook": webhook.send,
}


def batch() -> AbstractContextManager[None]:
    """What is sent within may share what is dear to set up."""
    return email.one_connection()


def send(message: Message) -> str:
    """Hands the message to its way and returns that way's name for it, if it gave one.

    Raises TransportError, which says whether trying again makes sense.
    """
    way = WAYS.get(message.way)
    if way is None:
        raise TransportError(f"There is no way called {message.way}.", permanent=True)
    return way(message)
