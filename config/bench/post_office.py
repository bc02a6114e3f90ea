"""A mail server in a process of its own that keeps nothing: `python -m config.bench.post_office PORT` answers each line
that it is sent with how many mails it has taken, and when the last one came (seconds since 1970).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.bench.running import HOST, PROJECT, free_port


class PostOffice:
    """The process, as others see it."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.environment = {"EMAIL_HOST": HOST, "EMAIL_PORT": str(port)}
        self._process = process

    def taken(self) -> tuple[int, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        count, at = self._process.stdout.readline().split()
        return int(count), float(at)


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


def serve(port: int) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    class Counter:
        count, last = 0, 0.0

        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            self.count += 1
            self.last = time.time()
            return "250 OK"

    counter = Counter()
    controller = Controller(counter, hostname=HOST, port=port)
    controller.start()
    for _line in sys.stdin:
        print(counter.count, counter.last, flush=True)
    controller.stop()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
