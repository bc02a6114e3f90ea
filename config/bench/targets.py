"""How long it takes from breaking a year down to 12 months × 500 areas until figures and lights are right.

Run on a database of its own: `python -m config.bench.targets` fills it (areas with three years and more of days in the
roll-ups, and no targets), `python -m config.bench.targets plan` sets the targets and prints the seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal

import django

from config.bench.running import PROJECT, head, row

AREAS = 500
AT_MOST = 2.0


def measure(url: str) -> None:
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
    row(f"{AREAS * 12:,} targets as one change", found["set"])
    row("until readings and lights are right", found["right"], "", None, f"{AT_MOST:.0f} s")
    again = json.loads(run("-m", "config.bench.targets", "plan"))
    row("the same again with other numbers", again["right"], "", None, f"{AT_MOST:.0f} s")


def fill() -> None:
    from django.db import connection
    from django.utils import timezone

    from common.periods import add_months
    from kpis.models import Measure, Source
    from organization.models import Node
    from organization.services import load_events, make_node

    today = timezone.localdate()
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
    from django.utils import timezone

    from common.periods import Grain, Period
    from kpis.models import ChangeKind, Metric, Reading, Target
    from kpis.services import Revision, TargetEntry, change_targets
    from kpis.work import catch_up
    from organization.models import Scope

    year = Period(Grain.YEAR, date(timezone.localdate().year, 1, 1))
    revenue = Metric.objects.get(code="revenue")
    scopes = list(Scope.objects.filter(node__isnull=False).order_by("pk"))
    value = Decimal(2_500_000 + Target.objects.count())
    revisions = [
        Revision(TargetEntry(revenue, scope, month, value + month.start.month), based_on=None)
        for scope in scopes
        for month in year.months()
    ]
    began = time.monotonic()
    change_targets(kind=ChangeKind.BREAK_DOWN, revisions=revisions, person=None, reason="bench")
    done = time.monotonic()
    catch_up(hands=2)
    right = time.monotonic()
    kept = Reading.objects.filter(metric=revenue, grain="month", start=year.start, target__isnull=False)
    assert kept.exclude(status="grey").count() == len(scopes)
    print(json.dumps({"set": done - began, "right": right - began}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    plan() if "plan" in sys.argv else fill()
