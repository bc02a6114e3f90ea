"""`make demo`: everything on one machine, with a demo company, until Ctrl-C.

One process minds the others: it starts the servers, a mail server that only keeps letters, the web,
a worker and the beat, starts again what dies, and stops all of it, children first.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

from config import embedded

FIRST_PAGE = "/accounts/login/"
GRACE_SECONDS = 8.0
RESTARTS_PER_MINUTE = 3


class DemoError(Exception):
    """Why the demo cannot go on; the text is for the person at the keyboard."""


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a terminal that was closed."""


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopper:
    """Turns the first such signal into Stopped, at once or when the held moment is over."""

    def __init__(self) -> None:
        self.held = False
        self.asked = False

    def install(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self._arrived)

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        # Once is enough: a second Ctrl-C must not break off the stopping itself.
        for number in SIGNALS:
            signal.signal(number, lambda *_: None)
        self.asked = True
        if not self.held:
            raise Stopped

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """A moment that a signal may not split, such as between starting a child and knowing it."""
        self.held = True
        try:
            yield
        finally:
            self.held = False
        if self.asked:
            raise Stopped


stopper = Stopper()


def say(text: str) -> None:
    print(text, flush=True)


# -- One child --------------------------------------------------------------------------------------


@dataclass
class Child:
    """A process of ours in a process group of its own, so that Ctrl-C reaches it through us alone."""

    name: str
    arguments: list[str]
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        mode = "ab" if self.starts else "wb"
        with self.log.open(mode) as out, stopper.hold():
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", *self.arguments],
                cwd=embedded.PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts.append(time.monotonic())

    def revive(self) -> None:
        """Start again if it died. Raises DemoError when it keeps dying."""
        if self.process is None or self.process.poll() is None:
            return
        code = self.process.returncode
        recent = [when for when in self.starts if when > time.monotonic() - 60]
        if len(recent) > RESTARTS_PER_MINUTE:
            raise DemoError(f"The {self.name} keeps ending (exit code {code}). {self.log}:\n{tail(self.log)}")
        say(f"The {self.name} ended (exit code {code}, see {self.log}); starting it again.")
        self.kill()  # whatever it left behind in its group
        self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.1, deadline - time.monotonic()))
            self.kill()

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def children(*, port: int, mail_port: int, logs: Path) -> list[Child]:
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_GRACE_SECONDS": "5",
        "WORKER_GRACE_SECONDS": "3",
    }
    celery = ["celery", "-A", "config"]
    quiet = ["--without-gossip", "--without-mingle"]
    commands = {
        "web": ["gunicorn", "-c", "python:config.gunicorn", "config.wsgi"],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet],
        "beat": [*celery, "beat", "--loglevel", "INFO"],
    }
    return [
        Child(name=name, arguments=arguments, log=logs / f"{name}.log", environment=environment)
        for name, arguments in commands.items()
    ]


# -- Mail -------------------------------------------------------------------------------------------


class Letterbox:
    """Keeps every letter as a file and sends none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.count += 1
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-{self.count:04}.eml"
        (self.folder / name).write_bytes(envelope.original_content or envelope.content)
        return "250 Kept"


@contextlib.contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """Run the letterbox; yields its port, a free one."""
    from aiosmtpd.controller import Controller

    folder.mkdir(mode=0o700, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(Letterbox(folder), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


# -- The demo ---------------------------------------------------------------------------------------


def check_port(port: int) -> None:
    """Raises DemoError naming a port that is free when this one is not."""

    def free(number: int) -> str | None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
                probe.listen(1)
            except (OSError, OverflowError) as error:
                return str(error)
        return None

    why = free(port)
    if why is None:
        return
    other = next(
        (number for number in range(port + 1, port + 200) if number < 65536 and free(number) is None), None
    )
    hint = f" Try another: make demo PORT={other}" if other else ""
    taken = "is taken" if "in use" in why else f"cannot be used ({why})"
    raise DemoError(f"Port {port} {taken}.{hint}")


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's demo lock; its file names our process for `make stop`."""
    file: IO[str]
    with (folder / "demo.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("A demo already runs from this folder; `make stop` stops it.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def stop_from_outside() -> None:
    """`make stop`: ask a running demo to stop, then stop what servers are left, those of tests too."""
    folder = embedded.var_dir()
    with contextlib.suppress(FileNotFoundError), (folder / "demo.pid").open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(file.read()), signal.SIGTERM)
            fcntl.flock(file, fcntl.LOCK_EX)
            say("The demo stopped.")
    for where in (folder, folder / "test"):
        os.environ["PLUMBLINE_VAR"] = str(where)
        for name in embedded.stop():
            say(f"{name} stopped.")


