"""Two hundred people who read dashboards at once from two cores: each a page every 10 s and a poll every 5 s.

Everybody has what she was granted, a session of her own and one connection that stays open, as a browser's does; it sends
back the cookies that it gets, and what it has seen it asks for by its ETag. For the first minute nothing is kept yet: each of
some three hundred different pages is made for the first time. The second one is the bound's: a day as it goes on. The
generator takes its share of the same cores.
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
FIRST = 60.0  # seconds in which pages are made that are kept afterwards
AT_MOST = 0.3
POLLED = "/fresh/"  # what an open page asks without anybody's doing
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
    seen: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
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
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {self._cookies()}"]
        lines += ["Accept-Encoding: gzip", "Accept: text/html,application/json"]
        if path in self.seen:
            lines.append(f"If-None-Match: {self.seen[path]}")
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()
        first, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        for line in rest:
            if line.lower().startswith("set-cookie:"):
                name, _, value = line.partition(":")[2].partition(";")[0].strip().partition("=")
                self.cookies[name] = value
        status = int(first.split()[1])
        if status not in (204, 304):
            await self._body(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        if headers.get("etag"):
            self.seen[path] = headers["etag"]
        return status

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

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
    sessions = python(site, "config.bench.people", "sessions").split()
    reader = Reader(site, "reader")
    for _ in range(8):
        reader.get("/")  # every process has compiled its templates
    head(f"{len(sessions)} people: a page every {PAGE_EVERY:.0f} s, {POLLED} every {POLL_EVERY:.0f} s")
    uncached = _uncached(site, reader)
    first, then = asyncio.run(_crowd(site, sessions, seconds))
    row("overview, nothing cached, one after the other", uncached, f"{1 / uncached:.1f} a second")
    _tell("the first minute", first, FIRST, uncached)
    _tell(f"the {seconds} s after it", then, seconds, uncached, f"{AT_MOST} s, no error")


def _tell(when: str, told: Told, seconds: float, uncached: float, bound: str = "") -> None:
    everything = [one for taken in told.taken.values() for one in taken]
    print(
        f"{when}: {len(everything)} answers, {told.known} of them 304, {len(told.failed)} failed"
        f" {sorted(set(told.failed))[:5]}; {len(everything) / seconds:.0f} a second, load of the machine"
        f" {os.getloadavg()[0]:.1f} on {os.cpu_count()}"
    )
    for sort, taken in told.taken.items():
        row(f"{sort}, median", statistics.median(taken))
        row(f"{sort}, p95", _p95(taken), "overview, uncached", _p95(taken) / uncached)
    row("everything, p95", _p95(everything), "overview, uncached", _p95(everything) / uncached, bound)


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


async def _crowd(site: Site, sessions: list[str], seconds: int) -> tuple[Told, Told]:
    """What was told in the first minute, and in the seconds after it."""
    told = Told(), Told()
    began = time.monotonic()
    await asyncio.gather(
        *(_person(site, n, session, began, seconds, told) for n, session in enumerate(sessions))
    )
    return told


async def _person(
    site: Site, number: int, session: str, began: float, seconds: int, told: tuple[Told, Told]
) -> None:
    browser = Browser(site.address, cookies={"sessionid": session})
    chance = Random(number)  # noqa: S311  (nobody's secret)

    async def every(wait: float, sort: str) -> None:
        await asyncio.sleep(wait * (number + 0.5) / READERS)
        while (started := time.monotonic()) < began + FIRST + seconds:
            path = POLLED if sort == "polls" else _page(chance)
            then = told[started >= began + FIRST]
            try:
                status = await asyncio.wait_for(browser.get(path), 30)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                browser.close()
                status = 0
                then.failed.append(f"{type(error).__name__} {path}")
            then.taken[sort].append(time.monotonic() - started)
            then.known += status == 304
            if status not in (200, 204, 304, 0):
                then.failed.append(f"{status} {path}")
            await asyncio.sleep(max(0.0, wait - (time.monotonic() - started)))

    await asyncio.gather(every(PAGE_EVERY, "pages"), every(POLL_EVERY, "polls"))
    browser.close()


def _page(chance: Random) -> str:
    """Mostly the overview, as it is and in another month; and the table of channels."""
    period = chance.choice(PERIODS)
    query = f"?{urllib.parse.urlencode({'period': period})}" if period else ""
    return f"/channels/{query}" if chance.random() < 0.25 else f"/{query}"
