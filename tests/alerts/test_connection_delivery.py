"""What each chat service and webhook is sent, over real HTTP, and what becomes of what it answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from apprise.plugins import dingtalk, feishu, slack, telegram, wecombot, workflows

from alerts.connection_fields import PARTS as FIELDS
from alerts.delivery import chat
from alerts.models import Connection, ConnectionKind, Message
from alerts.services import connections
from tests.alerts.connections import (
    NOW,
    PARTS,
    SECRETS,
    TOOK,
    OtherSide,
    drain,
    fresh,
    made,
    other_side,
    queued,
    webhook_at,
)
from tests.people import ada, alice

CHATS = [kind for kind in ConnectionKind.values if kind != "webhook"]
TEXT = "Plumbline ■ Critical: Revenue <华东> & 上海\nhttps://plumbline.example.com/alerts/1/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(settings: Any) -> Iterator[OtherSide]:
    with other_side(settings) as side:
        yield side


# -- What is asked ------------------------------------------------------------------------------------

# By each service's own documents: path, query without what changes with the time, and the body.
ASKED: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "wecom": (
        "/cgi-bin/webhook/send",
        {"key": "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"},
        {"msgtype": "text", "text": {"content": TEXT}},
    ),
    "dingtalk": (
        "/robot/send",
        {"access_token": "d1ng7a1kt0ken5566"},
        {"msgtype": "text", "text": {"content": TEXT}, "at": {"isAtAll": False}},
    ),
    "feishu": (
        "/open-apis/bot/v2/hook/fe15hu00-t0ken-1122",
        {},
        {"msg_type": "text", "content": {"text": TEXT.replace("<", "＜")}},
    ),
    "slack": (
        "/services/T00000000/B00000000/51ackXXXXt0ken99",
        {},
        {
            "text": TEXT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "unfurl_links": False,
            "unfurl_media": False,
        },
    ),
    "telegram": (
        "/bot110201543:AAHdq7e1egram/sendMessage",
        {},
        {"chat_id": "-1001234567", "text": TEXT, "link_preview_options": {"is_disabled": True}},
    ),
    "teams": (
        "/workflows/0123456789abcdef/triggers/manual/paths/invoke",
        {
            "api-version": "2016-06-01",
            "sp": "/triggers/manual/run",
            "sv": "1.0",
            "sig": "7eam5-5ignature_01",
        },
        {
            "type": "message",
            "attachments": [
                {
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": None,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "body": [
                            {
                                "type": "RichTextBlock",
                                "inlines": [
                                    {"type": "TextRun", "text": "Plumbline ■ Critical: Revenue <华东> & 上海"}
                                ],
                            }
                        ],
                        "actions": [
                            {
                                "type": "Action.OpenUrl",
                                "title": "Plumbline",
                                "url": "https://plumbline.example.com/alerts/1/",
                            }
                        ],
                    },
                }
            ],
        },
    ),
}


@pytest.mark.parametrize("kind", CHATS)
def test_each_service_is_asked_as_it_documents(kind: str, other: OtherSide) -> None:
    other.says = TOOK[kind]
    message = queued(made(kind, by=ada()), text=TEXT)
    drain()
    path, query, body = ASKED[kind]
    asked = urlsplit(other.asked)
    found = {name: values[0] for name, values in parse_qs(asked.query).items()}
    stamped = {name: found.pop(name) for name in ("timestamp", "sign") if name in found}
    said = other.json
    if kind == "feishu":
        stamped = {"timestamp": said.pop("timestamp"), "sign": said.pop("sign")}
    assert (asked.path, found, said) == (path, query, body)
    assert other.headers["content-type"].startswith("application/json")
    assert set(stamped) == ({"timestamp", "sign"} if kind in ("dingtalk", "feishu") else set())
    assert fresh(message).state == "sent"
    assert fresh(message).receipt == ("77" if kind == "telegram" else "")


def test_the_signatures_of_dingtalk_and_feishu_are_theirs() -> None:
    """By the code that each prints in its documents."""
    secret, now = "SECd1ng5ecret7788", 1_773_997_200.5
    asked = chat.dingtalk(chat.Letter("t", "", {"token": "k", "secret": secret}, now))
    stamp = str(round(now * 1000))
    text = f"{stamp}\n{secret}".encode()
    want = base64.b64encode(
        hmac.new(secret.encode("utf-8"), text, digestmod=hashlib.sha256).digest()
    ).decode()
    assert (asked.query["timestamp"], asked.query["sign"]) == (stamp, want)
    asked = chat.feishu(chat.Letter("t", "", {"token": "k", "secret": secret}, now))
    stamp = str(int(now))
    want = base64.b64encode(
        hmac.new(f"{stamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    ).decode("utf-8")
    assert (asked.body["timestamp"], asked.body["sign"]) == (stamp, want)


def test_a_robot_without_a_secret_is_asked_without_a_signature() -> None:
    letter = chat.Letter("t", "", {"token": "k"}, 0)
    assert set(chat.dingtalk(letter).query) == {"access_token"}
    assert set(chat.feishu(letter).body) == {"msg_type", "content"}


def test_apprise_would_ask_the_same_places_and_name_the_same_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second opinion of each service's address and of the names in its body."""
    seen: list[tuple[str, Any]] = []

    def ask(self: Any, method: str, url: str, data: Any = None, **_: Any) -> requests.Response:
        seen.append((url.rstrip("/"), json.loads(data)))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"ok" if "slack" in url else b'{"ok": true, "result": {"message_id": 1}}'
        return answer

    monkeypatch.setattr(requests.Session, "request", ask)
    slack_parts = {"token_a": "T00000000", "token_b": "B00000000", "token_c": PARTS["slack"]["token"]}
    plugins: Any = SimpleNamespace(  # they have few types
        wecom=wecombot.NotifyWeComBot, dingtalk=dingtalk.NotifyDingTalk, feishu=feishu.NotifyFeishu,
        slack=slack.NotifySlack, teams=workflows.NotifyWorkflows, telegram=telegram.NotifyTelegram,
    )  # fmt: skip
    theirs: dict[str, Any] = {
        "wecom": plugins.wecom(key=PARTS["wecom"]["key"]),
        "dingtalk": plugins.dingtalk(token=PARTS["dingtalk"]["token"]),
        "feishu": plugins.feishu(token=PARTS["feishu"]["token"]),
        "slack": plugins.slack(**slack_parts),
        "teams": plugins.teams(
            host=PARTS["teams"]["host"],
            workflow=PARTS["teams"]["workflow"],
            signature=PARTS["teams"]["signature"],
        ),
        "telegram": plugins.telegram(
            bot_token=PARTS["telegram"]["bot_token"], targets=PARTS["telegram"]["chat"]
        ),
    }
    for kind, service in theirs.items():
        seen.clear()
        service.request_rate_per_sec = 0
        assert service.notify(body="hello"), kind
        (url, body), ours = seen[-1], chat.SERVICES[ConnectionKind(kind)][0]
        asked = ours(chat.Letter("hello", "", PARTS[kind], time.time()))
        base = chat.HOSTS.get(ConnectionKind(kind)) or f"https://{asked.host}"
        assert urlsplit(url).path == asked.path, kind
        assert urlsplit(url).netloc == urlsplit(base).netloc, kind
        names = {"text", "msgtype", "content", "msg_type", "type", "chat_id"} & set(body)
        names |= {"attachments"} if kind == "teams" else set()  # to Slack, apprise sends its older form
        assert names <= set(asked.body), kind


