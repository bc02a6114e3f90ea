"""Two hundred people who read dashboards at once from two cores: each a page every 10 s and a poll every 5 s.

Everybody has what she was granted, a session of her own and one connection that stays open, as a browser's does; what it
has seen it asks for by its ETag. The generator takes its share of the same cores.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
import urllib.parse
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import redis

from config.bench.pages import Reader
from config.bench.people import READERS
from config.bench.running import Site, head, python, row

PAGE_EVERY, POLL_EVERY = 10.0, 5.0
SECONDS = 60
WARM_UP = 10.0  # of which nothing counts: browsers arrive one after the other
AT_MOST = 0.3
BY_ITSELF = "/fresh/", "/alerts/bell/"  # what an open page asks without anybody's doing
PERIODS = ("", "", "", "2026-11", "2026-10", "2026-Q4")


@dataclass
class Told:
    """Seconds by what was asked, and what went wrong."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    known: int = 0  # answers of 304


@dataclass
class Browser:
    """One connection that stays open, and what was seen over it."""

    address: str
    cookie: str
    seen: dict[str, str] = field(default_factory=dict)
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, path: str) -> int:
        async with self.lock:
            try:
                return await self._ask(path)
            except (OSError, asyncio.IncompleteReadError):
                # The server let go of a connection in the moment that it was used; a browser asks again, too.
                self.close()
                return await self._ask(path)

    async def _ask(self, path: str) -> int:
        host, _, port = self.address.removeprefix("http://").partition(":")
        if self.reader is None or self.writer is None or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection(host, int(port))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {self.cookie}"]
        lines += ["Accept-Encoding: gzip", "Accept: text/html,application/json"]
        if path in self.seen:
            lines.append(f"If-None-Match: {self.seen[path]}")
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()
        first, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        status = int(first.split()[1])
        if status not in (204, 304):
            await self._body(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        if headers.get("etag"):
            self.seen[path] = headers["etag"]
        return status

    async def _body(self, headers: dict[str, str]) -> None:
        assert self.reader is not None
        if headers.get("transfer-encoding") == "chunked":
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readexactly(2)
        elif "content-length" in headers:
            await self.reader.readexactly(int(headers["content-length"]))
        else:
            await self.reader.read()
            self.close()

    def close(self) -> None:
        if self.writer is not None:
            with suppress(OSError):
                self.writer.close()
        self.reader = self.writer = None


def measure(site: Site, seconds: int = SECONDS) -> None:
    cookies = [f"sessionid={key}" for key in python(site, "config.bench.people", "sessions").split()]
    reader = Reader(site, "reader")
    for _ in range(8):
        reader.get("/")  # every process has compiled its templates
    polled = next((path for path in BY_ITSELF if reader.get(path)[0] == 200), BY_ITSELF[-1])
    head(
        f"{len(cookies)} people for {seconds} s: a page every {PAGE_EVERY:.0f} s, {polled} every {POLL_EVERY:.0f} s"
    )
    uncached = _uncached(site, reader)
    told = asyncio.run(_crowd(site, cookies, polled, seconds))
    everything = sorted(one for taken in told.taken.values() for one in taken)
    print(
        f"{len(everything)} answers, {told.known} of them 304, {len(told.failed)} failed {sorted(set(told.failed))[:5]};"
        f" {len(everything) / seconds:.0f} a second, load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()}"
    )
    row("overview, nothing cached, one after the other", uncached, f"{1 / uncached:.1f} a second")
    for sort, taken in told.taken.items():
        row(f"{sort}, median", statistics.median(taken))
        row(f"{sort}, p95", _p95(taken), "overview, uncached", _p95(taken) / uncached)
    row(
        "everything, p95",
        _p95(everything),
        "overview, uncached",
        _p95(everything) / uncached,
        f"{AT_MOST} s, no error",
    )


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _uncached(site: Site, reader: Reader) -> float:
    cache = redis.Redis.from_url(site.redis_url)
    taken = []
    for _ in range(7):
        cache.flushdb()
        started = time.monotonic()
        reader.get("/")
        taken.append(time.monotonic() - started)
    return statistics.median(taken)


async def _crowd(site: Site, cookies: list[str], polled: str, seconds: int) -> Told:
    told = Told()
    began = time.monotonic()
    await asyncio.gather(
        *(_person(site, n, cookie, polled, began, seconds, told) for n, cookie in enumerate(cookies))
    )
    return told


async def _person(
    site: Site, number: int, cookie: str, polled: str, began: float, seconds: int, told: Told
) -> None:
    browser = Browser(site.address, cookie)
    chance = Random(number)  # noqa: S311  (nobody's secret)

    async def every(wait: float, sort: str) -> None:
        await asyncio.sleep(wait * (number + 0.5) / READERS)
        while (started := time.monotonic()) < began + WARM_UP + seconds:
            path = polled if sort == "polls" else _page(chance)
            try:
                status = await asyncio.wait_for(browser.get(path), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                browser.close()
                status = 0
                told.failed.append(f"{type(error).__name__} {path}")
            if started >= began + WARM_UP:
                told.taken[sort].append(time.monotonic() - started)
                told.known += status == 304
            if status not in (200, 204, 304, 0):
                told.failed.append(f"{status} {path}")
            await asyncio.sleep(max(0.0, wait - (time.monotonic() - started)))

    await asyncio.gather(every(PAGE_EVERY, "pages"), every(POLL_EVERY, "polls"))
    browser.close()


def _page(chance: Random) -> str:
    """Mostly the overview, as it is and in another month; and the table of channels."""
    period = chance.choice(PERIODS)
    query = f"?{urllib.parse.urlencode({'period': period})}" if period else ""
    return f"/channels/{query}" if chance.random() < 0.25 else f"/{query}"
