"""A mail server in a process of its own that keeps nothing: `python -m config.bench.post_office PORT` answers each line
that it is sent with how many mails it has taken, how many came again, their bytes, and when the last one came (seconds
since 1970).
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from config.bench.running import HOST, PROJECT, free_port

_ID = re.compile(rb"^Message-ID: *<([^>]+)>", re.MULTILINE | re.IGNORECASE)


class Taken(NamedTuple):
    """`last` is in seconds since 1970."""

    mails: int
    again: int
    bytes: int
    last: float


class PostOffice:
    """The process, as others see it."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.environment = {"EMAIL_HOST": HOST, "EMAIL_PORT": str(port)}
        self._process = process

    def taken(self) -> Taken:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        mails, again, size, last = self._process.stdout.readline().split()
        return Taken(int(mails), int(again), int(size), float(last))

    def worked(self) -> float:
        """Seconds of a processor that it has taken so far."""
        with open(f"/proc/{self._process.pid}/stat") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def post_office() -> Iterator[PostOffice]:
    port = free_port()
    process = subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-m", "config.bench.post_office", str(port)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    office = PostOffice(port, process)
    try:
        office.taken()
        yield office
    finally:
        process.kill()
        process.wait()


class _Talk(asyncio.Protocol):
    """One connection. Just enough of RFC 5321: a mail server worth its name would cost more than what is measured."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._came = b""
        self._mail: bytearray | None = None  # what has come of one, while it comes
        self._line: asyncio.Transport

    def connection_made(self, line: asyncio.BaseTransport) -> None:
        assert isinstance(line, asyncio.Transport)
        self._line = line
        line.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        if self._mail is not None:
            self._mail += data
            self._end_mail()
            return
        self._came += data
        while self._mail is None and b"\r\n" in self._came:
            command, self._came = self._came.split(b"\r\n", 1)
            self._line.write(self._answer(command[:4].upper()))

    def _answer(self, word: bytes) -> bytes:
        if word == b"DATA":
            self._mail, self._came = bytearray(self._came), b""
            return b"354 go on\r\n"
        if word == b"QUIT":
            return b"221 bye\r\n"
        known = word in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"NOOP", b"RSET")
        return b"250 OK\r\n" if known else b"502 no\r\n"

    def _end_mail(self) -> None:
        assert self._mail is not None
        if self._mail.endswith(b"\r\n.\r\n"):
            self._counter.take(self._mail)
            self._mail = None
            self._line.write(b"250 OK\r\n")


class Counter:
    """How many different mails came, by their ids, how many of them again, and when the last one did."""

    def __init__(self) -> None:
        self.ids: set[bytes] = set()
        self.again, self.last, self.bytes = 0, 0.0, 0

    def take(self, mail: bytearray) -> None:
        found = _ID.search(mail)
        assert found is not None
        self.again += found[1] in self.ids
        self.ids.add(found[1])
        self.bytes += len(mail)
        self.last = time.time()


async def serve(port: int) -> None:
    counter, loop = Counter(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Talk(counter), HOST, port)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(len(counter.ids), counter.again, counter.bytes, counter.last, flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
