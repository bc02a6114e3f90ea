"""SMS by the gateway that the settings name. A new gateway is one small file with a `send`, and a line here."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from alerts.delivery.base import bad_address, passing
from alerts.delivery.sealed import opened
from alerts.delivery.sms import aliyun, plain, tencent, twilio
from alerts.delivery.sms.base import Sms
from alerts.models import Message
from common.outbound import OutboundFailed, OutboundRefused
from common.phones import international, masked

GATEWAYS: dict[str, Callable[[Sms], str]] = {
    "http": plain.send,
    "twilio": twilio.send,
    "aliyun": aliyun.send,
    "tencent": tencent.send,
}


def send(message: Message) -> str:
    """Hands it to the gateway and returns the gateway's name for it. Raises TransportError."""
    gateway = GATEWAYS.get(settings.SMS_GATEWAY)
    if gateway is None:
        raise passing("No SMS gateway is set up; an administrator of the server names one (SMS_GATEWAY).")
    try:
        phone = international(message.address, settings.SMS_COUNTRY)
    except ValueError:
        raise bad_address(f"{masked(message.address)} is not a telephone number.") from None
    inside = opened(message)
    sms = Sms(
        template=message.template,
        fields=inside.fields,
        text=inside.text,
        phone=phone,
        language=message.language,
        key=str(message.key),
    )
    try:
        return gateway(sms)[:100]
    except OutboundRefused as error:
        raise passing(str(error)) from error  # the gateway's address is wrong, not the message
    except OutboundFailed as error:
        raise passing(str(error)) from error
