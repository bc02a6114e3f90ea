"""SMS by four kinds of gateway, each a real HTTP server here: what they get, and what becomes of what they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts import services
from alerts.delivery import TransportError, send
from alerts.delivery.sms import aliyun, plain, tencent, twilio
from alerts.delivery.sms.base import Sms, short
from alerts.models import Episode, Message, Notice
from alerts.services import letters
from common.outbound import Answer
from common.phones import international, masked, without_numbers
from config import embedded
from organization.models import AddressKind, Person
from organization.services import enter_code, follow_link, send_code
from tests.alerts.builders import episode, figure, look, rule
from tests.common.servers import Server, reply, serving
from tests.conftest import own_database_url
from tests.people import CONFIRMED, alice, bob, person, scope

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
TEMPLATES = {
    "code": {"id": "T-code", "fields": ["code"]},
    "alert-first": {"id": "T-first", "fields": ["level", "area", "share"], "zh-hans": {"id": "T-first-zh"}},
    "alert-more": {"id": "T-more", "fields": ["count"]},
}


class Gateway:
    """Answers as told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.says: Any = {"code": 0, "id": "r-1"}
        self.bodies: list[bytes] = []
        self.hangs_up = False
        self.takes_seconds = 0.0
        self.server: Server | None = None
        self._lock = threading.Lock()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._lock:
            self.bodies.append(body)
        time.sleep(self.takes_seconds)
        if self.hangs_up:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
            request.wfile.flush()
            request.connection.close()
            return
        said = self.says if isinstance(self.says, str) else json.dumps(self.says)
        reply(request, said, status=self.status, headers={"Content-Type": "application/json"})

    @property
    def asked(self) -> list[str]:
        assert self.server is not None
        return self.server.asked

    @property
    def headers(self) -> list[dict[str, str]]:
        assert self.server is not None
        return self.server.headers


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    made = Gateway()
    with serving(made.handle) as server:
        made.server = server
        settings.OUTBOUND_ALLOW = [server.place]
        settings.SMS_GATEWAY = "http"
        settings.SMS_URL = server.url("/sms")
        settings.SMS_METHOD = "POST"
        settings.SMS_HEADERS = {"Authorization": "Bearer gateway-key"}
        settings.SMS_BODY = '{"to": "{phone}", "text": "{text}", "kind": "{template}", "level": "{level}"}'
        settings.SMS_SUCCESS = ""
        settings.SMS_ENDPOINT = server.url("").rstrip("/")
        settings.SMS_TEMPLATES = TEMPLATES
        settings.SMS_COUNTRY = "86"
        settings.SMS_PER_HOUR = 6
        settings.SMS_ACCOUNT, settings.SMS_SECRET, settings.SMS_FROM = "account", "secret", "准绳"
        settings.SMS_APP_ID, settings.SMS_REGION = "1400000000", "ap-guangzhou"
        yield made


def with_phone(name: str = "Alice", **more: Any) -> Person:
    return person(name, **{"phone": "138 0000 1234", "phone_verified_at": CONFIRMED, **more})