@pytest.mark.parametrize("kind", CHATS)
def test_what_a_user_types_names_no_other_host_and_no_other_path(kind: str) -> None:
    evil = ("https://evil.example.com/", "x@evil.example.com", "a/../../b", "k&key=2", "a?b", "a#b", "a b\r\nX: 1",
            "prod.logic.azure.com.evil.example.com", "evil.example.com/.logic.azure.com", "")  # fmt: skip
    for part in FIELDS[kind]:
        for typed in evil:
            assert not part.fits(typed), (part.name, typed)
        assert part.name not in PARTS[kind] or part.fits(PARTS[kind][part.name]), part.name
        assert not part.fits("a" * 600)


def test_power_automate_is_asked_under_its_own_path() -> None:
    parts = {**PARTS["teams"], "host": "default123.45.environment.api.powerplatform.com", "route": "7"}
    asked = chat.teams(chat.Letter("t", "", parts, 0))
    assert asked.path == (
        "/powerautomate/automations/direct/cu/7/workflows/0123456789abcdef/triggers/manual/paths/invoke"
    )
    assert asked.query["api-version"] == "1"


def test_a_long_text_is_cut_between_signs_to_what_the_service_takes(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    queued(made("wecom", by=ada()), text="准" * 2000)
    drain()
    content = other.json["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("准…")


# -- What the answer means ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "says", "state", "off"),
    [
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, "failed", True),
        ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, "queued", False),
        ("wecom", 200, "<html>a proxy's page</html>", "queued", False),
        ("dingtalk", 200, {"errcode": 300005, "errmsg": "token is not exist"}, "failed", True),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, "failed", True),
        ("dingtalk", 200, {"errcode": 410100, "errmsg": "send too fast"}, "queued", False),
        ("dingtalk", 200, {"errcode": 430104, "errmsg": "bad content"}, "failed", False),
        ("feishu", 400, {"code": 19001, "msg": "incoming webhook access token invalid"}, "failed", True),
        ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, "failed", True),
        ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, "queued", False),
        ("slack", 404, "no_service", "failed", True),
        ("slack", 410, "channel_is_archived", "failed", True),
        ("slack", 403, "invalid_token", "failed", True),
        ("slack", 400, "invalid_payload", "failed", False),
        ("slack", 429, "rate_limited", "queued", False),
        ("teams", 404, {"error": {"code": "WorkflowNotFound"}}, "failed", True),
        ("teams", 401, {"error": {"code": "InvalidSignature"}}, "failed", True),
        ("teams", 502, "", "queued", False),
        ("telegram", 401, {"ok": False, "description": "Unauthorized"}, "failed", True),
        ("telegram", 404, {"ok": False, "description": "Not Found"}, "failed", True),
        ("telegram", 403, {"ok": False, "description": "Forbidden: bot was kicked"}, "failed", True),
        ("telegram", 400, {"ok": False, "description": "Bad Request: chat not found"}, "failed", True),
        ("telegram", 400, {"ok": False, "description": "Bad Request: message is too long"}, "failed", False),
        ("telegram", 429, {"ok": False, "description": "Too Many Requests"}, "queued", False),
        *((kind, 500, "", "queued", False) for kind in CHATS),
        *((kind, 429, "", "queued", False) for kind in CHATS),
        *((kind, 404, "", "failed", True) for kind in CHATS),
        ("webhook", 404, "", "failed", True),
        ("webhook", 410, "", "failed", True),
        ("webhook", 308, "", "failed", True),
        ("webhook", 302, "", "queued", False),
        ("webhook", 400, "", "failed", False),
        ("webhook", 401, "", "queued", False),
        ("webhook", 429, "", "queued", False),
        ("webhook", 500, "", "queued", False),
        ("webhook", 204, "", "sent", False),
    ],
)  # fmt: skip
def test_what_the_answer_means_for_the_message_and_for_the_connection(
    kind: str, status: int, says: Any, state: str, off: bool, other: OtherSide
) -> None:
    other.status, other.says = status, says
    if kind == "webhook":
        connection, _secret = webhook_at(other.server.url("/in"), by=ada())
    else:
        connection = made(kind, by=ada())
    message = queued(connection, text="{}")
    drain()
    assert fresh(message).state == state
    found = Connection.objects.get(pk=connection.pk)
    assert (found.switched_off_at is not None, found.confirmed_at is None) == (off, off)
    mails = Message.objects.filter(template="connection-off")
    assert mails.count() == int(off)


