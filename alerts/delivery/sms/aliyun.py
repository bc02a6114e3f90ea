"""Alibaba Cloud SMS: SendSms of 2017-05-25, signed by ACS3-HMAC-SHA256.

https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from django.conf import settings

from alerts.delivery.base import TransportError, bad_address, for_good, passing
from alerts.delivery.sms.base import Sms, registered, said
from common.outbound import send as call

ENDPOINT = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
BAD_NUMBERS = {"isv.MOBILE_NUMBER_ILLEGAL", "isv.DENY_IP_RANGE_NUMBER", "isv.BLACK_KEY_NUMBER"}
NOT_THIS_MESSAGE = {"isv.INVALID_JSON_PARAM", "isv.PARAM_LENGTH_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT",
                    "isv.TEMPLATE_MISSING_PARAMETERS", "isv.PARAM_NOT_SUPPORT_URL", "isv.INVALID_PARAMETERS"}  # fmt: skip


def send(sms: Sms) -> str:
    template, fields = registered(sms)
    # Numbers of the mainland go without +86; others with their country and no plus.
    number = sms.phone.removeprefix("+86") if sms.phone.startswith("+86") else sms.phone.removeprefix("+")
    query = {
        "PhoneNumbers": number,
        "SignName": settings.SMS_FROM,
        "TemplateCode": template,
        "TemplateParam": json.dumps(fields, ensure_ascii=False),
        "OutId": sms.key,
    }
    url = (settings.SMS_ENDPOINT or ENDPOINT).rstrip("/")
    headers = signed(
        method="POST", host=urlsplit(url).netloc, action="SendSms", version=VERSION, query=query, body=b"",
        account=settings.SMS_ACCOUNT, secret=settings.SMS_SECRET, now=datetime.now(UTC), nonce=uuid.uuid4().hex,
    )  # fmt: skip
    del headers["host"]  # the connection says it
    answer = call(
        method="POST",
        url=f"{url}/?{canonical_query(query)}",
        headers=headers,
        body=b"",
        timeout=settings.DELIVERY_TIMEOUT,
    )
    found = said(answer)
    if answer.ok and found.get("Code") == "OK":
        return str(found.get("BizId", ""))
    raise _refusal(str(found.get("Code", answer.status)), str(found.get("Message", ""))[:200])


def signed(
    *,
    method: str,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    body: bytes,
    account: str,
    secret: str,
    now: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a request, the signature among them."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join([method, "/", canonical_query(query), lines, names, digest])
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"{ALGORITHM} Credential={account},SignedHeaders={names},Signature={signature}"
    return headers


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted, and quoted as RFC 3986 has it."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items())
    )


def _refusal(code: str, words: str) -> TransportError:
    reason = f"Alibaba Cloud said {code}: {words}"
    if code in BAD_NUMBERS:
        return bad_address(reason)
    return for_good(reason) if code in NOT_THIS_MESSAGE else passing(reason)
