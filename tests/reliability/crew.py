"""Real processes: workers and beats on this test's database and queue, and a mail server that counts."""

from __future__ import annotations

import email
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.policy import default as modern

import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import embedded
from tests.conftest import own_database_url

WORKER = ["worker", "--concurrency", "1", "--loglevel", "ERROR"]
BEAT = ["beat", "--loglevel", "ERROR", "--schedule", "/dev/null"]


class Letterbox:
    """Counts what arrives, by recipient and message id."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=modern)
        self.ids[str(mail["Message-ID"])] += 1
        return "250 OK"


@contextmanager
def letterbox() -> Iterator[tuple[Letterbox, dict[str, str]]]:
    """The box, and the environment of processes that send to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port)}
    finally:
        controller.stop()


class Crew:
    """Workers and beats that somebody starts again when they die, as a service manager would."""

    def __init__(self, *, workers: int, beats: int, environment: dict[str, str]) -> None:
        self.environment = {
            **os.environ,
            **environment,
            "DATABASE_URL": own_database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        self.commands = [WORKER] * workers + [BEAT] * beats
        self.processes = [self._start(command) for command in self.commands]

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", *command],
            cwd=embedded.PROJECT,
            env=self.environment,
            start_new_session=True,
        )

    def kill_one(self, dice: random.Random) -> None:
        """`kill -9` of a worker: all of it, or only its parent or its child."""
        victim = dice.choice(
            [one for one, command in zip(self.processes, self.commands, strict=True) if command is WORKER]
        )
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(victim.pid)
            family = [parent, *parent.children(recursive=True)]
            for one in dice.choice([family, family[:1], family[1:]]):
                with suppress(psutil.NoSuchProcess):
                    one.kill()

    def revive(self) -> None:
        for number, process in enumerate(self.processes):
            if process.poll() is not None:
                self._bury(process)
                self.processes[number] = self._start(self.commands[number])

    def stop(self) -> None:
        for process in self.processes:
            self._bury(process)

    @staticmethod
    def _bury(process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
