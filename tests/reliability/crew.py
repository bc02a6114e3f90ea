"""Real processes: workers and beats on this test's database and queue."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

from config import embedded
from tests.conftest import own_database_url

WORKER = ["worker", "--loglevel", "ERROR", "--concurrency"]
BEAT = ["beat", "--loglevel", "ERROR", "--schedule", "/dev/null"]
AT_WORK_FROM = 1.0  # seconds after its child was made; a worker that is killed sooner has done nothing yet


class Crew:
    """Workers and beats that somebody starts again when they die, as a service manager would."""

    def __init__(
        self, *, workers: int, beats: int, environment: dict[str, str], concurrency: int = 1
    ) -> None:
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.nursery"],
            cwd=embedded.PROJECT,
            env={
                **os.environ,
                **environment,
                "DATABASE_URL": own_database_url(),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.commands = [[*WORKER, str(concurrency)]] * workers + [BEAT] * beats
        self.processes = [self._start(command) for command in self.commands]

    def _start(self, command: list[str]) -> int:
        asked, answers = self._nursery.stdin, self._nursery.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps(command) + "\n")
        asked.flush()
        return int(answers.readline())

    def kill_one(self, dice: random.Random) -> None:
        """`kill -9` of a worker that is at work, if one is."""
        workers = range(len(self.commands) - self.commands.count(BEAT))
        any(self.kill(number, dice) for number in dice.sample(workers, len(workers)))

    def kill(self, number: int, dice: random.Random) -> bool:
        """`kill -9` of this worker: all of it, or only its parent or a child. False where it is not at work."""
        family = self._family(self.processes[number])
        if len(family) < 2:
            return False
        for one in dice.choice([family, family[:1], [dice.choice(family[1:])]]):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        return True

    @staticmethod
    def _family(pid: int) -> list[psutil.Process]:
        """The process and its children that are at work; none of one that has ended."""
        with suppress(psutil.NoSuchProcess):
            parent, since = psutil.Process(pid), time.time() - AT_WORK_FROM
            return [parent, *(one for one in parent.children() if one.create_time() < since)]
        return []

    def revive(self) -> None:
        for number, pid in enumerate(self.processes):
            if not psutil.pid_exists(pid):
                self._bury(pid)
                self.processes[number] = self._start(self.commands[number])

    def stop(self) -> None:
        for pid in self.processes:
            self._bury(pid)
        self._nursery.communicate(timeout=30)

    @staticmethod
    def _bury(pid: int) -> None:
        """With all that it has left behind; returns when nothing of it runs."""
        while True:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            time.sleep(0.01)