def test_a_place_that_is_gone_is_switched_off_and_its_owner_is_told_by_one_mail(other: OtherSide) -> None:
    other.status, other.says = 404, "no_service"
    connection = made("slack", by=ada(), owner=alice())
    queued(connection), queued(connection)
    drain()
    # What waited behind the first does not try the place again.
    found = Message.objects.filter(way="chat").values_list("state", "last_error")
    assert sorted(found) == [("failed", "Slack said 404: no_service"), ("withheld", "not-confirmed")]
    assert len(other.bodies) == 1
    mail = Message.objects.get(template="connection-off")
    assert (mail.way, mail.address, mail.person) == ("email", "alice@example.com", alice())
    assert "Group of slack" in mail.subject
    assert "no_service" in mail.text
    assert f"/alerts/connections/{connection.pk}/" in mail.text
    off = Connection.objects.get(pk=connection.pk)
    assert off.switched_off_because == "Slack said 404: no_service"
    queued(connection)
    drain()
    assert len(other.bodies) == 1
    assert Message.objects.filter(template="connection-off").count() == 1


def test_where_the_owner_cannot_be_reached_administrators_are_told(other: OtherSide) -> None:
    other.status = 410
    connection = made("slack", by=ada())
    Connection.objects.filter(pk=connection.pk).update(owner=None)
    queued(connection)
    drain()
    assert [mail.person for mail in Message.objects.filter(template="connection-off")] == [ada()]


def test_what_a_service_repeats_of_its_key_is_not_kept(other: OtherSide) -> None:
    key = PARTS["wecom"]["key"]
    other.says = {"errcode": 93000, "errmsg": f"invalid webhook url: {key}"}
    message = queued(made("wecom", by=ada()))
    drain()
    assert fresh(message).last_error == "WeCom said 93000: invalid webhook url: ••••"
    assert key not in Connection.objects.get().switched_off_because


