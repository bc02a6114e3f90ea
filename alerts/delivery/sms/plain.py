"""Any gateway with an ordinary HTTP interface: address, headers and body come from the settings, with places for
{phone}, {text}, {template}, {language}, {key} and each field of the template.

What is put into a body of JSON is quoted for JSON, into one of a form for a form; nothing is put into the address.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote_plus

from django.conf import settings

from alerts.delivery.base import passing
from alerts.delivery.sms.base import Sms, refused, said
from common.outbound import Answer
from common.outbound import send as call

_PLACE = re.compile(r"\{([a-z_]+)\}")


def send(sms: Sms) -> str:
    body = fill(settings.SMS_BODY, sms)
    headers = {"Content-Type": _kind(settings.SMS_BODY), **settings.SMS_HEADERS, "Idempotency-Key": sms.key}
    answer = call(
        method=settings.SMS_METHOD,
        url=settings.SMS_URL,
        headers=headers,
        body=body.encode(),
        timeout=settings.DELIVERY_TIMEOUT,
    )
    words = answer.body[:200].decode("utf-8", "replace")
    if not answer.ok:
        raise refused(answer.status, words)
    if not succeeded(answer):
        # Says 200 and means no; what it says is not known to us, so it may pass.
        raise passing(f"The SMS gateway did not take it: {words}")
    found = said(answer)
    return str(next((found[name] for name in ("id", "message_id", "sid", "receipt") if name in found), ""))


def fill(template: str, sms: Sms) -> str:
    values = {
        **sms.fields,
        "phone": sms.phone,
        "text": sms.text,
        "template": sms.template,
        "language": sms.language,
        "key": sms.key,
    }
    as_json = _kind(template) == "application/json"

    def put(place: re.Match[str]) -> str:
        value = values.get(place[1])
        if value is None:
            return place[0] if as_json else ""
        return json.dumps(value, ensure_ascii=False)[1:-1] if as_json else quote_plus(value)

    return _PLACE.sub(put, template)


def succeeded(answer: Answer) -> bool:
    """SMS_SUCCESS: `name=value` of the answer's JSON object; empty: any 2xx will do."""
    rule: str = settings.SMS_SUCCESS
    if not rule:
        return True
    name, _, wanted = rule.partition("=")
    return str(said(answer).get(name.strip(), "")).lower() == wanted.strip().lower()


def _kind(template: str) -> str:
    return (
        "application/json"
        if template.lstrip().startswith("{") and template.lstrip()[1:2] in '"\n '
        else ("application/x-www-form-urlencoded")
    )
