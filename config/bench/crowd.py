"""A hundred people who read overview and channel pages, each a page every 5 s, from the same two cores."""

from __future__ import annotations

import asyncio
import statistics
import time
import urllib.parse
from random import Random

from config.bench.running import Site, head, python, row

READERS = 100  # of those that there are
EVERY = 5.0
AT_MOST = 0.4


def measure(site: Site, seconds: int) -> None:
    head(f"{READERS} people for {seconds} s, a page every {EVERY:.0f} s each")
    cookies = [
        f"sessionid={key}" for key in python(site, "config.bench.people", "sessions").split()[:READERS]
    ]
    taken, failed = asyncio.run(_crowd(site, cookies, seconds))
    taken.sort()
    print(f"{len(taken)} pages, {len(failed)} failed {sorted(set(failed))[:5]}")
    row("median", statistics.median(taken))
    row("p95", taken[int(len(taken) * 0.95)], "", None, f"{AT_MOST} s, no error")


async def _crowd(site: Site, cookies: list[str], seconds: int) -> tuple[list[float], list[str]]:
    taken: list[float] = []
    failed: list[str] = []
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(_person(site, number, cookie, end, taken, failed) for number, cookie in enumerate(cookies))
    )
    return taken, failed


async def _person(
    site: Site, number: int, cookie: str, end: float, taken: list[float], failed: list[str]
) -> None:
    """Looks, thinks, drills down, comes back; her browser keeps what it has seen, as browsers do."""
    chance = Random(number)  # noqa: S311  (nobody's secret)
    seen: dict[str, str] = {}
    await asyncio.sleep(EVERY * number / READERS)
    while (started := time.monotonic()) < end:
        path = _page(chance, whole=number % 2 == 1)
        status, etag = await _get(site, path, cookie, seen.get(path, ""))
        taken.append(time.monotonic() - started)
        if status in (200, 304):
            seen[path] = etag
        else:
            failed.append(f"{status} {path}")
        await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - started)))


def _page(chance: Random, *, whole: bool) -> str:
    period = chance.choice(["", "2026-11", "2026-10", "2026-Q4"])
    filters = {"period": period} if period else {}
    if whole and chance.random() < 0.5:
        filters["channel"] = f"channel-{chance.randint(1, 12)}"
    return f"/?{urllib.parse.urlencode(filters)}"


async def _get(site: Site, path: str, cookie: str, etag: str) -> tuple[int, str]:
    host, _, port = site.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {cookie}", "Accept-Encoding: gzip"]
        lines += [f"If-None-Match: {etag}"] if etag else []
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
    head, _, _body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return int(first.split()[1]), headers.get("etag", "")
