"""A real mail server that keeps what it is sent, for processes started after it."""

from __future__ import annotations

import email
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as modern

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Letterbox:
    def __init__(self, port: int) -> None:
        self.letters: list[EmailMessage] = []
        self.environment = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port)}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(email.message_from_bytes(envelope.content, policy=modern))
        return "250 OK"

    @property
    def ids(self) -> Counter[str]:
        """How often each message came."""
        return Counter(str(letter["Message-ID"]) for letter in self.letters)

    @property
    def subjects(self) -> list[str]:
        return [f"{letter['To']}: {letter['Subject']}" for letter in self.letters]

    def wait(self, count: int = 1, *, seconds: float = 30) -> EmailMessage:
        """The newest letter, once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.letters) < count:
            assert time.monotonic() < deadline, "no mail came"
            time.sleep(0.1)
        return self.letters[-1]

    @staticmethod
    def text_of(letter: EmailMessage, kind: str = "plain") -> str:
        body = letter.get_body((kind,))
        assert body is not None
        return str(body.get_content())


@contextmanager
def open_letterbox() -> Iterator[Letterbox]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Letterbox(port)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