def prepare_database(*, company: bool) -> bool:
    """Bring the tables up to date; with `company`, fill an empty database. Whether the demo's people are there."""
    import django
    from django.core.management import CommandError, call_command
    from django.db import connections

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if company:
            call_command("demo_company")
    except CommandError as error:  # somebody's own figures are here; they are shown as they are
        say(str(error))
        return False
    finally:
        connections.close_all()
    return company


def wait_for_page(url: str, *, mind: Callable[[], None], log: Path, seconds: float = 60) -> None:
    """Return when the page answers. Raises DemoError with the end of the log when it does not."""
    deadline = time.monotonic() + seconds
    answer = "no answer"
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({})
    )  # never through a proxy to ourselves
    while time.monotonic() < deadline:
        mind()
        try:
            with opener.open(url, timeout=30):
                return
        except urllib.error.HTTPError as error:
            answer = f"answer {error.code}"
            if error.code >= 500:
                break
        except OSError:
            time.sleep(0.1)
            continue
        time.sleep(0.5)
    raise DemoError(f"{url}: {answer}. The end of {log}:\n{tail(log)}")


def tail(path: Path, lines: int = 20) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def greet(port: int, mail: Path, *, company: bool) -> None:
    say("")
    say(f"  Plumbline is at  http://127.0.0.1:{port}/")
    if company:
        from dashboards.demo.people import PEOPLE
        from dashboards.demo.world import PASSWORD

        say(f"  Log in as        {', '.join(somebody.username for somebody in PEOPLE if somebody.role)}")
        say(f"  Password         {PASSWORD}")
    say(f"  Letters go to    {mail}")
    say("  Ctrl-C stops everything; the data stays.")
    say("")


def run(port: int, *, company: bool) -> None:
    if embedded.production():
        raise DemoError("PLUMBLINE_PRODUCTION is set; a demo is none.")
    check_port(port)
    folder = embedded.data_dir()
    logs, mail = folder / "log", folder / "mail"
    logs.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_one(folder))
        stack.callback(embedded.stop)
        started = embedded.ensure_running()
        if started:
            say(f"{' and '.join(started)} started.")
        mail_port = stack.enter_context(mail_server(mail))
        processes = children(port=port, mail_port=mail_port, logs=logs)
        os.environ.update(
            {name: processes[0].environment[name] for name in ("EMAIL_HOST", "EMAIL_PORT", "SITE_URL")}
        )
        people = prepare_database(company=company)
        stack.callback(stop_all, processes)
        for child in processes:
            child.start()

        def mind() -> None:
            for child in processes:
                child.revive()

        wait_for_page(f"http://127.0.0.1:{port}{FIRST_PAGE}", mind=mind, log=logs / "web.log")
        greet(port, mail, company=people)
        while True:
            time.sleep(1)
            for name in embedded.ensure_running():
                say(f"{name} had ended and was started again.")
            mind()


def stop_all(processes: list[Child]) -> None:
    say("Stopping.")
    for child in reversed(processes):
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in reversed(processes):
        child.wait(deadline)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-company", action="store_true", help="leave an empty database empty")
    parser.add_argument("--stop", action="store_true", help="stop a demo and the servers of this data folder")
    options = parser.parse_args(argv)
    if options.stop:
        stop_from_outside()
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

    stopper.install()
    try:
        run(options.port, company=not options.no_company)
    except Stopped:
        say("Stopped.")
        return 0
    except (DemoError, embedded.EmbeddedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
