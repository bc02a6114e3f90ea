"""From the commit of bad data to the mail in the hands of a mail server: web, worker, beat and mail server as in production.

Run on the site's database: `python -m config.bench.until_mail` makes a rule and a reader for each figure that goes bad.
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import django
import psycopg2

from config.bench.post_office import PostOffice
from config.bench.running import Site, head, python, row

TIMES = 30
AT_MOST, WAITING_AT_MOST = 3.0, 1.0
_DONE = re.compile(r"^(\S+Z) .*\bms=(\d+).*\btask=(kpis|ingest|alerts)\.tasks\.(\w+)")


@dataclass(frozen=True)
class Told:
    """Seconds: since the request was sent, since it was answered (its rows are committed then), and of these idle ones."""

    asked: float
    seconds: float
    waiting: float


def measure(site: Site, office: PostOffice) -> None:
    """On a site with people; each figure goes bad alone, at an arbitrary moment, and nothing else is done then."""
    head(f"from bad data to the mail, {TIMES} times")
    python(site, "config.bench.until_mail")
    token = python(site, "config.bench.people", "token").strip()
    with closing(psycopg2.connect(site.database_url)) as db:
        db.autocommit = True
        _post(site, token, dict.fromkeys(range(TIMES), 1))
        _rest(db)
        told = []
        for number in range(TIMES):
            time.sleep(random.uniform(0.1, 1.5))  # noqa: S311  (no secret)
            told.append(_one(site, office, token, number))
            _rest(db)
    taken = office.taken()
    assert (taken.mails, taken.again) == (TIMES, 0), taken
    seconds = sorted(one.seconds for one in told)
    row("commit to mail, median", statistics.median(seconds), "", None, f"{AT_MOST:.0f} s")
    row("the slowest", seconds[-1])
    row(
        "nobody works, median",
        statistics.median(one.waiting for one in told),
        "",
        None,
        f"{WAITING_AT_MOST:.0f} s",
    )
    row("request to mail, median", statistics.median(one.asked for one in told))


def _one(site: Site, office: PostOffice, token: str, number: int) -> Told:
    before, read_from = office.taken().mails, site.log.stat().st_size
    asked = time.time()
    answered = _post(site, token, {number: 1_000_000})
    while (taken := office.taken()).mails == before:
        assert time.time() - answered < 60, f"no mail about figure {number}"
        time.sleep(0.02)
    time.sleep(0.3)  # the worker says so when its task is over, which is after the mail
    worked = _worked(site.log.read_bytes()[read_from:].decode(), answered, taken.last)
    seconds = taken.last - answered
    return Told(taken.last - asked, seconds, seconds - worked)


def _worked(log: str, since: float, until: float) -> float:
    """For how many of these seconds a task ran that carries figures and messages on."""
    spans = []
    for line in log.splitlines():
        if found := _DONE.match(line):
            end = datetime.fromisoformat(found[1]).timestamp()
            spans.append((max(end - int(found[2]) / 1000, since), min(end, until)))
    worked, done = 0.0, since
    for start, end in sorted(spans):
        worked += max(0.0, end - max(start, done))
        done = max(done, end)
    return worked


def _post(site: Site, token: str, costs: dict[int, int]) -> float:
    """When it was answered, in seconds since 1970."""
    day = datetime.now(UTC).date() - timedelta(days=1)  # today counts when it is over
    rows = [{"day": str(day), "channel": f"Alarm {number}", "cost": cost} for number, cost in costs.items()]
    request = urllib.request.Request(
        f"{site.address}/api/v1/facts/",
        json.dumps({"source": "alarms", "rows": rows}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": str(time.time())},
    )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as answer:
        at = time.time()
        said = json.load(answer)
    assert (said["state"], said["accepted"]) == ("done", len(rows)), said
    return at


def _rest(db: psycopg2.extensions.connection) -> None:
    """Until nothing is due."""
    deadline, quiet = time.monotonic() + 120, 0
    while quiet < 5:
        assert time.monotonic() < deadline, "it never came to rest"
        with db.cursor() as cursor:
            cursor.execute(
                """
                SELECT EXISTS (SELECT 1 FROM kpis_changedday) OR EXISTS (SELECT 1 FROM kpis_changedscope)
                    OR EXISTS (SELECT 1 FROM kpis_readingchange) OR EXISTS (SELECT 1 FROM alerts_rule WHERE anew_due)
                    OR EXISTS (SELECT 1 FROM alerts_message WHERE state = 'queued')
                """
            )
            quiet = 0 if cursor.fetchone() == (True,) else quiet + 1
        time.sleep(0.1)


def main() -> None:
    """As many channels, each with a rule of its own that tells somebody of her own: what comes to one person at once is
    told together, half a minute later."""
    from django.utils import timezone

    from alerts import services
    from alerts.conditions import Amount
    from kpis.models import Metric
    from organization.models import Person, Scope
    from organization.services import make_node

    cost, now = Metric.objects.get(code="cost"), timezone.now()
    for number in range(TIMES):
        name = f"reader{2 * number + 2}"  # those who see all
        Person.objects.filter(username=name).update(
            email=f"{name}@example.com", email_verified_at=now - timedelta(days=1)
        )
        node = make_node(dimension="channel", name=f"Alarm {number}", parent=None, person=None)
        services.save_rule(
            draft=services.RuleDraft(
                name=f"Alarm {number} costs too much",
                metric=cost,
                scope=Scope.objects.get(node=node),
                tiers=[services.TierDraft(3, Amount(above=Decimal(1000)))],
                recipients=[services.RecipientDraft(Person.objects.get(username=name))],
            ),
            person=None,
            now=now,
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