def queued(number: int = 1, whom: Person | None = None, **fields: Any) -> Message:
    return Message.objects.create(
        **{
            "key": uuid.uuid5(uuid.NAMESPACE_DNS, str(number)),
            "way": "sms",
            "person": whom,
            "address": whom.phone if whom else "13800001234",
            "language": "en",
            "subject": "Critical: Revenue",
            "text": 'Plumbline: Critical: "Revenue", 华东 is at 60% of plan',
            "html": "",
            "template": "alert-first",
            "fields": {"level": "Critical", "figure": "Revenue", "area": "华东", "share": "60%"},
            "next_attempt_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def clock(now: datetime = NOW) -> Callable[[], datetime]:
    return lambda: now


def drain(now: datetime = NOW) -> None:
    while services.deliver_next(clock=clock(now)):
        pass


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


# -- A plain HTTP gateway ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_settings_body_is_filled_in_and_the_receipt_is_kept(gateway: Gateway) -> None:
    message = queued(whom=with_phone())
    drain()
    assert json.loads(gateway.bodies[0]) == {
        "to": "+8613800001234", "text": message.text, "kind": "alert-first", "level": "Critical",
    }  # fmt: skip
    headers = gateway.headers[0]
    assert headers["authorization"] == "Bearer gateway-key"
    assert headers["idempotency-key"] == str(message.key)
    assert headers["content-type"] == "application/json"
    assert (fresh(message).state, fresh(message).receipt, fresh(message).sent_at) == ("sent", "r-1", NOW)
    drain()
    assert len(gateway.bodies) == 1


@pytest.mark.django_db
def test_a_body_that_is_a_form_is_quoted_for_a_form(gateway: Gateway, settings: Any) -> None:
    settings.SMS_BODY = "to={phone}&text={text}"
    text = "a&to=+4412345678=b c 华东"
    queued(text=text)
    drain()
    assert parse_qs(gateway.bodies[0].decode()) == {"to": ["+8613800001234"], "text": [text]}
    assert gateway.headers[0]["content-type"] == "application/x-www-form-urlencoded"


def sms(**more: Any) -> Sms:
    given = {
        "template": "code",
        "fields": {"code": "1"},
        "text": "t",
        "phone": "+1",
        "language": "en",
        "key": "k",
    }
    return Sms(**{**given, **more})


def test_what_a_person_wrote_stays_a_value_in_json() -> None:
    evil = '", "to": "+4412345678", "x": "\n{phone}'
    filled = plain.fill('{"to": "{phone}", "text": "{text}"}', sms(text=evil))
    assert json.loads(filled) == {"to": "+1", "text": evil}


@pytest.mark.parametrize(
    ("rule_text", "body", "took"),
    [
        ("", "whatever", True),
        ("code=0", '{"code": 0}', True),
        ("status = ok", '{"status": "OK"}', True),
        ("code=0", '{"code": 1}', False),
        ("code=0", "nonsense", False),
        ("code=0", "[1]", False),
    ],
)
def test_the_settings_say_what_success_is(settings: Any, rule_text: str, body: str, took: bool) -> None:
    settings.SMS_SUCCESS = rule_text
    assert plain.succeeded(Answer(200, {}, body.encode())) is took


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "state"), [(400, "failed"), (422, "failed"), (401, "queued"), (429, "queued"), (500, "queued"), (503, "queued")]
)  # fmt: skip
def test_a_refusal_is_for_good_and_trouble_passes(gateway: Gateway, status: int, state: str) -> None:
    gateway.status, gateway.says = status, "no such number 13800001234"
    message = queued()
    drain()
    assert fresh(message).state == state
    assert fresh(message).last_error == f"The SMS gateway said {status}: no such number 138****1234"


@pytest.mark.django_db
def test_cut_off_slow_and_away_are_passing_trouble(gateway: Gateway, settings: Any) -> None:
    message = queued()
    gateway.hangs_up = True
    drain()
    assert (fresh(message).state, fresh(message).attempts) == ("queued", 1)
    gateway.hangs_up, gateway.takes_seconds = False, 1.5
    settings.DELIVERY_TIMEOUT = 0.5
    drain(NOW + timedelta(hours=1))
    assert "did not answer in time" in fresh(message).last_error
    settings.SMS_URL = "http://127.0.0.1:1/"
    drain(NOW + timedelta(hours=2))
    assert (fresh(message).state, fresh(message).attempts) == ("queued", 3)


@pytest.mark.django_db
def test_without_a_gateway_a_message_waits_for_one(settings: Any) -> None:
    settings.SMS_GATEWAY = ""
    message = queued()
    drain()
    assert fresh(message).state == "queued"
    assert "SMS_GATEWAY" in fresh(message).last_error


# -- Twilio ------------------------------------------------------------------------------------------


@pytest.fixture
def as_twilio(gateway: Gateway, settings: Any) -> Gateway:
    settings.SMS_GATEWAY = "twilio"
    settings.SMS_ACCOUNT, settings.SMS_SECRET = "AC" + "0" * 32, "1" * 32
    settings.SMS_FROM = "+15005550006"
    gateway.status, gateway.says = 201, {"sid": "SM123", "status": "queued"}
    return gateway


