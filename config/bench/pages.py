"""How long the overview takes, beside the SQL of eight like panels straight on the facts."""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import psycopg2
import redis

from config.bench.running import Site, head, median_of, python, row

PASSWORD = "bench and measure"  # noqa: S105  (of accounts that live as long as the benchmark)
FILTERED = {"region": "region-7", "channel": "channel-3", "product": "product-2"}


@dataclass(frozen=True)
class Overview:
    uncached: float


class Reader:
    """Somebody with a browser that keeps its cookies and, where told to, what it has seen."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        login = f"{site.address}/accounts/login/"
        page = self.opener.open(login).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        form = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        request = urllib.request.Request(login, urllib.parse.urlencode(form).encode(), {"Referer": login})
        self.opener.open(request).read()

    def get(self, path: str, *, etag: str = "") -> tuple[int, str, bytes]:
        """Status, ETag and body."""
        headers = {"If-None-Match": etag} if etag else {}
        request = urllib.request.Request(f"{self.site.address}{path}", headers=headers)
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.headers.get("ETag", ""), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("ETag", ""), error.read()


def measure(site: Site, rows: int) -> Overview:
    head(f"pages at {rows:,} facts")
    python(site, "config.bench.people")
    with closing(psycopg2.connect(site.database_url)) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does within minutes
        straight = median_of(3, lambda: panels(db))
    reader = Reader(site, "reader")
    cache = redis.Redis.from_url(site.redis_url)

    def uncached(path: str) -> float:
        taken = []
        for _ in range(9):
            cache.flushdb()
            started = time.monotonic()
            status, _etag, body = reader.get(path)
            taken.append(time.monotonic() - started)
            assert status == 200, status
            assert b"<h1" in body
        return sorted(taken)[len(taken) // 2]

    for _ in range(8):
        reader.get("/")  # every process has compiled its templates
    row("eight panels straight on the facts", straight)
    plain = uncached("/")
    row("overview, nothing cached", plain, "eight panels", plain / straight, "0.05")
    filtered = uncached(f"/?{urllib.parse.urlencode(FILTERED)}")
    row("overview with three filters, nothing cached", filtered, "without", filtered / plain, "2")
    _channels(site, uncached)
    etag = reader.get("/")[1]
    again = median_of(30, lambda: reader.get("/"))
    row("the same, unchanged data", again, "nothing cached", again / plain, "0.2")
    assert reader.get("/", etag=etag)[0] == 304, "the browser's copy is not recognised"
    known = median_of(30, lambda: reader.get("/", etag=etag))
    row("the same, the browser has it (304)", known, "nothing cached", known / plain, "0.2")
    return Overview(plain)


def _channels(site: Site, uncached: Callable[[str], float]) -> None:
    """The table of channels and the page of one, beside what the table shows asked of the facts themselves."""
    with closing(psycopg2.connect(site.database_url)) as db, db.cursor() as cursor:

        def straight() -> None:
            cursor.execute(CHANNELS)
            cursor.fetchall()

        facts = median_of(3, straight)
    row("12 channels × 12 months straight on the facts", facts)
    one = "/channels/one/?channel=channel-3"
    uncached(one)  # every process has compiled its templates
    table = uncached(f"/channels/?{urllib.parse.urlencode({'columns': ','.join(COLUMNS)})}")
    row("table of channels, nothing cached", table, "straight", table / facts, "0.05")
    row("page of one channel, nothing cached", uncached(one))


def panels(db: psycopg2.extensions.connection) -> None:
    """What the overview shows, asked of the facts themselves, on one connection."""
    with db.cursor() as cursor:
        for statement in PANELS:
            cursor.execute(statement)
            cursor.fetchall()


_SPAN = "day BETWEEN DATE '{0}' AND DATE '{1}'"
_NOW, _BEFORE, _YEAR_AGO = (
    _SPAN.format(*span)
    for span in (("2026-11-01", "2026-11-21"), ("2026-10-01", "2026-10-21"), ("2025-11-01", "2025-11-21"))
)
_ALL = f"({_NOW} OR {_BEFORE} OR {_YEAR_AGO})"
_AMOUNTS = ", ".join(f"sum(amounts[{slot}])" for slot in range(1, 8))
_TOP = """JOIN organization_nodeancestor AS up ON up.node_id = fact.{0}_id AND up.ancestor_depth = {1}
    JOIN organization_node AS node ON node.id = up.ancestor_id"""
_FROM = "FROM channels_fact AS fact"
_EACH = (
    f"count(*) FILTER (WHERE {_NOW}), count(*) FILTER (WHERE {_BEFORE}), count(*) FILTER (WHERE {_YEAR_AGO})"
)
COLUMNS = ("revenue", "cost", "roi", "roas", "cac", "cpa", "cpl", "conversion_rate", "order_value")
CHANNELS = f"""SELECT node.name, date_trunc('month', day), {_AMOUNTS} {_FROM} {_TOP.format("channel", 1)}
    WHERE day >= DATE '2025-12-01' GROUP BY 1, 2"""
PANELS = (
    # Key figures of the period, the one before and a year ago.
    f"SELECT {_EACH}, {_AMOUNTS} {_FROM} WHERE {_ALL} GROUP BY date_trunc('month', day)",
    # Trend by day beside last year's.
    f"SELECT day, {_AMOUNTS} {_FROM} WHERE {_NOW} OR {_YEAR_AGO} GROUP BY day",
    # Spend by month and channel.
    f"SELECT date_trunc('month', day), node.name, sum(amounts[7]) {_FROM} {_TOP.format('channel', 1)}"
    " WHERE day >= DATE '2025-12-01' GROUP BY 1, 2",
    # Funnel.
    f"SELECT {_AMOUNTS} {_FROM} WHERE {_NOW} UNION ALL SELECT {_AMOUNTS} {_FROM} WHERE {_BEFORE}",
    # Region × channel.
    f"SELECT fact.region_id, node.name, sum(amounts[6]), sum(amounts[7]) {_FROM} {_TOP.format('channel', 1)}"
    f" WHERE {_NOW} GROUP BY 1, 2",
    # Campaigns, best and worst.
    f"SELECT node.name, sum(amounts[6]), sum(amounts[7]) {_FROM} {_TOP.format('channel', 2)} WHERE {_NOW} OR {_BEFORE}"
    " GROUP BY 1 ORDER BY sum(amounts[6]) / nullif(sum(amounts[7]), 0)",
    # Parts: channels; regions and product lines.
    f"SELECT node.name, {_EACH}, {_AMOUNTS} {_FROM} {_TOP.format('channel', 1)} WHERE {_ALL}"
    " GROUP BY 1, date_trunc('month', day)",
    f"SELECT fact.region_id, fact.product_id, {_AMOUNTS} {_FROM} WHERE {_ALL}"
    " GROUP BY GROUPING SETS ((1, date_trunc('month', day)), (2, date_trunc('month', day)))",
)
