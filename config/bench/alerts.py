"""Alerts: 10,000 instances of rules looked at, and 10,000 mails handed to a mail server by four processes.

Run on a database of its own: `python -m config.bench.alerts fill`, then `look`, then `letters`; `drain` is one of the four.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from decimal import Decimal

import django

from config.bench.post_office import post_office
from config.bench.running import PROJECT, head, row

AREAS, RULES = 1000, 10
LETTERS, HANDS, READERS = 10_000, 4, 100
LOOKED_AT_MOST, NOTHING_AT_MOST, DRAINED_AT_MOST = 3.0, 0.1, 60.0
TROUBLES = 100
WITH_CHART = 15_000  # bytes of a mail; without its chart it has half of them


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

    head(f"{AREAS * RULES:,} instances of {RULES} rules; {LETTERS:,} mails")
    run("manage.py", "migrate", "--verbosity", "0")
    run("-m", "config.bench.alerts", "fill")
    found = json.loads(run("-m", "config.bench.alerts", "look"))
    row("all figures changed, nothing wrong", found["calm"], "", None, f"{LOOKED_AT_MOST:.0f} s")
    row(f"all changed, {TROUBLES} alerts begin", found["some"], "", None, f"{LOOKED_AT_MOST:.0f} s")
    row("all changed, an alert begins for each", found["all"])
    row("nothing changed", found["nothing"], "", None, f"{NOTHING_AT_MOST} s")
    run("-m", "config.bench.alerts", "letters")
    with post_office() as office:
        seconds = _drain({**environment, **office.environment})
        taken, worked = office.taken(), office.worked()
    assert (taken.mails, taken.again) == (LETTERS, 0), taken
    assert taken.bytes > LETTERS * WITH_CHART, "their charts were left behind"
    row(f"{LETTERS:,} mails by {HANDS} workers", seconds, "", None, f"{DRAINED_AT_MOST:.0f} s")
    row("of it the mail server's own work", worked)


def _drain(environment: dict[str, str]) -> float:
    """Seconds from letting all go until the last one is done."""
    hands = [
        subprocess.Popen(
            [sys.executable, "-m", "config.bench.alerts", "drain"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(HANDS)
    ]
    for hand in hands:
        assert hand.stdout is not None
        assert hand.stdout.readline() == "ready\n"
    started = time.monotonic()
    for hand in hands:
        assert hand.stdin is not None
        hand.stdin.write("go\n")
        hand.stdin.flush()
    for hand in hands:
        hand.wait(600)
    return time.monotonic() - started


# -- On the database --------------------------------------------------------------------------------


def fill() -> None:
    from django.db import connection
    from django.utils import timezone

    from alerts import services
    from alerts.conditions import Attainment
    from alerts.models import Instance
    from kpis.models import Metric
    from organization.models import Scope
    from organization.services import grant_role, make_node, make_person

    company = Scope.objects.get(key="company")
    people = []
    for number in range(READERS):
        whom = make_person(username=f"reader{number}", email=f"reader{number}@example.com", person=None)
        grant_role(whom=whom, role="viewer", scope=company, person=None)
        people.append(whom)
    type(people[0]).objects.update(email_verified_at=timezone.now())
    for number in range(AREAS):
        make_node(dimension="region", name=f"Region {number + 1}", parent=None, person=None)
    metrics = list(Metric.objects.filter(archived_at__isnull=True).order_by("pk")[:RULES])
    assert len(metrics) == RULES
    for number, metric in enumerate(metrics):
        services.save_rule(
            draft=services.RuleDraft(
                name=f"{metric.code} behind plan",
                metric=metric,
                scope=company,
                spread="children",
                along="region",
                tiers=[
                    services.TierDraft(3, Attainment(Decimal("0.7"))),
                    services.TierDraft(2, Attainment(Decimal("0.85"))),
                ],
                recipients=[services.RecipientDraft(people[number])],
            ),
            person=None,
            now=timezone.now(),
        )
    assert Instance.objects.filter(covered=True).count() == AREAS * RULES
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _move(attainment: str, *, troubles: int = 0) -> None:
    """All that rules watch becomes this; the first so many become half of it."""
    from django.db import connection
    from django.utils import timezone

    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kpis_readingchange")
        cursor.execute(
            """
            INSERT INTO kpis_reading
                (scope_id, metric_id, grain, start, value, target, expected, attainment, status, through, estimated)
            SELECT scope_id, metric_id, 'month', %s, 1000 * share, 1000, 1000, share,
                CASE WHEN share < 0.85 THEN 'red' ELSE 'green' END, %s, false
            FROM (SELECT scope_id, metric_id,
                %s::numeric * CASE WHEN row_number() OVER (ORDER BY id) <= %s THEN 0.5 ELSE 1 END AS share
                FROM alerts_instance) AS instance
            ON CONFLICT (scope_id, grain, start, metric_id) DO UPDATE
            SET value = excluded.value, attainment = excluded.attainment, status = excluded.status
            """,
            [today.replace(day=1), today, attainment, troubles],
        )
        cursor.execute(
            """
            INSERT INTO kpis_readingchange (scope_id, metric_id, grain, start)
            SELECT scope_id, metric_id, 'month', %s FROM alerts_instance ORDER BY id
            """,
            [today.replace(day=1)],
        )
        cursor.execute("ANALYZE kpis_reading, kpis_readingchange, alerts_instance")


def _look() -> float:
    from django.utils import timezone

    from alerts import services

    started = time.monotonic()
    while services.judge_next_rule(now=timezone.now(), today=timezone.localdate()):
        pass
    while services.look_by_the_clock(now=timezone.now(), today=timezone.localdate()):
        pass
    while services.evaluate(now=timezone.now(), today=timezone.localdate()).claimed:
        pass
    return time.monotonic() - started


def look() -> None:
    from alerts.models import Episode

    _look()  # the rules' first look, and all is warm
    calm = []
    for attainment in ("1.01", "1.02", "1.03"):
        _move(attainment)
        calm.append(_look())
    nothing = statistics.median(_look() for _ in range(5))
    _move("1.04", troubles=TROUBLES)
    some = _look()
    assert Episode.objects.filter(closed_at__isnull=True).count() == TROUBLES
    _move("0.5")
    everything = _look()
    assert Episode.objects.filter(closed_at__isnull=True).count() == AREAS * RULES
    print(json.dumps({"calm": statistics.median(calm), "nothing": nothing, "some": some, "all": everything}))


def letters() -> None:
    """So many mails wait: what a hundred people should hear of a hundred alerts, with their charts."""
    from django.db import connection
    from django.utils import timezone

    from alerts.models import EpisodeEvent, Message, Notice
    from alerts.routing import NAMESPACE, Because, Decision
    from alerts.wording import Subject, compose
    from organization.models import Person

    now = timezone.now() - timedelta(minutes=1)
    Notice.objects.all().delete()
    Message.objects.all().delete()
    people = list(Person.objects.filter(username__startswith="reader").order_by("pk"))
    notices = []
    for event in EpisodeEvent.objects.select_related(
        "episode__instance__rule", "episode__instance__metric", "episode__instance__scope__region"
    ).order_by("pk")[: LETTERS // READERS]:
        instance = event.episode.instance
        about = Subject(instance.rule, instance.metric, instance.scope, event)
        wording = compose(about=about, person=people[0], figures=True, may_open=True)
        for whom in people:
            message = Message(
                key=uuid.uuid5(NAMESPACE, f"{event.pk}:{whom.pk}"),
                way="email",
                person=whom,
                address=whom.email or "",
                language=whom.language,
                subject=wording.subject,
                text=wording.text,
                html=wording.html,
                template=wording.template,
                fields=wording.fields,
                next_attempt_at=now,
                created_at=now,
            )
            notices.append(
                Notice(
                    event=event, person=whom, way="email", decision=Decision.DUE, figures=True,
                    reason=Because.REACHES_TIER, message=message,
                )
            )  # fmt: skip
    _remember({notice.event.episode.instance_id for notice in notices})
    Message.objects.bulk_create([one.message for one in notices if one.message], batch_size=1000)
    for notice in notices:
        notice.message_id = notice.message.pk if notice.message else None
    Notice.objects.bulk_create(notices, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _remember(instances: set[int]) -> None:
    """A year before, so that there is something to draw."""
    from django.db import connection
    from django.utils import timezone

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kpis_reading
                (scope_id, metric_id, grain, start, value, target, expected, attainment, status, through, estimated)
            SELECT scope_id, metric_id, 'month', day, 1000 + id * step %% 97 - 50, 1000, 1000,
                1 + (id * step %% 97 - 50) / 1000.0, 'green', day + 27, false
            FROM alerts_instance, generate_series(1, 12) AS step,
                LATERAL (SELECT (%s - step * interval '1 month')::date AS day) AS past
            WHERE id = ANY(%s)
            """,
            [timezone.localdate().replace(day=1), list(instances)],
        )


def drain() -> None:
    from django.db import connection
    from django.utils import timezone

    from alerts import services

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    while services.deliver_next(clock=timezone.now):
        pass


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    {"fill": fill, "look": look, "letters": letters, "drain": drain}[sys.argv[1]]()
