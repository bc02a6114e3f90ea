"""Real processes: workers and beats on this test's database and queue."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress

import psutil

from config import embedded
from tests.conftest import own_database_url

WORKER = ["worker", "--concurrency", "1", "--loglevel", "ERROR"]
BEAT = ["beat", "--loglevel", "ERROR", "--schedule", "/dev/null"]


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
