"""How soon the overview is seen on a phone: headless Chromium with a slow line and a slow processor, as Lighthouse's.

The line is Lighthouse's "slow 4G" of applied throttling: 1.6 Mbit/s down, 750 kbit/s up, 150 ms to and fro; the processor
is four times slower than this machine's. Cold: nothing kept; warm: what a browser kept of the first visit. The web is
production's: gunicorn, files compressed beforehand, HTTP/1.1 without a proxy before it.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from config.bench.pages import Reader
from config.bench.people import READERS
from config.bench.running import Site, head, python, row, size
from config.shots.looking import chromium

TIMES = 5
DOWN, UP, LATENCY = 1_600_000 / 8, 750_000 / 8, 150
SLOWER = 4
COLD, WARM, SHIFT, BEFORE_CHARTS = 1.5, 0.8, 0.02, 150_000
CHARTS = ("plotly", "chart-look")
WATCH = """(() => {
  window.painted = { largest: 0, first: 0, shift: 0, what: "" };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) Object.assign(painted, { largest: one.startTime, what: `${one.element?.tagName || ""}.${one.element?.className || ""}` });
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.name === "first-contentful-paint") painted.first = one.startTime;
  }).observe({ type: "paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) painted.shift += one.value;
  }).observe({ type: "layout-shift", buffered: true });
})()"""


@dataclass(frozen=True)
class Visit:
    """Seconds; `before` and `whole` are bytes as they came over the line, `before` those that charts do not ask for."""

    first: float
    largest: float
    what: str
    shift: float
    before: int
    whole: int
    files: dict[str, int]


@dataclass
class Phone:
    page: Any
    coming: dict[str, str]
    came: dict[str, int]

    def visit(self, url: str) -> Visit:
        self.coming.clear()
        self.came.clear()
        self.page.goto("about:blank")
        self.page.goto(url, wait_until="load")
        # Charts in sight are drawn when the browser has nothing else to do; those folded away wait for a finger.
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(1000)
        seen = self.page.evaluate("() => painted")
        files = {
            self.coming[key].partition("/static/")[2] or self.coming[key]: held
            for key, held in self.came.items()
        }
        before = sum(held for name, held in files.items() if not any(part in name for part in CHARTS))
        return Visit(
            seen["first"] / 1000,
            seen["largest"] / 1000,
            seen["what"],
            seen["shift"],
            before,
            sum(files.values()),
            files,
        )


@contextmanager
def phone(browser: Any, address: str, session: str) -> Iterator[Phone]:
    """With nothing kept but the login."""
    browsing = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=3, is_mobile=True, has_touch=True
    )
    browsing.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    browsing.add_init_script(WATCH)
    page = browsing.new_page()
    line = browsing.new_cdp_session(page)
    coming: dict[str, str] = {}
    came: dict[str, int] = {}
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP},
    )
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    line.on(
        "Network.requestWillBeSent", lambda said: coming.update({said["requestId"]: said["request"]["url"]})
    )
    line.on(
        "Network.loadingFinished",
        lambda said: came.update(
            {said["requestId"]: int(said["encodedDataLength"])} if said["requestId"] in coming else {}
        ),
    )
    yield Phone(page, coming, came)
    browsing.close()


def measure(site: Site) -> None:
    reader = Reader(site, "reader")
    for _ in range(8):
        reader.get("/")  # every process has compiled its templates
    session = python(site, "config.bench.people", "sessions").split()[READERS // 2 - 1]
    measure_at(site.address, session)


def measure_at(address: str, session: str, *, told: bool = False) -> None:
    """`told` prints each file of the first visit."""
    head(f"the overview on a phone: 1.6 Mbit/s, {LATENCY} ms, processor ÷ {SLOWER}; median of {TIMES}")
    cold, warm = [], []
    with chromium() as browser:
        for _ in range(TIMES):
            with phone(browser, address, session) as held:
                cold.append(held.visit(f"{address}/"))
                warm.append(held.visit(f"{address}/"))
    if told:
        for name, held_bytes in sorted(cold[0].files.items(), key=lambda one: -one[1]):
            print(f"  {held_bytes:8,} {name}")
    print(
        f"largest is {cold[0].what}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )

    def middle(visits: list[Visit], figure: str) -> float:
        return float(statistics.median(getattr(visit, figure) for visit in visits))

    row("first paint, cold", middle(cold, "first"))
    row("largest paint, cold", middle(cold, "largest"), bound=f"{COLD} s")
    row("first paint, warm", middle(warm, "first"))
    row("largest paint, warm", middle(warm, "largest"), bound=f"{WARM} s")
    row("layout shift, cold", max(visit.shift for visit in cold), bound=str(SHIFT))
    row("layout shift, warm", max(visit.shift for visit in warm), bound=str(SHIFT))
    size("on the wire before charts, cold", int(middle(cold, "before")), BEFORE_CHARTS)
    print(f"{'on the wire with charts, cold':46}{middle(cold, 'whole') / 1000:7.0f} KB")
    print(f"{'on the wire, warm':46}{middle(warm, 'whole') / 1000:7.0f} KB")