@pytest.mark.django_db
def test_twilio_gets_text_by_apprise_over_our_own_door(as_twilio: Gateway) -> None:
    message = queued()
    drain()
    assert as_twilio.asked == [f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"]
    assert parse_qs(as_twilio.bodies[0].decode()) == {
        "From": ["+15005550006"], "To": ["+8613800001234"], "Body": [message.text],
    }  # fmt: skip
    kind, _, secret = as_twilio.headers[0]["authorization"].partition(" ")
    assert (kind, b64decode(secret).decode()) == ("Basic", f"AC{'0' * 32}:{'1' * 32}")
    assert (fresh(message).state, fresh(message).receipt) == ("sent", "SM123")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "code", "state", "off"),
    [(400, 21211, "failed", True), (400, 21610, "failed", True), (400, 21602, "failed", False),
     (401, 20003, "queued", False), (429, 20429, "queued", False), (500, 20500, "queued", False)],
)  # fmt: skip
def test_what_twilio_refuses(as_twilio: Gateway, status: int, code: int, state: str, off: bool) -> None:
    as_twilio.status, as_twilio.says = status, {"code": code, "message": "'To' +8613800001234 is not valid"}
    whom = with_phone()
    message = queued(whom=whom)
    drain()
    assert fresh(message).state == state
    assert "13800001234" not in fresh(message).last_error
    whom.refresh_from_db()
    assert (whom.phone_verified_at is None) == off


def test_apprise_can_call_nobody_but_twilio(settings: Any) -> None:
    settings.SMS_ENDPOINT = ""
    for elsewhere in (
        "https://api.twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "https://evil.example/",
    ):
        with pytest.raises(AssertionError, match="wants to call"):
            twilio.door.post(elsewhere, auth=("a", "b"), data={}, headers={})


