"""Chat services, by the JSON that each documents for its robots and incoming webhooks.

Their hosts are fixed here (`CHAT_ENDPOINTS` may name a proxy or the service's own edition in another country), and all
of it goes out by the guarded door. apprise is not asked: its plugins for these robots take HTTP 200 for success, where
the services say in the body that a key is wrong, and write addresses with their keys into the log.

https://developer.work.weixin.qq.com/document/path/91770
https://open.dingtalk.com/document/robots/custom-robot-access
https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
https://api.slack.com/messaging/webhooks
https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams
https://core.telegram.org/bots/api#sendmessage
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from alerts.delivery.base import TransportError, bad_address, for_good, passing
from alerts.delivery.sealed import opened
from alerts.models import ConnectionKind, Message
from common.outbound import Answer, OutboundFailed, OutboundRefused
from common.outbound import send as call
from common.secrets import SecretLost

HOSTS = {
    ConnectionKind.WECOM: "https://qyapi.weixin.qq.com",
    ConnectionKind.DINGTALK: "https://oapi.dingtalk.com",
    ConnectionKind.FEISHU: "https://open.feishu.cn",
    ConnectionKind.SLACK: "https://hooks.slack.com",
    ConnectionKind.TELEGRAM: "https://api.telegram.org",
}
MOST_BYTES = {  # of a text, as each service documents it, with room for what JSON adds
    ConnectionKind.WECOM: 2048,
    ConnectionKind.DINGTALK: 18_000,
    ConnectionKind.FEISHU: 18_000,
    ConnectionKind.SLACK: 12_000,
    ConnectionKind.TEAMS: 20_000,
    ConnectionKind.TELEGRAM: 4000,
}
DOTS = "••••"


@dataclass(frozen=True)
class Letter:
    """What is to be said, and the parts that say where (`alerts.connection_fields`)."""

    text: str
    link: str
    parts: dict[str, str]
    now: float


@dataclass(frozen=True)
class Call:
    """`path` begins with a slash; `host` only where the connection has one of its own."""

    path: str
    body: dict[str, Any]
    query: dict[str, str] = field(default_factory=dict)
    host: str = ""


def send(message: Message) -> str:
    """Posts it to the connection's service. Returns the service's own name for it, if it gives one.

    Raises TransportError.
    """
    connection = message.connection
    if connection is None:
        raise for_good("The connection was removed.")
    try:
        secrets = connection.secrets
    except SecretLost:
        raise bad_address("Its keys were sealed under a key that is gone; type them again.") from None
    kind = ConnectionKind(connection.kind)
    letter = Letter(
        text=_fit(opened(message).text, MOST_BYTES[kind]),
        link=str(message.fields.get("link", "")),
        parts={**connection.place, **secrets},
        now=time.time(),
    )
    ask, judge = SERVICES[kind]
    asked = ask(letter)
    base = settings.CHAT_ENDPOINTS.get(kind) or HOSTS.get(kind) or f"https://{asked.host}"
    url = base.rstrip("/") + asked.path + (f"?{urlencode(asked.query)}" if asked.query else "")
    try:
        answer = call(
            method="POST",
            url=url,
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(asked.body, ensure_ascii=False).encode(),
            timeout=settings.DELIVERY_TIMEOUT,
        )
    except (OutboundFailed, OutboundRefused) as error:
        # A host that may not be called is a matter of the server's settings; what is typed names none but theirs.
        raise passing(str(error)) from error
    try:
        return judge(answer)[:100]
    except TransportError as error:
        words = _without(str(error), secrets)
        raise TransportError(words, permanent=error.permanent, address=error.address) from None


def _fit(text: str, limit: int) -> str:
    """So many bytes at most, and never half a sign."""
    raw = text.encode()
    return text if len(raw) <= limit else raw[: limit - 3].decode("utf-8", "ignore") + "…"


def _without(words: str, secrets: dict[str, str]) -> str:
    """What a service says goes into the outbox, and some repeat the key that they were called with."""
    for secret in secrets.values():
        words = words.replace(secret, DOTS) if secret else words
    return words


def _said(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _by_status(
    answer: Answer, service: str, *, gone: frozenset[int] = frozenset({404, 410})
) -> TransportError:
    """What a status alone tells. 4xx is about this message, but for what says wait, or that there is no such place."""
    words = answer.body[:200].decode("utf-8", "replace").strip()
    reason = f"{service} said {answer.status}: {words}"[:400]
    if answer.status in gone:
        return bad_address(reason)
    if 400 <= answer.status < 500 and answer.status not in {401, 403, 404, 408, 425, 429}:
        return for_good(reason)
    return passing(reason)


def _by_code(
    answer: Answer, service: str, code: str, words: str, gone: frozenset[int], bad: frozenset[int]
) -> str:
    """For services that say 200 and put what they mean into the body: `gone` is about the place, `bad` the message."""
    if not answer.ok:
        raise _by_status(answer, service)
    found = _said(answer)
    number = found.get(code)
    if number == 0:
        return ""
    if number is None:
        raise passing(f"{service} answered with something else than its JSON.")
    reason = f"{service} said {number}: {found.get(words, '')}"[:400]
    if number in gone:
        raise bad_address(reason)
    raise for_good(reason) if number in bad else passing(reason)


# -- Each service: what it is asked, and what its answer means ---------------------------------------


def wecom(letter: Letter) -> Call:
    body = {"msgtype": "text", "text": {"content": letter.text}}
    return Call("/cgi-bin/webhook/send", body, {"key": letter.parts["key"]})


def judge_wecom(answer: Answer) -> str:
    gone = frozenset({93000, 93008, 93017})  # the key is not one, or its group or robot has gone
    bad = frozenset({40008, 40058, 44004, 45002, 47001})
    return _by_code(answer, "WeCom", "errcode", "errmsg", gone, bad)


def dingtalk(letter: Letter) -> Call:
    query = {"access_token": letter.parts["token"]}
    if secret := letter.parts.get("secret"):
        stamp = str(int(letter.now * 1000))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        query |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    body = {"msgtype": "text", "text": {"content": letter.text}, "at": {"isAtAll": False}}
    return Call("/robot/send", body, query)


def judge_dingtalk(answer: Answer) -> str:
    gone = frozenset({300001, 300005, 310000, 400013, 400101, 400102, 400105})
    bad = frozenset({40035, 43004, 400106, 430101, 430102, 430103, 430104})
    return _by_code(answer, "DingTalk", "errcode", "errmsg", gone, bad)


def feishu(letter: Letter) -> Call:
    # A tag in the text would call everybody in the group.
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": letter.text.replace("<", "＜")}}
    if secret := letter.parts.get("secret"):
        stamp = str(int(letter.now))
        digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return Call(f"/open-apis/bot/v2/hook/{letter.parts['token']}", body)


def judge_feishu(answer: Answer) -> str:
    found = _said(answer)
    if not answer.ok and "code" in found:  # it says 400 with its own code
        answer = Answer(200, answer.headers, answer.body)
    gone = frozenset({19001, 19021, 19022, 19024})
    return _by_code(answer, "Feishu", "code", "msg", gone, frozenset({19002, 19036, 9499}))


def slack(letter: Letter) -> Call:
    text = letter.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = "/".join(letter.parts[name] for name in ("team", "app", "token"))
    return Call(f"/services/{parts}", {"text": text, "unfurl_links": False, "unfurl_media": False})


def judge_slack(answer: Answer) -> str:
    if answer.ok:
        return ""
    raise _by_status(answer, "Slack", gone=frozenset({401, 403, 404, 410}))


def teams(letter: Letter) -> Call:
    """An adaptive card of plain lines: a text block would read what people wrote as Markdown."""
    body: list[dict[str, Any]] = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]}
        for line in letter.text.split("\n")
        if line and line != letter.link
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if letter.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Plumbline", "url": letter.link}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    host = letter.parts["host"].lower()
    automate = ".api.powerplatform." in host
    prefix = "/powerautomate/automations/direct" if automate else ""
    if automate and letter.parts.get("route"):
        prefix += f"/cu/{letter.parts['route']}"
    query = {
        "api-version": "1" if automate else "2016-06-01",
        "sp": "/triggers/manual/run",
        "sv": "1.0",
        "sig": letter.parts["signature"],
    }
    path = f"{prefix}/workflows/{letter.parts['workflow']}/triggers/manual/paths/invoke"
    return Call(path, {"type": "message", "attachments": [attachment]}, query, host)


def judge_teams(answer: Answer) -> str:
    if answer.ok:
        return ""
    raise _by_status(answer, "Teams", gone=frozenset({401, 403, 404, 410}))


def telegram(letter: Letter) -> Call:
    body = {
        "chat_id": letter.parts["chat"],
        "text": letter.text,
        "link_preview_options": {"is_disabled": True},
    }
    return Call(f"/bot{letter.parts['bot_token']}/sendMessage", body)


def judge_telegram(answer: Answer) -> str:
    found = _said(answer)
    if answer.ok and found.get("ok"):
        return str(found.get("result", {}).get("message_id", ""))
    words = str(found.get("description", ""))
    if answer.status == 400 and ("chat not found" in words or "upgraded to a supergroup" in words):
        raise bad_address(f"Telegram said 400: {words}"[:400])
    raise _by_status(answer, "Telegram", gone=frozenset({401, 403, 404}))


SERVICES: dict[ConnectionKind, tuple[Callable[[Letter], Call], Callable[[Answer], str]]] = {
    ConnectionKind.WECOM: (wecom, judge_wecom),
    ConnectionKind.DINGTALK: (dingtalk, judge_dingtalk),
    ConnectionKind.FEISHU: (feishu, judge_feishu),
    ConnectionKind.SLACK: (slack, judge_slack),
    ConnectionKind.TEAMS: (teams, judge_teams),
    ConnectionKind.TELEGRAM: (telegram, judge_telegram),
}
