"""How long it takes from breaking a year down to 12 months × 500 areas until figures and lights are right; and the grid.

Run on a database of its own: `python -m config.bench.targets` fills it (areas with three years and more of days in the
roll-ups, and no targets), `python -m config.bench.targets plan` breaks the year down and prints the seconds.
BENCH_AREAS names another number of areas, to see that it runs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import django

from config.bench.pages import PASSWORD, Reader
from config.bench.running import PROJECT, Site, head, row, running, size

AREAS = int(os.environ.get("BENCH_AREAS", "500"))
AT_MOST = 2.0
GRID_SECONDS, GRID_BYTES, TIMES = 0.15, 400_000, 15


def measure(url: str, folder: Path) -> None:
    """On an empty database of that address."""
    environment = {**os.environ, "DATABASE_URL": url}

    def run(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603  (our own commands)
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    head(f"{AREAS} areas with three years of days, 12 targets each")
    run("manage.py", "migrate", "--verbosity", "0")
    run("-m", "config.bench.targets")
    found = json.loads(run("-m", "config.bench.targets", "plan"))
    row("the year divided by history and season", found["divided"])
    row(f"{found['targets']:,} targets set as one change", found["set"])
    row("all of it, until readings and lights are right", found["right"], "", None, f"{AT_MOST:.0f} s")
    again = json.loads(run("-m", "config.bench.targets", "plan"))
    row("the same again with another total", again["right"], "", None, f"{AT_MOST:.0f} s")
    with running(url, folder) as site:
        _grid(site)


def _grid(site: Site) -> None:
    reader = Reader(site, "reader")
    path = f"/plan/grid/?{urlencode({'metric': 'revenue', 'year': date.today().year})}"  # noqa: DTZ011
    for _ in range(8):
        reader.get(path)  # every process has compiled its templates
    taken = []
    for _ in range(TIMES):
        started = time.monotonic()
        status, _etag, body = reader.get(path)
        taken.append(time.monotonic() - started)
        assert status == 200, status
    areas = body.count(b'class="grid-area"><span class="target-indent')
    assert areas == min(AREAS + 1, 200), areas
    row(f"grid of {areas} areas × 12 months", statistics.median(taken), "", None, f"{GRID_SECONDS} s")
    size(f"grid of {areas} areas × 12 months", len(body), GRID_BYTES)


def fill() -> None:
    from django.db import connection
    from django.utils import timezone

    from common.periods import add_months
    from kpis.models import Measure, Source
    from organization.models import Company, Node, Scope
    from organization.selectors import company
    from organization.services import grant_role, load_events, make_node, make_person

    today = timezone.localdate()
    whom = make_person(username="reader", password=PASSWORD, person=None)
    grant_role(whom=whom, role="manager", scope=Scope.objects.get(key="company"), person=None)
    company()  # made with the first question
    Company.objects.update(close_after_working_days=400)  # so that all of the year's months are open
    for number in range(AREAS):
        make_node(dimension="region", name=f"Region {number + 1}", parent=None, person=None)
    assert Node.objects.count() == AREAS
    for year in range(today.year - 3, today.year + 1):
        load_events(year)
    source = Source.objects.create(
        code="bench", name="Bench", facts="channels", last_day=today - timedelta(days=1)
    )
    slots = dict(Measure.objects.values_list("code", "slot"))
    amounts = ["NULL"] * max(slots.values())
    for code in ("impressions", "clicks", "leads", "orders", "new_customers", "revenue", "cost"):
        amounts[slots[code] - 1] = (
            f"((1000 + 100 * mod(extract(isodow FROM day)::int, 7) + 300 * sin(extract(doy FROM day) / 58)) *"
            f" (50 + mod(hashint4(scope.id::int * 100003 + (day::date - '2000-01-01') * 17 + {slots[code]})::bigint"
            " + 2147483648, 100)))::numeric(14, 2)"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO kpis_amountday (scope_id, day, source_id, amounts, estimated)
            SELECT scope.id, day, %s, ARRAY[{", ".join(amounts)}]::numeric[], false
            FROM organization_scope AS scope, generate_series(%s::date, %s::date, interval '1 day') AS day
            ORDER BY date_trunc('month', day), scope.id, day
            """,
            [source.pk, add_months(date(today.year, 1, 1), -36), today - timedelta(days=1)],
        )
        cursor.execute("ANALYZE")


def plan() -> None:
    from django.db.models import Sum
    from django.utils import timezone

    from common.periods import Grain, Period
    from kpis.forms.break_down import read_asked
    from kpis.models import ChangeKind, Reading, Target
    from kpis.selectors.break_down import break_down
    from kpis.services.break_down import Part, apply_parts
    from kpis.work import catch_up
    from organization.models import Person, Scope

    today = timezone.localdate()
    year = Period.containing(today, Grain.YEAR)
    total = Decimal(15_000_000_000 + Target.objects.count())
    data = {
        "metric": "revenue", "area": "company", "period": str(year), "total": str(total), "time": "month",
        "season": "season", "tree": "region", "method": "history", "state": "{}", "own": "1", "own_parts": "1",
    }  # fmt: skip
    company = Scope.objects.get(key="company")
    began = time.monotonic()
    asked = read_asked(data, today=today, fiscal_start=year.fiscal_start)
    found = break_down(company, asked, today=today)
    assert found.good, found.errors
    divided = time.monotonic()
    parts = [Part(aim.area, aim.period, aim.value, aim.version) for aim in found.aims]
    change = apply_parts(
        kind=ChangeKind.BREAK_DOWN, metric=found.metric, whole=company, parts=parts,
        person=Person.objects.get(username="reader"), today=today, details=found.details(),
    )  # fmt: skip
    done = time.monotonic()
    catch_up(hands=2)
    right = time.monotonic()
    assert change is not None
    planned = Target.objects.filter(change=change, grain="month").exclude(scope=company)
    assert planned.aggregate(total=Sum("value"))["total"] == total
    kept = Reading.objects.filter(metric=found.metric, grain="month", start=year.start, target__isnull=False)
    assert kept.exclude(status="grey").count() == AREAS + 1
    figures = {
        "targets": len(parts), "divided": divided - began, "set": done - divided, "right": right - began,
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    plan() if "plan" in sys.argv else fill()
