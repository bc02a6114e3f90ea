"""Twilio by apprise. What apprise sends goes out by our own guarded door, to Twilio's host alone.

Only this one class of apprise is used, never an address of apprise's kind, so no other service can be named.
https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from base64 import b64encode
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from apprise.plugins import twilio as plugin
from django.conf import settings

from alerts.delivery.base import TransportError, bad_address, passing
from alerts.delivery.sms.base import Sms, refused, said
from common.outbound import Answer, OutboundFailed, OutboundRefused
from common.outbound import send as call

HOST = "https://api.twilio.com"
BAD_NUMBERS = {21211, 21214, 21217, 21265, 21408, 21610, 21612, 21614, 30003, 30005, 30006}


class _Door:
    """Stands where the plugin expects `requests`: the same words, but our way out."""

    codes = requests.codes
    RequestException = requests.RequestException

    def __init__(self) -> None:
        self.came: ContextVar[Answer | Exception | None] = ContextVar("came", default=None)

    def post(
        self, url: str, *, auth: tuple[str, str], data: dict[str, str], headers: dict[str, str], **_: Any
    ) -> Any:
        wanted = urlsplit(settings.SMS_ENDPOINT or HOST)
        asked = urlsplit(url)
        if (asked.scheme, asked.netloc) != (wanted.scheme, wanted.netloc):
            raise AssertionError(f"apprise wants to call {asked.netloc}")
        basic = b64encode(":".join(auth).encode()).decode()
        sent = {
            **headers,
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            answer = call(
                method="POST",
                url=url,
                headers=sent,
                body=urlencode(data).encode(),
                timeout=settings.DELIVERY_TIMEOUT,
            )
        except (OutboundFailed, OutboundRefused) as error:
            self.came.set(error)
            raise requests.RequestException(str(error)) from error
        self.came.set(answer)
        response = requests.Response()
        response.status_code = answer.status
        response._content = answer.body
        return response


door = _Door()
setattr(plugin, "requests", door)  # noqa: B010  # the types know it as a module


class _Twilio(plugin.NotifyTwilio):  # type: ignore[no-untyped-call]  # it has few types
    request_rate_per_sec = 0  # our own queue paces us

    @property
    def notify_sms_url(self) -> str:  # type: ignore[override]  # of the class there
        return f"{(settings.SMS_ENDPOINT or HOST).rstrip('/')}/2010-04-01/Accounts/{{sid}}/Messages.json"


def send(sms: Sms) -> str:
    door.came.set(None)
    try:
        service = _Twilio(  # type: ignore[no-untyped-call]
            account_sid=settings.SMS_ACCOUNT,
            auth_token=settings.SMS_SECRET,
            source=settings.SMS_FROM,
            targets=[sms.phone],
        )
    except TypeError as error:  # what apprise says of settings that cannot be
        raise passing(f"Twilio is not set up rightly: {error}") from error
    sent = service.notify(body=sms.text)
    came = door.came.get()
    if isinstance(came, Exception):
        raise came
    if came is None:
        raise bad_address("Twilio does not take this number.")
    if not sent:
        raise _refusal(came)
    return str(said(came).get("sid", ""))


def _refusal(answer: Answer) -> TransportError:
    found = said(answer)
    words = str(found.get("message", ""))[:200]
    if found.get("code") in BAD_NUMBERS:
        return bad_address(f"Twilio said {found['code']}: {words}")
    return refused(answer.status, words)
