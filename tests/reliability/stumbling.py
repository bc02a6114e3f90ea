"""A mail server and a gateway that fail now and then and hang now and then, and keep what they took."""

from __future__ import annotations

import asyncio
import email
import json
import random
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.common.servers import Server, reply, serving

WAITED_FOR = 1.0  # seconds: DELIVERY_TIMEOUT of those who send here
HANGS_FOR = 1.5


@dataclass
class Taken:
    """`late`: whoever sent it no longer waited for the answer, as it hung or for another reason."""

    at: float
    late: bool = False


class Stumbling:
    """`took`: each message by its id, as often as it was taken. One that hangs is taken too, but the answer comes late."""

    def __init__(self, seed: int, *, fails: float, hangs: float) -> None:
        self._fails, self._hangs = fails, hangs
        self.took: dict[str, list[Taken]] = defaultdict(list)
        self.asked = self.failed = self.hung = 0
        self._dice = random.Random(seed)
        self._lock = threading.Lock()

    def draw(self) -> str:
        with self._lock:
            self.asked += 1
            drawn = self._dice.random()
            if drawn < self._fails:
                self.failed += 1
                return "fail"
            if drawn < self._fails + self._hangs:
                self.hung += 1
                return "hang"
            return "take"

    def take(self, identity: str, *, late: bool) -> Taken:
        taken = Taken(time.monotonic(), late)
        with self._lock:
            self.took[identity].append(taken)
        return taken

    @property
    def repeated(self) -> list[Taken]:
        """What came again later, with the same id."""
        return [taken for many in self.took.values() for taken in many[:-1]]


class MailServer(Stumbling):
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        drawn = self.draw()
        if drawn == "fail":
            return "451 try again"
        assert isinstance(envelope.content, bytes)
        identity = str(email.message_from_bytes(envelope.content, policy=modern)["Message-ID"])
        self.take(identity.strip("<>").partition("@")[0], late=drawn == "hang")
        if drawn == "hang":
            await asyncio.sleep(HANGS_FOR)
        return "250 OK"


class Gateway(Stumbling):
    """Takes webhooks. `told`: the ids under which it heard of each event, by the alert's id and the event's number."""

    server: Server

    def __init__(self, seed: int, *, fails: float, hangs: float) -> None:
        super().__init__(seed, fails=fails, hangs=hangs)
        self.told: dict[tuple[int, int], set[str]] = defaultdict(set)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        drawn = self.draw()
        if drawn == "fail":
            return reply(request, "not now", status=503)
        taken = self.take(body["id"], late=drawn == "hang")
        with self._lock:
            self.told[body["alert"]["id"], body["alert"]["number"]].add(body["id"])
        if drawn == "hang":
            time.sleep(HANGS_FOR)
        try:
            return reply(request)
        finally:
            taken.late |= time.monotonic() - taken.at > WAITED_FOR * 0.8


@contextmanager
def stumbling(
    *, seed: int = 0, fails: float = 0, hangs: float = 0
) -> Iterator[tuple[MailServer, Gateway, dict[str, str]]]:
    """Both, and the environment of those who are to send to them. `fails` and `hangs` are shares of what comes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mail = MailServer(seed, fails=fails, hangs=hangs)
    gateway = Gateway(seed + 1, fails=fails, hangs=hangs)
    controller = Controller(mail, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with serving(gateway.handle) as gateway.server:
            environment = {
                "EMAIL_HOST": "127.0.0.1",
                "EMAIL_PORT": str(port),
                "OUTBOUND_ALLOW": gateway.server.place,
                "DELIVERY_TIMEOUT": str(WAITED_FOR),
                "DELIVERY_WAITS": "1,2,3",
            }
            yield mail, gateway, environment
    finally:
        controller.stop()