@pytest.mark.django_db
def test_twilio_without_its_door_open_is_refused_by_the_guard(as_twilio: Gateway, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    message = queued()
    drain()
    assert as_twilio.bodies == []
    assert "internal network" in fresh(message).last_error


# -- Alibaba Cloud and Tencent Cloud -----------------------------------------------------------------


def test_aliyun_signs_as_its_documentation_works_it_out() -> None:
    """The example of “V3 request structure and signature” (RunInstances)."""
    headers = aliyun.signed(
        method="POST", host="ecs.cn-shanghai.aliyuncs.com", action="RunInstances", version="2014-05-26",
        query={"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
        body=b"", account="YourAccessKeyId", secret="YourAccessKeySecret",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC), nonce="3156853299f313e23d1673dc12e1703d",
    )  # fmt: skip
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencent_signs_as_its_documentation_works_it_out() -> None:
    """The example of “Signature v3” (DescribeInstances)."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    assert tencent.authorization(
        host="cvm.tencentcloudapi.com", service="cvm", body=body, now=1551113065,
        account="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", secret="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    ) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )  # fmt: skip


@pytest.mark.django_db
def test_aliyun_gets_a_registered_template_and_its_fields(gateway: Gateway, settings: Any) -> None:
    settings.SMS_GATEWAY = "aliyun"
    gateway.says = {"Code": "OK", "BizId": "9006^0"}
    message = queued(language="zh-hans")
    drain()
    query = parse_qs(urlsplit(gateway.asked[0]).query)
    assert query["PhoneNumbers"] == ["13800001234"]
    assert query["SignName"] == ["准绳"]
    assert query["TemplateCode"] == ["T-first-zh"]
    assert query["OutId"] == [str(message.key)]
    assert json.loads(query["TemplateParam"][0]) == {"level": "Critical", "area": "华东", "share": "60%"}
    headers = gateway.headers[0]
    again = aliyun.signed(
        method="POST", host=headers["host"], action="SendSms", version="2017-05-25",
        query={name: values[0] for name, values in query.items()}, body=b"", account="account", secret="secret",
        now=datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ"), nonce=headers["x-acs-signature-nonce"],
    )  # fmt: skip
    assert headers["authorization"] == again["Authorization"]
    assert (fresh(message).state, fresh(message).receipt) == ("sent", "9006^0")


@pytest.mark.django_db
def test_tencent_gets_a_registered_template_and_its_fields(gateway: Gateway, settings: Any) -> None:
    settings.SMS_GATEWAY = "tencent"
    gateway.says = {"Response": {"SendStatusSet": [{"Code": "Ok", "SerialNo": "5000:1"}], "RequestId": "r"}}
    message = queued()
    drain()
    body = json.loads(gateway.bodies[0])
    assert body == {
        "PhoneNumberSet": ["+8613800001234"], "SmsSdkAppId": "1400000000", "SignName": "准绳", "TemplateId": "T-first",
        "TemplateParamSet": ["Critical", "华东", "60%"], "SessionContext": str(message.key),
    }  # fmt: skip
    headers = gateway.headers[0]
    assert headers["authorization"] == tencent.authorization(
        host=headers["host"], service="sms", body=gateway.bodies[0], now=int(headers["x-tc-timestamp"]),
        account="account", secret="secret",
    )  # fmt: skip
    assert (headers["x-tc-action"], headers["x-tc-region"]) == ("SendSms", "ap-guangzhou")
    assert (fresh(message).state, fresh(message).receipt) == ("sent", "5000:1")


def of_aliyun(code: str) -> dict[str, Any]:
    return {"Code": code, "Message": "why"}


def of_tencent(code: str, *, whole: bool = False) -> dict[str, Any]:
    error = {"Code": code, "Message": "why"}
    return {"Response": {"Error": error} if whole else {"SendStatusSet": [error]}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "status", "says", "state", "off"),
    [
        ("aliyun", 200, of_aliyun("isv.MOBILE_NUMBER_ILLEGAL"), "failed", True),
        ("aliyun", 200, of_aliyun("isv.PARAM_LENGTH_LIMIT"), "failed", False),
        ("aliyun", 200, of_aliyun("isv.BUSINESS_LIMIT_CONTROL"), "queued", False),
        ("aliyun", 400, of_aliyun("SignatureDoesNotMatch"), "queued", False),
        ("aliyun", 503, "gone fishing", "queued", False),
        ("tencent", 200, of_tencent("FailedOperation.PhoneNumberInBlacklist"), "failed", True),
        ("tencent", 200, of_tencent("InvalidParameterValue.TemplateParameterLengthLimit"), "failed", False),
        ("tencent", 200, of_tencent("LimitExceeded.PhoneNumberDailyLimit"), "queued", False),
        ("tencent", 200, of_tencent("AuthFailure.SignatureFailure", whole=True), "queued", False),
        ("tencent", 502, "<html>", "queued", False),
    ],
)
def test_what_chinese_gateways_refuse(
    gateway: Gateway, settings: Any, name: str, status: int, says: Any, state: str, off: bool
) -> None:
    settings.SMS_GATEWAY, gateway.status, gateway.says = name, status, says
    whom = with_phone()
    message = queued(whom=whom)
    drain()
    assert fresh(message).state == state
    whom.refresh_from_db()
    assert (whom.phone_verified_at is None) == off


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_a_template_that_nobody_registered_is_said(gateway: Gateway, settings: Any, name: str) -> None:
    settings.SMS_GATEWAY, settings.SMS_TEMPLATES = name, {}
    with pytest.raises(TransportError, match="no template for “alert-first”") as refused:
        send(queued())
    assert not refused.value.permanent
    assert gateway.bodies == []


def test_a_field_is_short_one_line_and_no_link() -> None:
    assert short("华东\n https://evil.example/") == "华东 https: evil.example/"
    assert len(short("x" * 100)) == 30


# -- Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("138 0000-1234", "+8613800001234"),
        ("+44 (0)20 7946 0000".replace("(0)", ""), "+442079460000"),
        ("0044 20 7946 0000", "+442079460000"),
        ("01012345678", "+861012345678"),
        ("", None),
        ("12", None),
        ("+0123456789", None),
        ("call me", None),
    ],
)
def test_numbers_are_brought_into_one_form(typed: str, called: str | None) -> None:
    if called is None:
        with pytest.raises(ValueError):  # noqa: PT011  # it says nothing but the number
            international(typed, "86")
    else:
        assert international(typed, "86") == called


@pytest.mark.parametrize(
    ("number", "shown"),
    [("13800001234", "138****1234"), ("+86 138 0000 1234", "+86 138 **** 1234"), ("12345", "*****")],
)
def test_a_number_is_shown_masked(number: str, shown: str) -> None:
    assert masked(number) == shown
    assert without_numbers("to +8613800001234!") == "to +86138****1234!"


# -- Who is told by SMS ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_alice_hears_of_the_worst_by_sms_and_of_all_by_mail() -> None:
    told = with_phone()
    alice()  # leads 华东
    rule(
        recipients=[
            services.RecipientDraft(told, from_level=1),
            services.RecipientDraft(told, from_level=3, way="sms"),
        ]
    )
    figure(scope("region:华东"), "0.8")
    look()
    assert list(Message.objects.values_list("way", flat=True)) == ["email"]
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get(way="sms")
    assert message.template == "alert-raised"
    assert message.fields == {"level": "Critical", "figure": "Revenue", "area": "华东", "share": "60%"}
    assert message.text.startswith("Plumbline: Critical, worse: Revenue, 华东 is at 60% of plan http")
    assert message.text.endswith(f"/alerts/{episode().pk}/")
    assert message.address == "138 0000 1234"


@pytest.mark.django_db
def test_who_may_not_see_the_area_learns_no_figure_by_sms_either() -> None:
    rule(recipients=[services.RecipientDraft(with_phone("Mallory"), way="sms")])
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    assert (message.template, message.fields) == ("alert-plain", {"rule": "Revenue behind plan"})
    assert "华东" not in message.text + message.subject
    assert "http" not in message.text


@pytest.mark.django_db
def test_an_address_that_is_not_confirmed_gets_nothing_and_the_outbox_says_so(
    gateway: Gateway, client: Any
) -> None:
    told = alice()
    Person.objects.filter(pk=told.pk).update(phone="13800001234", email_verified_at=None)
    told.refresh_from_db()
    rule(recipients=[services.RecipientDraft(told), services.RecipientDraft(told, way="sms")])
    figure(scope("region:华东"), "0.6")
    look()
    assert set(Notice.objects.values_list("way", "decision", "reason")) == {
        ("email", "suppressed", "not-confirmed"), ("sms", "suppressed", "not-confirmed"),
    }  # fmt: skip
    assert set(Message.objects.values_list("state", flat=True)) == {"withheld"}
    drain(NOW + timedelta(days=1))
    assert gateway.bodies == []
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/outbox/?state=withheld").content.decode()
    assert page.count("Not sent: the address is not confirmed by its owner.") == 2
    assert "138****1234" in page
    assert "13800001234" not in page
    assert "138****1234" in client.get(f"/outbox/{Message.objects.get(way='sms').pk}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"phone_verified_at": None}, "not-confirmed"),
        ({"phone": "13900000000"}, "address-changed"),
        ({"is_active": False}, "left"),
    ],
)
def test_what_waits_stays_when_the_address_ceases_to_be_hers(
    gateway: Gateway, change: dict[str, Any], reason: str
) -> None:
    told = with_phone()
    message = queued(whom=told)
    Person.objects.filter(pk=told.pk).update(**change)
    drain()
    assert gateway.bodies == []
    assert (fresh(message).state, fresh(message).last_error) == ("withheld", reason)


@pytest.mark.django_db
def test_a_number_refused_for_good_is_switched_off_and_its_owner_told_by_mail(
    gateway: Gateway, settings: Any
) -> None:
    settings.SMS_GATEWAY = "aliyun"
    gateway.says = of_aliyun("isv.MOBILE_NUMBER_ILLEGAL")
    told = with_phone()
    queued(1, whom=told)
    later = queued(2, whom=told, next_attempt_at=NOW + timedelta(seconds=1))
    drain()
    told.refresh_from_db()
    assert (told.phone_verified_at, told.phone_refused_at) == (None, NOW)
    mail = Message.objects.get(way="email")
    assert (mail.template, mail.address) == ("address-off", "alice@example.com")
    assert "138 **** 1234" in mail.subject
    assert "isv.MOBILE_NUMBER_ILLEGAL" in mail.text
    drain(NOW + timedelta(minutes=1))
    assert fresh(later).state == "withheld"
    assert len(gateway.bodies) == 1


# -- How many ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_alice_gets_six_an_hour_and_the_rest_in_one(gateway: Gateway) -> None:
    told = with_phone()
    other = with_phone("Bob", phone="13900005678")
    messages = [queued(number, whom=told, created_at=NOW, next_attempt_at=NOW) for number in range(10)]
    queued(99, whom=other)
    drain()
    assert len(gateway.bodies) == 7, "six to Alice, and Bob's"
    assert Message.objects.filter(person=told, state="queued").count() == 4
    drain(NOW + timedelta(minutes=59))
    assert len(gateway.bodies) == 7
    drain(NOW + timedelta(minutes=61))
    assert len(gateway.bodies) == 8
    said = json.loads(gateway.bodies[-1])
    assert said["kind"] == "alert-more"
    assert said["text"].startswith("Plumbline: 4 more alerts: open Plumbline http")
    assert Counter(Message.objects.filter(person=told).values_list("state", flat=True)) == {
        "sent": 7,
        "folded": 4,
    }
    assert {fresh(one).state for one in messages} == {"sent", "folded"}


@pytest.mark.django_db
def test_notices_follow_the_message_that_tells_of_them() -> None:
    told = with_phone()
    rule(recipients=[services.RecipientDraft(told, way="sms")])
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    Message.objects.filter(pk=message.pk).update(next_attempt_at=message.created_at + timedelta(hours=1))
    queued(
        5, whom=told, created_at=message.created_at, next_attempt_at=message.created_at + timedelta(hours=1)
    )
    held = fresh(message)
    held.lease_until = None
    from alerts.services.limiting import make_room

    assert not make_room(held, now=message.created_at + timedelta(hours=2))
    assert Notice.objects.get(decision="due").message == Message.objects.get(template="alert-more")
    assert Episode.objects.count() == 1


# -- Codes -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_code_goes_out_by_sms_and_stands_nowhere_afterwards(gateway: Gateway) -> None:
    told = with_phone(phone_verified_at=None)
    send_code(whom=told, kind=AddressKind.PHONE, person=told)
    message = Message.objects.get()
    assert "••••••" in message.text
    drain(message.created_at)
    text = json.loads(gateway.bodies[0])["text"]
    code = "".join(sign for sign in text if sign.isdigit())[:6]
    assert text == f"Plumbline: Your code is {code}. It holds for ten minutes."
    assert fresh(message).sealed == ""
    assert code not in repr(Message.objects.values())
    assert enter_code(whom=told, kind=AddressKind.PHONE, code=code, person=told).phone_verified_at


@pytest.mark.django_db
def test_a_code_by_mail_comes_with_a_link(mailoutbox: list[Any]) -> None:
    told = person("Alice", email_verified_at=None)
    send_code(whom=told, kind=AddressKind.EMAIL, person=told)
    message = Message.objects.get()
    assert letters.PLACES["link"] in message.text
    drain(message.created_at)
    (mail,) = mailoutbox
    html = mail.alternatives[0][0]
    link = next(word for word in mail.body.split() if "/confirm/" in word)
    assert link in html
    assert "••" not in mail.body + html
    assert link not in repr(Message.objects.values())
    assert follow_link(link=link.rstrip("/").rpartition("/")[2]).email_verified_at


@pytest.mark.django_db
def test_a_code_that_cannot_be_sent_is_given_up_when_it_has_expired(gateway: Gateway) -> None:
    gateway.status = 503
    told = with_phone(phone_verified_at=None)
    send_code(whom=told, kind=AddressKind.PHONE, person=told)
    message = Message.objects.get()
    for minutes in (0, 1, 5, 12):
        drain(message.created_at + timedelta(minutes=minutes))
    assert (fresh(message).state, fresh(message).sealed) == ("failed", "")


# -- Many hands --------------------------------------------------------------------------------------

WORKER = """
import sys, django
django.setup()
from django.conf import settings
from django.db import connection
from django.utils import timezone
from alerts.services import deliver_next
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.readline()
while deliver_next(clock=timezone.now, limit=3):
    pass
"""


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_once_and_never_more_than_six_to_one_person(
    gateway: Gateway, settings: Any
) -> None:
    gateway.takes_seconds = 0.02
    now = datetime.now(UTC)
    people = [with_phone(f"P{number}", phone=f"1380000{number:04}") for number in range(8)]
    for number in range(80):
        queued(number, whom=people[number % 8], text=f"message {number}", created_at=now, next_attempt_at=now)
    environment = {
        **os.environ,
        "DATABASE_URL": own_database_url(),
        "SMS_GATEWAY": "http",
        "SMS_URL": settings.SMS_URL,
        "OUTBOUND_ALLOW": ",".join(settings.OUTBOUND_ALLOW),
        "SMS_PER_HOUR": "6",
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=embedded.PROJECT, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            worker.communicate(timeout=60)
    finally:
        for worker in workers:
            worker.kill()
    sent = [json.loads(body) for body in gateway.bodies]
    assert Counter(one["to"] for one in sent) == {f"+861380000{number:04}": 6 for number in range(8)}
    assert len({one["text"] for one in sent}) == 48
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 48, "queued": 32}
