"""Each size gets a database of its own, dropped afterwards. BENCH=L adds ten million rows and the pages at both sizes;
BENCH=alerts measures alerts alone, BENCH=touches attribution, BENCH=budgets budgets, BENCH=feedback feedback,
BENCH=paint how soon the overview is painted on a phone, BENCH=readers two hundred people who read dashboards at once.

BENCH_CROWD names the seconds for which a hundred people read (60; 0 leaves it out), BENCH_CHANNELATTRIBUTION a Python
that has the package ChannelAttribution to hold Markov against.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from config import embedded
from config.bench import (
    alerts,
    allocation,
    attribution,
    budgets,
    complaints,
    crowd,
    customer_value,
    feedback,
    forecasts,
    imports,
    ledger,
    orders,
    pages,
    paint,
    push,
    readers,
    targets,
    topics,
    touches,
    until_mail,
)
from config.bench.post_office import post_office
from config.bench.running import SIZES, database, python, row, running


def main() -> None:
    embedded.ensure_running()
    wanted = os.environ.get("BENCH", "").upper()
    if wanted == "ALERTS":
        _alerts_alone()
        return
    if wanted == "BUDGETS":
        _budgets()
        return
    if wanted == "FEEDBACK":
        _feedback()
        return
    if wanted in ("PAINT", "READERS"):
        _dashboards(wanted)
        return
    if wanted == "TOUCHES":
        attribution.measure()
        _touches()
        return
    forecasts.measure()
    attribution.measure()
    allocation.measure()
    _touches()
    _budgets()
    _feedback()
    _dashboards("PAINT", "READERS")
    customer_value.measure()
    sizes = ["M", "L"] if wanted == "L" else ["M"]
    seconds = int(os.environ.get("BENCH_CROWD", "60"))
    corrections: dict[str, imports.Run] = {}
    overviews: dict[str, pages.Overview] = {}
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        with database("plumbline_bench_alerts") as url:
            alerts.measure(url)
        with database("plumbline_bench_targets") as url:
            targets.measure(url, Path(folder))
        with database("plumbline_bench_orders") as url:
            orders.measure(url, Path(folder))
            customer_value.measure_job(url)
        for size in sizes:
            with database(f"plumbline_bench_{size.lower()}") as url:
                corrections[size] = imports.measure(url, size, Path(folder))
                with post_office() as office, running(url, Path(folder), office.environment) as site:
                    overviews[size] = pages.measure(site, SIZES[size][0])
                    push.measure(site)
                    until_mail.measure(site, office)
                    if seconds and size == sizes[-1]:
                        crowd.measure(site, seconds)
    if len(sizes) == 2:
        large, small = corrections["L"].seconds, corrections["M"].seconds
        row("correcting a day at 10M facts", large, "the same at 1M", large / small, "1.3, and 3 s")
        large, small = overviews["L"].uncached, overviews["M"].uncached
        row("overview at 10M facts", large, "at 1M", large / small, "1.2")


def _touches() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder,
        database("plumbline_bench_touches") as url,
    ):
        touches.measure(url, Path(folder))


def _budgets() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder,
        database("plumbline_bench_budgets") as url,
    ):
        budget, taken = budgets.fill(url)
        ledger.measure(url)
        row(f"{budgets.ENTRIES:,} entries written", taken)
        with running(url, Path(folder), works=False) as site:
            budgets.measure(site, budget)


def _feedback() -> None:
    with database("plumbline_bench_complaints") as url:
        complaints.measure(url)
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        with database("plumbline_bench_topics") as url:
            topics.measure(url)
            with running(url, Path(folder), works=False) as site:
                topics.measure_pages(site)
        with database("plumbline_bench_feedback") as url:
            feedback.fill(url)
            with running(url, Path(folder), works=False) as site:
                feedback.measure(site)


def _dashboards(*wanted: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder,
        database("plumbline_bench_dashboards") as url,
    ):
        imports.fill(url, Path(folder))
        with running(url, Path(folder)) as site:
            python(site, "config.bench.people")
            if "PAINT" in wanted:
                paint.measure(site)
            if "READERS" in wanted:
                readers.measure(site)


def _alerts_alone() -> None:
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        with database("plumbline_bench_alerts") as url:
            alerts.measure(url)
        with database("plumbline_bench_m") as url:
            imports.measure(url, "M", Path(folder))
            with post_office() as office, running(url, Path(folder), office.environment) as site:
                python(site, "config.bench.people")
                until_mail.measure(site, office)


if __name__ == "__main__":
    main()