@pytest.mark.parametrize("kind", ["wecom", "webhook"])
def test_a_place_that_hangs_or_is_away_is_passing_trouble(kind: str, other: OtherSide, settings: Any) -> None:
    settings.DELIVERY_TIMEOUT = 0.3
    other.takes_seconds, other.says = 1.0, TOOK[kind]
    if kind == "webhook":
        connection, _secret = webhook_at(other.server.url("/in"), by=ada())
    else:
        connection = made(kind, by=ada())
    message = queued(connection)
    drain()
    assert (fresh(message).state, fresh(message).attempts) == ("queued", 1)
    assert "did not answer in time" in fresh(message).last_error
    other.takes_seconds = 0
    drain(NOW + timedelta(hours=1))
    assert (fresh(message).state, fresh(message).attempts) == ("sent", 2)


# -- Webhooks ----------------------------------------------------------------------------------------


def verified(secret: str, header: str, body: bytes, *, within: int = 300) -> bool:
    """As docs/webhooks.md tells the other side to do it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    if abs(time.time() - int(parts["t"])) > within:
        return False
    wanted = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"])


def test_a_webhook_is_signed_and_a_retry_has_the_same_id_and_body(other: OtherSide) -> None:
    connection, secret = webhook_at(other.server.url("/in"), by=ada())
    other.status = 500
    message = queued(connection, text='{"event": "alert.first", "area": "华东"}')
    drain()
    other.status = 200
    drain(NOW + timedelta(hours=1))
    assert fresh(message).state == "sent"
    first, second = other.server.headers
    assert first["x-plumbline-delivery"] == second["x-plumbline-delivery"] == str(message.key)
    assert other.bodies[0] == other.bodies[1] == message.text.encode()
    for headers, body in zip(other.server.headers, other.bodies, strict=True):
        assert verified(secret, headers["x-plumbline-signature"], body)
        assert not verified(secret, headers["x-plumbline-signature"], body + b" ")
        assert not verified("pls_other", headers["x-plumbline-signature"], body)


def test_a_new_secret_signs_from_the_next_message_on_and_the_connection_stays_confirmed(
    other: OtherSide,
) -> None:
    connection, old = webhook_at(other.server.url("/in"), by=ada())
    new = connections.renew_secret(connection=connection, person=ada())
    queued(connection)
    drain()
    assert new != old
    header = other.headers["x-plumbline-signature"]
    assert verified(new, header, other.bodies[-1])
    assert not verified(old, header, other.bodies[-1])


def test_an_address_that_leads_inside_by_now_is_refused_when_sent(other: OtherSide, settings: Any) -> None:
    connection, _secret = webhook_at(other.server.url("/in"), by=ada())
    settings.OUTBOUND_ALLOW = []
    message = queued(connection)
    drain()
    assert not other.bodies
    assert "internal network" in fresh(message).last_error
    assert Connection.objects.get().switched_off_at is not None


# -- What may go out ---------------------------------------------------------------------------------


def test_nothing_but_a_test_goes_to_who_has_not_confirmed(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    message = queued(made("wecom", by=ada(), confirmed=False))
    drain()
    assert (fresh(message).state, fresh(message).last_error) == ("withheld", "not-confirmed")
    assert not other.bodies


def test_nothing_goes_where_it_was_switched_off_removed_or_leads_elsewhere_since(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada())
    elsewhere = queued(connection, address="wecom #00000000")
    off = queued(connection)
    connections.switch_off(connection=connection, person=ada(), now=NOW)
    drain()
    assert (fresh(elsewhere).state, fresh(elsewhere).last_error) == ("withheld", "address-changed")
    assert (fresh(off).state, fresh(off).last_error) == ("withheld", "connection-off")
    late = queued(connection)
    connections.remove(connection=connection, person=ada())
    drain()
    assert (fresh(late).state, fresh(late).last_error) == ("withheld", "connection-gone")
    assert not other.bodies


def test_keys_that_cannot_be_read_any_more_switch_it_off_with_words(other: OtherSide) -> None:
    connection = made("wecom", by=ada())
    Connection.objects.filter(pk=connection.pk).update(sealed="gone")
    message = queued(connection)
    drain()
    assert "type them again" in fresh(message).last_error
    assert Connection.objects.get().switched_off_at is not None


def test_no_log_line_has_a_secret(other: OtherSide, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for status in (200, 404, 500):
        other.status = status
        for kind in ConnectionKind.values:
            Connection.objects.all().delete()
            if kind == "webhook":
                connection, secret = webhook_at(other.server.url("/in"), by=ada())
                known = [secret]
            else:
                connection = made(kind, by=ada())
                known = [PARTS[kind][name] for name in SECRETS[kind]]
            other.says = TOOK[kind]
            queued(connection)
            drain()
            out, err = capfd.readouterr()
            for secret in known:
                assert secret not in caplog.text + out + err, kind
