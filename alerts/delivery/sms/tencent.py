"""Tencent Cloud SMS: SendSms of 2021-01-11, signed by TC3-HMAC-SHA256.

https://cloud.tencent.com/document/product/382/55981
https://cloud.tencent.com/document/api/382/52072
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings

from alerts.delivery.base import TransportError, bad_address, for_good, passing
from alerts.delivery.sms.base import Sms, registered, said
from common.outbound import send as call

ENDPOINT = "https://sms.tencentcloudapi.com"
VERSION = "2021-01-11"
ALGORITHM = "TC3-HMAC-SHA256"
CONTENT = "application/json; charset=utf-8"
BAD_NUMBERS = {"FailedOperation.PhoneNumberInBlacklist", "InvalidParameterValue.IncorrectPhoneNumber",
               "UnsupportedOperation.UnsupportedRegion"}  # fmt: skip
NOT_THIS_MESSAGE = ("InvalidParameterValue.", "FailedOperation.ContainSensitiveWord", "FailedOperation.TemplateParam",
                    "FailedOperation.JsonParseFail", "FailedOperation.ParametersOtherError")  # fmt: skip


def send(sms: Sms) -> str:
    template, fields = registered(sms)
    body = json.dumps(
        {
            "PhoneNumberSet": [sms.phone],
            "SmsSdkAppId": settings.SMS_APP_ID,
            "SignName": settings.SMS_FROM,
            "TemplateId": template,
            "TemplateParamSet": list(fields.values()),
            "SessionContext": sms.key,
        },
        ensure_ascii=False,
    ).encode()
    url = (settings.SMS_ENDPOINT or ENDPOINT).rstrip("/")
    now = int(time.time())
    headers = {
        "Authorization": authorization(
            host=urlsplit(url).netloc, service="sms", body=body, now=now,
            account=settings.SMS_ACCOUNT, secret=settings.SMS_SECRET,
        ),
        "Content-Type": CONTENT,
        "X-TC-Action": "SendSms",
        "X-TC-Version": VERSION,
        "X-TC-Region": settings.SMS_REGION,
        "X-TC-Timestamp": str(now),
    }  # fmt: skip
    answer = call(method="POST", url=f"{url}/", headers=headers, body=body, timeout=settings.DELIVERY_TIMEOUT)
    found = said(answer).get("Response", {})
    if "Error" in found:
        raise _refusal(str(found["Error"].get("Code", "")), str(found["Error"].get("Message", ""))[:200])
    one = next(iter(found.get("SendStatusSet", [])), None)
    if not answer.ok or one is None:
        raise passing(f"Tencent Cloud said {answer.status}, and nothing of the message.")
    if one.get("Code") != "Ok":
        raise _refusal(str(one.get("Code", "")), str(one.get("Message", ""))[:200])
    return str(one.get("SerialNo", ""))


def authorization(*, host: str, service: str, body: bytes, now: int, account: str, secret: str) -> str:
    """The header of a POST of JSON to `/`; `now` in seconds since 1970."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    names = "content-type;host"
    request = "\n".join(
        ["POST", "/", "", f"content-type:{CONTENT}\nhost:{host}\n", names, hashlib.sha256(body).hexdigest()]
    )
    scope = f"{day}/{service}/tc3_request"
    text = f"{ALGORITHM}\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={account}/{scope}, SignedHeaders={names}, Signature={signature}"


def _refusal(code: str, words: str) -> TransportError:
    reason = f"Tencent Cloud said {code}: {words}"
    if code in BAD_NUMBERS:
        return bad_address(reason)
    return for_good(reason) if code.startswith(NOT_THIS_MESSAGE) else passing(reason)
