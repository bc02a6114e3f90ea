"""How long the pages of budgets take with 100,000 entries on 1,000 lines, nothing cached."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2
import redis

from config.bench.imports import manage
from config.bench.pages import PASSWORD, Reader
from config.bench.running import Site, head, row

LINES, ENTRIES = 1000, 100_000
AT_MOST = 0.1
TURNS = 9

# A year's budget, and a reader; entries are written by hand, twelve of them the plan of each line.
FILL = """
from django.utils import timezone
from budgets.models import Budget, Line
from organization.models import Scope
from organization.services import grant_role, make_node, make_person
today = timezone.localdate()
person = make_person(username="reader", password=%(password)r, person=None)
grant_role(whom=person, role="manager", scope=Scope.objects.get(key="company"), person=None)
node = make_node(dimension="budget", name="Year")
budget = Budget.objects.create(node=node, first_day=today.replace(month=1, day=1),
    last_day=today.replace(month=12, day=31), state="open")
type(node).objects.filter(pk=node.pk).update(open=True)
teams = [make_node(dimension="team", name=f"Team {n}") for n in range(8)]
categories = ("content", "ads", "events", "other")
Line.objects.bulk_create([
    Line(budget=budget, name=f"Line {n}", position=n, category=categories[n %% 4], team=teams[n %% 8],
        node=make_node(dimension="budget", name=f"Line {n}", parent=node), core=n %% 3 > 0)
    for n in range(%(lines)s)
])
print(budget.pk)
"""
PLAN = """
INSERT INTO budgets_entry (line_id, kind, amount, day, origin, reference, note, currency, flagged)
SELECT line.id, 'plan', 20000 + 100 * (line.id %% 50), month::date, 'plan', '', '', '', false
FROM budgets_line line, budgets_budget budget,
    generate_series(budget.first_day::timestamp, budget.last_day, '1 month') AS month
WHERE budget.id = line.budget_id
"""
SPEND = """
INSERT INTO budgets_entry (line_id, kind, amount, day, origin, reference, note, currency, flagged)
SELECT line_id, kind, amount, day, 'form', '', '', '', false FROM (
    SELECT line.id AS line_id, CASE WHEN n %% 22 = 0 THEN 'commitment' ELSE 'spend' END AS kind,
        round((500 + 2000 * random())::numeric, 2) AS amount,
        budget.first_day + floor(random() * greatest(current_date - budget.first_day, 1))::int AS day
    FROM budgets_line line, budgets_budget budget, generate_series(1, %(each)s) AS n WHERE budget.id = line.budget_id
) AS drawn ORDER BY day
"""


def fill(url: str) -> tuple[int, float]:
    """An empty database with 1,000 lines and their entries; returns the budget's id and the seconds that the entries took,
    which the ledger's triggers add up one by one.
    """
    manage(url, "migrate", "--verbosity", "0")
    said, *_rest = manage(
        url, "shell", "--verbosity", "0", "-c", FILL % {"password": PASSWORD, "lines": LINES}
    )
    with closing(psycopg2.connect(url)) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(PLAN % {})
            began = time.monotonic()
            cursor.execute(SPEND % {"each": (ENTRIES - 12 * LINES) // LINES})
            taken = time.monotonic() - began
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does within minutes
    return int(said), taken


def measure(site: Site, budget: int) -> None:
    """The overview and the cockpit of one budget, on a running site."""
    head(f"Budgets: {ENTRIES:,} entries on {LINES:,} lines")
    reader = Reader(site, "reader")
    cache = redis.Redis.from_url(site.redis_url)

    def uncached(path: str) -> float:
        for _ in range(4):
            reader.get(path)  # every process has compiled its templates
        taken = []
        for _ in range(TURNS):
            cache.flushdb()
            began = time.monotonic()
            status, _etag, body = reader.get(path)
            taken.append(time.monotonic() - began)
            assert status == 200, status
            assert b"<h1" in body
        return sorted(taken)[TURNS // 2]

    bound = f"{AT_MOST:.1f} s"
    row("overview of budgets, nothing cached", uncached("/budgets/"), "", None, bound)
    row("budget cockpit, nothing cached", uncached(f"/budgets/{budget}/"), "", None, bound)
    row("budget by team, nothing cached", uncached(f"/budgets/{budget}/?by=team"), "", None, bound)
    with closing(psycopg2.connect(site.database_url)) as db, db.cursor() as cursor:
        cursor.execute("SELECT id FROM budgets_line ORDER BY id LIMIT 1")
        line = cursor.fetchone()
    assert line is not None
    row("page of a line, nothing cached", uncached(f"/budgets/lines/{line[0]}/"), "", None, bound)
