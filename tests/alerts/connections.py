"""What the tests of connections are made of: each kind filled in, and an other side that answers as told."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from alerts import services
from alerts.models import Connection, ConnectionKind, Message
from alerts.services import connections
from alerts.services.connections import ConnectionDraft
from organization.models import Person
from tests.common.servers import Server, reply, serving

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
PARTS: dict[str, dict[str, str]] = {
    "wecom": {"key": "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"},
    "dingtalk": {"token": "d1ng7a1kt0ken5566", "secret": "SECd1ng5ecret7788"},
    "feishu": {"token": "fe15hu00-t0ken-1122", "secret": "fe15hu5ecret3344"},
    "slack": {"team": "T00000000", "app": "B00000000", "token": "51ackXXXXt0ken99"},
    "teams": {
        "host": "prod-12.westeurope.logic.azure.com",
        "workflow": "0123456789abcdef",
        "signature": "7eam5-5ignature_01",
    },
    "telegram": {"bot_token": "110201543:AAHdq7e1egram", "chat": "-1001234567"},
    "webhook": {"url": "https://hooks.example.com/in"},
}
SECRETS = {
    "wecom": ["key"], "dingtalk": ["token", "secret"], "feishu": ["token", "secret"], "slack": ["token"],
    "teams": ["signature"], "telegram": ["bot_token"], "webhook": [],
}  # fmt: skip
TOOK = {
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"code": 0, "msg": "success", "data": {}},
    "slack": "ok",
    "teams": "",
    "telegram": {"ok": True, "result": {"message_id": 77}},
    "webhook": "",
}


class OtherSide:
    """Answers as told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.says: Any = ""
        self.headers_said: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.takes_seconds = 0.0
        self.server: Server
        self._lock = threading.Lock()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._lock:
            self.bodies.append(body)
        time.sleep(self.takes_seconds)
        said = self.says if isinstance(self.says, str) else json.dumps(self.says)
        reply(request, said, status=self.status, headers=self.headers_said)

    @property
    def json(self) -> Any:
        return json.loads(self.bodies[-1])

    @property
    def asked(self) -> str:
        return self.server.asked[-1]

    @property
    def headers(self) -> dict[str, str]:
        return self.server.headers[-1]


@contextmanager
def other_side(settings: Any) -> Iterator[OtherSide]:
    """Every chat service's place is taken by it, and webhooks may lead there."""
    made = OtherSide()
    with serving(made.handle) as server:
        made.server = server
        settings.OUTBOUND_ALLOW = [server.place]
        settings.CHAT_ENDPOINTS = {
            kind: server.url("") for kind in ConnectionKind.values if kind != "webhook"
        }
        yield made


def draft(kind: str = "wecom", *, owner: Person | None, **more: Any) -> ConnectionDraft:
    given: dict[str, Any] = {
        "name": f"Group of {kind}",
        "kind": kind,
        "language": "en",
        "owner": owner,
        "parts": PARTS[kind],
    }
    return ConnectionDraft(**{**given, **more})


def made(kind: str = "wecom", *, by: Person, confirmed: bool = True, **more: Any) -> Connection:
    connection, _secret = connections.make(draft=draft(kind, **{"owner": by, **more}), person=by)
    if confirmed:
        Connection.objects.filter(pk=connection.pk).update(confirmed_at=NOW)
        connection.refresh_from_db()
    return connection


def webhook_at(url: str, *, by: Person, **more: Any) -> tuple[Connection, str]:
    connection, secret = connections.make(
        draft=draft("webhook", owner=by, parts={"url": url}, **more), person=by
    )
    Connection.objects.filter(pk=connection.pk).update(confirmed_at=NOW)
    connection.refresh_from_db()
    return connection, secret


def queued(
    connection: Connection, *, text: str = "Plumbline ■ Critical", now: datetime = NOW, **more: Any
) -> Message:
    given: dict[str, Any] = {
        "key": uuid.uuid4(), "way": connection.way, "connection": connection, "address": connection.address,
        "language": "en", "subject": "Critical", "text": text, "html": "", "template": "alert-first",
        "fields": {"link": "https://plumbline.example.com/alerts/1/"}, "next_attempt_at": now, "created_at": now,
    }  # fmt: skip
    return Message.objects.create(**{**given, **more})


def drain(now: datetime = NOW) -> None:
    while services.deliver_next(clock=lambda: now):
        pass


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)
