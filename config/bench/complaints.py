"""How long the sweep over 10,000 open complaints takes: with nothing due, with 1,000 due, and when a working day changes."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from config.bench.imports import manage
from config.bench.running import head, row

COMPLAINTS, DUE, TURNS = 10_000, 1_000, 21
AREAS, PEOPLE = 200, 40

# What each leads is a region; complaints lie in its cities, crossed with channels, and one in ten waits for a customer.
FILL = """
INSERT INTO feedback_complaint (scope_id, day, received_at, came, category_id, severity, text, segment, state,
    assigned_to_id, assigned_why, assigned_at, level, reopened, revision, solution)
SELECT scopes[1 + n %% cardinality(scopes)], at::date, at, 'form', (SELECT min(id) FROM feedback_category),
    1 + n %% 4, 'It broke.', '', CASE WHEN n %% 10 = 0 THEN 'waiting' ELSE 'open' END,
    people[1 + (n %% cardinality(scopes)) %% cardinality(people)], '', at, 0, 0, 1, ''
FROM generate_series(1, %(complaints)s) AS n, LATERAL (SELECT now() - (n %% 2880) * interval '1 minute' AS at) AS came,
    (SELECT array_agg(id ORDER BY id) AS scopes FROM organization_scope WHERE key LIKE 'region:%%/%%+channel:%%') AS areas,
    (SELECT array_agg(id ORDER BY id) AS people FROM organization_person WHERE username LIKE 'lead-%%') AS those;
INSERT INTO feedback_pause (complaint_id, began_at, ended_at)
SELECT id, received_at + interval '10 minutes', NULL FROM feedback_complaint WHERE state = 'waiting';
INSERT INTO feedback_pause (complaint_id, began_at, ended_at)
SELECT id, received_at + interval '1 minute', received_at + interval '5 minutes' FROM feedback_complaint WHERE id %% 5 = 0;
"""


def measure(url: str) -> None:
    head(f"Sweeping over {COMPLAINTS:,} open complaints")
    manage(url, "migrate", "--verbosity", "0")
    said, *_rest = manage(
        url, "shell", "--verbosity", "0", "-c", "from config.bench.complaints import main; main()"
    )
    found = json.loads(said.splitlines()[-1])
    row("a sweep with nothing due", found["idle"], bound="0.05 s")
    row(f"with {DUE:,} that are over: told, and taken up", found["due"], bound="1 s")
    row(f"a working day changes: {COMPLAINTS:,} set anew", found["moved"], bound="1 s")
    row("one that comes in", found["one"])


def main() -> None:
    """Inside a process on the database that was migrated."""
    from django.db import connection
    from django.urls import resolve
    from django.utils import timezone

    from feedback.models import Came, Category, Complaint, Severity
    from feedback.services.clocks import complaints_wait, look_next
    from feedback.services.from_answers import answers_wait
    from feedback.services.intake import NewComplaint, receive
    from feedback.services.reassigning import astray
    from feedback.services.terms_moved import follow_terms, terms_moved
    from organization.models import CalendarDay, Scope

    fill()
    resolve("/")  # a worker knows its addresses
    now = timezone.now()
    follow_terms(now=now)
    found = {}
    CalendarDay.objects.update_or_create(
        day=timezone.localdate(now) + timedelta(days=1), defaults={"working": False, "name": "x"}
    )
    found["moved"] = _seconds(lambda: follow_terms(now=now))
    assert not terms_moved()
    Complaint.objects.update(look_at=now + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # what autovacuum does within minutes
    found["idle"] = statistics.median(
        _seconds(lambda: (complaints_wait(now=now), terms_moved(), astray(limit=1), answers_wait()))
        for _ in range(TURNS)
    )
    due = Complaint.objects.filter(state="open").order_by("pk").values_list("pk", flat=True)[:DUE]
    late = now - timedelta(minutes=1)
    Complaint.objects.filter(pk__in=list(due)).update(
        look_at=late, solve_due_at=late, solve_breached_at=None, solve_warned_at=None
    )
    found["due"] = _seconds(lambda: _until_none(lambda: look_next(now=now)))
    assert Complaint.objects.filter(solve_breached_at=now).count() == DUE
    new = NewComplaint(
        Came.FORM, Scope.objects.get(key="company"), Category.objects.all()[0], Severity.NORMAL, "It broke."
    )
    found["one"] = statistics.median(
        _seconds(lambda: receive(new=new, person=None, now=now)) for _ in range(TURNS)
    )
    print(json.dumps(found))


def fill() -> None:
    from django.db import connection

    from organization.models import Scope
    from organization.services import ensure_scope, grant_role, make_node, make_person

    channels = [make_node(dimension="channel", name=f"Channel {n}") for n in range(4)]
    tops = [make_node(dimension="region", name=f"Region {n}") for n in range(10)]
    cities = [make_node(dimension="region", name=f"City {n}", parent=tops[n % 10]) for n in range(AREAS // 4)]
    for city in cities:
        for channel in channels:
            ensure_scope(nodes=[city, channel])
    company = Scope.objects.get(key="company")
    for n in range(PEOPLE):
        lead = make_person(username=f"lead-{n}", email=f"lead{n}@example.com", person=None)
        grant_role(whom=lead, role="lead", scope=company, person=None)
    boss = make_person(username="boss", email="boss@example.com", person=None)
    grant_role(whom=boss, role="manager", scope=company, person=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE organization_person SET email_verified_at = now()")
        cursor.execute(FILL, {"complaints": COMPLAINTS})
        cursor.execute("VACUUM ANALYZE")


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _until_none(work: Callable[[], int]) -> None:
    while work():
        pass
