"""A thousand alerts that begin, end and begin again, told by workers that are killed, through servers that fail and hang.

Everything is real: three workers and two beats on this test's PostgreSQL and Redis, SMTP, HTTP. Figures come from files, as
ever. Only the waits are short (DELIVERY_TIMEOUT, DELIVERY_WAITS), and sweeps are asked for more often than beats do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Count, Q
from redis import Redis

from alerts.models import Connection, Episode, EpisodeEvent, Instance, Message, MessageState, Notice
from alerts.routing import Decision
from config.celery import app
from kpis.models import ChangedDay, ChangedScope, ReadingChange
from tests.reliability.areas import PLAN, report, watched
from tests.reliability.crew import Crew
from tests.reliability.stumbling import Gateway, MailServer, Stumbling, Taken, stumbling

pytestmark = pytest.mark.django_db(transaction=True)

AREAS, RULES, PARTS = 200, 5, 4
ALERTS = AREAS * RULES
WORKERS, AT_ONCE = 3, 2  # children of a worker, each with one message in its hands
KILLS, FLUSHES = 50, 5
PATIENCE = 600  # seconds, on a machine that does much else
BAD, GOOD, BAD_AGAIN = 1, 10 * PLAN, 2


class Weather:
    """Kills a worker every other second, and empties Redis now and then."""

    def __init__(self, crew: Crew, seed: int) -> None:
        self.crew, self._dice = crew, random.Random(seed)
        self.killed_at: list[float] = []
        self.flushes = 0
        self._next_kill = self._next_sweep = 0.0
        self._victim = 0

    @property
    def kills(self) -> int:
        return len(self.killed_at)

    def killed_then(self, taken: Taken) -> bool:
        """Whether a worker may have died between the sending of it and the mark that it was sent."""
        return any(-1 < at - taken.at < 1.5 for at in self.killed_at)

    def blow(self) -> None:
        self.crew.revive()
        now = time.monotonic()
        if self.kills < KILLS and now > self._next_kill and self.crew.kill(self._victim, self._dice):
            self.killed_at.append(time.monotonic())
            self._victim = self._dice.randrange(WORKERS)
            self._next_kill = now + self._dice.uniform(1, 4)
            if self.kills % (KILLS // FLUSHES) == 0:
                Redis.from_url(django_settings.REDIS_URL).flushdb()
                self.flushes += 1
        if now > self._next_sweep:
            app.send_task("config.tasks.sweep", expires=5)
            self._next_sweep = now + 3
        time.sleep(0.2)

    def until(self, done: Callable[[], bool], deadline: float) -> None:
        while not done():
            assert time.monotonic() < deadline, (self.kills, how_it_stands())
            self.blow()


def opened() -> int:
    return Episode.objects.filter(closed_at__isnull=True).count()


def it_stands(are_open: int, weather: Weather, kills: int) -> bool:
    return opened() == are_open and weather.kills >= kills


def all_is_told() -> bool:
    return not (
        ChangedDay.objects.exists()
        or ChangedScope.objects.exists()
        or ReadingChange.objects.exists()
        or Message.objects.filter(state=MessageState.QUEUED).exists()
        or Notice.objects.filter(decision=Decision.HELD).exists()
    )


def how_it_stands() -> dict[str, Any]:
    return {
        "changes": [ChangedDay.objects.count(), ChangedScope.objects.count(), ReadingChange.objects.count()],
        "open": opened(),
        "events": list(EpisodeEvent.objects.values_list("kind").annotate(Count("pk"))),
        "instances": list(Instance.objects.values_list("state", "tier", "reason").annotate(Count("pk"))),
        "messages": list(Message.objects.values_list("way", "state").annotate(Count("pk"))),
        "notices": list(Notice.objects.values_list("way", "decision", "reason").annotate(Count("pk"))),
        "errors": list(Message.objects.exclude(last_error="").values_list("last_error", flat=True)[:5]),
    }


def test_each_alert_is_told_once_while_workers_are_killed_redis_is_emptied_and_servers_fail(
    settings: Any, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    app.control.purge()
    with stumbling(seed=5, fails=0.30, hangs=0.05) as (mail, gateway, environment):
        settings.OUTBOUND_ALLOW = [gateway.server.place]
        areas, hook = watched(gateway.server.url("/in"), areas=AREAS, rules=RULES, leads=20)
        assert Instance.objects.filter(covered=True).count() == ALERTS
        ready = time.monotonic()
        crew = Crew(workers=WORKERS, beats=2, concurrency=AT_ONCE, environment=environment)
        try:
            weather, deadline = Weather(crew, seed=6), ready + PATIENCE
            # A quarter of the areas at a time, and each time some kills are left for what follows.
            steps = [(revenue, part) for revenue in (BAD, GOOD, BAD_AGAIN) for part in range(PARTS)]
            for number, (revenue, part) in enumerate(steps, start=1):
                report(tmp_path, areas[part::PARTS], revenue)
                moved = (part + 1) * ALERTS // PARTS
                are_open = ALERTS - moved if revenue == GOOD else moved
                kills = number * KILLS * 3 // 4 // len(steps)
                weather.until(partial(it_stands, are_open, weather, kills), deadline)
            weather.until(lambda: all_is_told() and weather.kills == KILLS, deadline)
            time.sleep(2)  # what hung may still be taken
        finally:
            crew.stop()
            connection.close()
    record_property("table", table(mail, gateway, weather, time.monotonic() - ready))
    assert_all_was_told(hook, mail, gateway)
    for server in (mail, gateway):
        for taken in server.repeated:
            assert taken.late or weather.killed_then(taken), (
                "nothing but a crash or a time-out may repeat one"
            )


def assert_all_was_told(hook: Connection, mail: MailServer, gateway: Gateway) -> None:
    happened = dict(EpisodeEvent.objects.values_list("kind").annotate(Count("pk")))
    assert happened == {"first": 2 * ALERTS, "recovered": ALERTS}
    assert not Message.objects.exclude(state=MessageState.SENT).exists()
    # The program hears of each event, under one id.
    events = set(EpisodeEvent.objects.values_list("episode_id", "number"))
    assert gateway.told.keys() == events
    assert {len(ids) for ids in gateway.told.values()} == {1}
    assert set(gateway.took) == keys("webhook")
    assert set(mail.took) == keys("email")
    assert Notice.objects.filter(connection=hook, decision=Decision.DUE).count() == 3 * ALERTS
    # Whoever answers for an area, and Charlie, hear of each alert that lasts, and of its end if they heard of its beginning.
    told = Notice.objects.filter(way="email", decision=Decision.DUE, message__isnull=False)
    assert told.filter(event__episode__closed_at__isnull=True).count() == 2 * ALERTS
    over = told.filter(event__episode__closed_at__isnull=False)
    began, ended = (
        sorted(over.filter(event__kind=kind).values_list("event__episode_id", "person_id"))
        for kind in ("first", "recovered")
    )
    assert began == ended
    suppressed = Notice.objects.filter(decision=Decision.SUPPRESSED)
    assert not suppressed.exclude(Q(reason="over-again") | Q(reason="not-told-before")).exists()


def keys(way: str) -> set[str]:
    return {str(key) for key in Message.objects.filter(way=way).values_list("key", flat=True)}


def table(mail: MailServer, gateway: Gateway, weather: Weather, seconds: float) -> str:
    lines = [
        f"{ALERTS} alerts began, ended and began again in {seconds:.0f} s; {weather.kills} kill -9,"
        f" Redis emptied {weather.flushes} times",
        f"{'':8}{'due':>7}{'arrived':>9}{'lost':>6}{'tries':>7}{'refused':>9}{'hung':>6}"
        "  came again, with the same id",
    ]
    servers: list[tuple[str, str, Stumbling]] = [("webhook", "webhook", gateway), ("SMTP", "email", mail)]
    for name, way, server in servers:
        due = keys(way)
        arrived = len(due & set(server.took))
        late = sum(taken.late for taken in server.repeated)
        lines.append(
            f"{name:8}{len(due):7}{arrived:9}{len(due) - arrived:6}{server.asked:7}{server.failed:9}{server.hung:6}"
            f"  {late} after a time-out, {len(server.repeated) - late} after a kill"
        )
    return "\n".join(lines)
