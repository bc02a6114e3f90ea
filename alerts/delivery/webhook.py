"""A program of the company's own, told by signed JSON. docs/webhooks.md is what its author reads."""

from __future__ import annotations

import hashlib
import hmac
import time

from django.conf import settings

from alerts.delivery.base import bad_address, for_good, passing
from alerts.delivery.sealed import opened
from alerts.models import Message
from common.outbound import OutboundFailed, OutboundRefused
from common.outbound import send as call
from common.secrets import SecretLost

GONE = {301, 308, 404, 410}  # not here, and not after another try either
MAY_PASS = {401, 403, 408, 425, 429}


def send(message: Message) -> str:
    """Posts the message's JSON, signed anew at each try. Raises TransportError."""
    connection = message.connection
    if connection is None:
        raise for_good("The connection was removed.")
    try:
        secret = connection.secrets["signing"]
    except SecretLost:
        raise bad_address("Its secret was sealed under a key that is gone; make a new one.") from None
    body = opened(message).text.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Plumbline-Delivery": str(message.key),
        "X-Plumbline-Signature": signature(secret=secret, body=body, now=int(time.time())),
    }
    try:
        answer = call(
            method="POST",
            url=connection.place["url"],
            headers=headers,
            body=body,
            timeout=settings.DELIVERY_TIMEOUT,
        )
    except OutboundRefused as error:
        raise bad_address(str(error)) from error  # what was typed leads where we do not go
    except OutboundFailed as error:
        raise passing(str(error)) from error
    if answer.ok:
        return ""
    words = answer.body[:200].decode("utf-8", "replace").strip().replace(secret, "••••")
    reason = f"The other side said {answer.status}: {words}"
    if answer.status in GONE:
        raise bad_address(reason)
    if 400 <= answer.status < 500 and answer.status not in MAY_PASS:
        raise for_good(reason)
    raise passing(reason)


def signature(*, secret: str, body: bytes, now: int) -> str:
    """`t` is when it was signed, in seconds since 1970; `v1` the HMAC-SHA256 of `t.body` by the secret, as hex."""
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"
