"""A whole house of its own: PostgreSQL, Redis, web, worker and beat in a folder of the test's, to break things in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from config import embedded
from tests.conftest import own_database_url

_OURS = ("PLUMBLINE_TESTING", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER")
_OPEN = """
from datetime import datetime, UTC
from organization.models import Scope
from organization.services import make_person, grant_role
from organization.services.tokens import make_token
bob = make_person(username="bob", email="bob@example.com", password="a plumb line tells", person=None)
grant_role(whom=bob, role="admin", scope=Scope.objects.get(key="company"), person=None)
scopes = ["read", "write:imports", "write:facts", "write:targets"]
print("TOKEN", make_token(whose=bob, name="test", scopes=scopes, days=1, now=datetime.now(UTC), person=bob)[1])
"""


class House:
    def __init__(self, **more: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="plh-"))
        self.folder.chmod(0o711)  # PostgreSQL runs as somebody else where we are root
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.environment = {
            **kept, "PLUMBLINE_VAR": str(self.folder / "var"), "WEB_BIND": f"127.0.0.1:{port}", "SECRET_KEY": "x" * 60, **more,
        }  # fmt: skip
        self.address = f"http://127.0.0.1:{port}"
        self._tables()
        printed = self.shell(_OPEN)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {printed.partition('TOKEN ')[2].strip()}"
        self.processes = [
            self._start("gunicorn", "-c", "python:config.gunicorn", "--log-level", "error", "config.wsgi"),
            self._start("celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "ERROR"),
            self._start("celery", "-A", "config", "beat", "--loglevel", "ERROR"),
        ]
        try:
            until(lambda: self.get("/healthz").status_code == 200, 60)
        except AssertionError:
            said = "".join(log.read_text()[-2000:] for log in sorted(self.folder.glob("*.log")))
            self.close()
            raise AssertionError(said) from None

    def _tables(self) -> None:
        """As the migrations leave them: from the test process's own database, since to run them all takes a minute."""
        if os.environ.get("DATABASE_URL"):
            self.python("manage.py", "migrate", "--verbosity", "0")
            return
        tell = "from config import embedded; embedded.ensure_running(); print(embedded.database_url())"
        address = self.python("-c", tell).strip()
        programs = str(embedded._postgres()._binaries())
        dumped = subprocess.run(
            [f"{programs}/pg_dump", "--no-owner", own_database_url()], capture_output=True, check=True
        )
        fill = [f"{programs}/psql", "-Xq1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", "-", address]
        subprocess.run(fill, input=dumped.stdout, check=True)
        self.python("manage.py", "migrate", "--check")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command[0]}-{len(command)}.log").open("ab")
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=embedded.PROJECT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )  # fmt: skip

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=embedded.PROJECT, env=self.environment, capture_output=True, text=True
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def shell(self, do: str) -> str:
        return self.python("manage.py", "shell", "--verbosity", "0", "-c", do)

    def on_servers(self, do: str) -> None:
        """`_redis().stop()` and the like, on this house's own servers."""
        self.python("-c", f"from config import embedded; embedded.{do}")

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.address}{path}", timeout=30)

    def send(self, name: str, text: str) -> requests.Response:
        return self.session.post(
            f"{self.address}/api/v1/imports/", files={"file": (name, text.encode())}, timeout=60
        )

    def work_of(self, sent: requests.Response) -> dict[str, Any]:
        found = self.get(f"/api/v1/imports/{sent.json()['id']}/")
        return found.json() if found.status_code == 200 else {"state": "unknown", "figures_due": True}

    def revenue(self, month: str) -> str | None:
        found = self.get(
            f"/api/v1/readings/?metric=revenue&scope=company&grain=month&from={month}-01&to={month}-28"
        )
        assert found.status_code == 200, found.text
        results = found.json()["results"]
        return str(results[0]["value"]) if results else None

    def until_done(self, sent: requests.Response, seconds: float = 90) -> dict[str, Any]:
        assert sent.status_code == 201 or sent.status_code == 202, sent.text

        def done() -> bool:
            work = self.work_of(sent)
            return work["state"] in ("done", "failed") and not work["figures_due"]

        until(done, seconds)
        return self.work_of(sent)

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.on_servers("stop()")
        shutil.rmtree(self.folder, ignore_errors=True)


def until(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.3)
