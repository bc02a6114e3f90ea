"""Databases and processes of a benchmark, and how its figures are printed."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from config import embedded

PROJECT = Path(__file__).resolve().parent.parent.parent
SIZES = {"M": (1_000_000, 730), "L": (10_000_000, 1095)}
HOST = "127.0.0.1"
REDIS_DATABASE = 9  # apart from the usual one, so that its cache may be emptied


def head(text: str) -> None:
    print(f"\n{text}\n{'figure':46}{'seconds':>10}  {'beside':24}{'ratio':>8}  at most", flush=True)


def row(figure: str, seconds: float, beside: str = "", ratio: float | None = None, bound: str = "") -> None:
    shown = f"{ratio:8.3f}" if ratio is not None else " " * 8
    print(f"{figure:46}{seconds:10.3f}  {beside:24}{shown}  {bound}", flush=True)


def size(figure: str, held: int, bound: int) -> None:
    print(f"{figure:46}{held / 1000:7.0f} KB  {'':24}{'':8}  {bound / 1000:.0f} KB", flush=True)


def median_of(times: int, work: Callable[[], object]) -> float:
    """Median wall seconds of doing it so many times."""
    taken = []
    for _ in range(times):
        started = time.monotonic()
        work()
        taken.append(time.monotonic() - started)
    return statistics.median(taken)


@contextmanager
def database(name: str) -> Iterator[str]:
    """A database of that name beside the usual one, dropped at the end. Yields its address."""
    usual = os.environ.get("DATABASE_URL") or embedded.database_url()
    parts = urlsplit(usual)

    def execute(statement: str) -> None:
        with closing(psycopg2.connect(usual)) as db:
            db.autocommit = True
            db.cursor().execute(statement)

    execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Site:
    """A running web server, worker and beat on a database of their own. `log` is what all of them say."""

    address: str
    database_url: str
    redis_url: str
    environment: dict[str, str]
    log: Path


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


@contextmanager
def running(
    database_url: str, folder: Path, more: Mapping[str, str] | None = None, *, works: bool = True
) -> Iterator[Site]:
    """The web as production serves it, one Celery worker and one beat, on this database; stopped at the end. `works` False
    is the web alone, where pages are measured after something that workers go on with."""
    port = free_port()
    redis_url = embedded.numbered(os.environ.get("REDIS_URL") or embedded.redis_url(), REDIS_DATABASE)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "WEB_BIND": f"{HOST}:{port}",
        "PLUMBLINE_UPLOADS": str(folder / "uploads"),
        **(more or {}),
    }
    commands = (
        ["gunicorn", "-c", "python:config.gunicorn", "--log-level", "warning", "config.wsgi"],
        ["celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "WARNING"],
        ["celery", "-A", "config", "beat", "--loglevel", "WARNING"],
    )
    said = folder / "site.log"
    log = said.open("ab")
    processes = [
        subprocess.Popen(  # noqa: S603  (our own commands)
            [sys.executable, "-m", *command], cwd=PROJECT, env=environment, stdout=log, stderr=log
        )
        for command in commands[: None if works else 1]
    ]
    site = Site(f"http://{HOST}:{port}", database_url, redis_url, environment, said)
    try:
        _await(site)
        yield site
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
        log.close()


def _await(site: Site) -> None:
    deadline = time.monotonic() + 60
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(f"{site.address}/accounts/login/", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def python(site: Site, module: str, *arguments: str) -> str:
    """Runs a module of ours on the site's database and returns what it printed."""
    return subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=site.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
