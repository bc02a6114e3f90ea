"""What alerts do after an hour in which no beat and no worker ran.

The hour is had by telling the services, before it begins, what time it was; everything after it is real: two beats, three
workers, SMTP.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from alerts import services
from alerts.conditions import Attainment
from alerts.models import Episode, EpisodeEvent, MessageState, Notice, Rule, Schedule
from alerts.services.policies import PolicyDraft, StepDraft, TargetDraft, save_policy
from config.celery import app
from kpis.work import catch_up
from tests.alerts.builders import draft
from tests.letterbox import open_letterbox
from tests.people import alice, bob, charlie, dana, scope
from tests.reliability.areas import open_areas, report
from tests.reliability.crew import Crew

pytestmark = pytest.mark.django_db(transaction=True)

AREAS = 30
PATIENCE = 180  # seconds


def test_after_an_hour_without_a_beat_each_alert_goes_one_step_further_in_few_mails(
    settings: Any, tmp_path: Path
) -> None:
    app.control.purge()
    then = timezone.now() - timedelta(minutes=65)
    begin(then, tmp_path)
    daily = Rule.objects.get(schedule=Schedule.DAILY)
    assert daily.next_look_at is not None
    assert daily.next_look_at < timezone.now()
    with open_letterbox() as box:
        crew = Crew(workers=3, beats=2, environment=box.environment)
        try:
            deadline = time.monotonic() + PATIENCE
            # The mail that is folded goes half a minute after the first: in that time each beat looks again.
            while not (EpisodeEvent.objects.filter(kind="escalated").exists() and all_is_said()):
                assert time.monotonic() < deadline, Counter(box.subjects)
                crew.revive()
                time.sleep(0.5)
        finally:
            crew.stop()
            connection.close()
    happened = Counter(EpisodeEvent.objects.values_list("episode", "kind", "step"))
    watched = Episode.objects.filter(instance__rule__schedule=Schedule.CHANGES).values_list("pk", flat=True)
    assert len(watched) == AREAS
    assert happened == Counter(
        [(pk, "first", None) for pk in Episode.objects.values_list("pk", flat=True)]
        + [(pk, "escalated", 1) for pk in watched]
    )
    # Of what began, and of the first step that was missed: one mail, and one for the rest. Later steps still come.
    whose = Counter(letter["To"] for letter in box.letters)
    assert whose == {"alice@example.com": 2, "bob@example.com": 2}, box.subjects
    assert not Episode.objects.filter(pk__in=watched, next_step_at__lt=timezone.now()).exists()
    daily.refresh_from_db()
    assert daily.next_look_at is not None
    assert daily.next_look_at > timezone.now()


def begin(then: Any, folder: Path) -> None:
    """At that time: thirty alerts of which Alice is to be told, nothing of it sent yet, and a rule that looks daily."""
    areas = open_areas(AREAS)
    report(folder, areas, 1)
    catch_up()
    everywhere = scope("company")
    steps = [
        StepDraft(minutes, [TargetDraft("person", person=whom, ways=("email",))])
        for minutes, whom in ((0, alice("company")), (10, bob()), (20, charlie()), (40, dana()))
    ]
    policy = save_policy(draft=PolicyDraft("Usual way", everywhere, steps, repeat_minutes=15), person=bob())
    level = services.TierDraft(3, Attainment(Decimal("0.7")), policy=policy)
    services.save_rule(
        draft=draft(area="company", spread="children", along="region", tiers=[level]), person=None, now=then
    )
    look_at = timezone.localtime(then + timedelta(minutes=10)).time().replace(second=0, microsecond=0)
    services.save_rule(
        draft=draft(name="Daily", area="company", schedule=Schedule.DAILY, look_at=look_at),
        person=None,
        now=then,
    )
    today = timezone.localdate(then)
    while services.judge_next_rule(now=then, today=today):
        pass
    while services.evaluate(now=then, today=today).claimed:
        pass


def all_is_said() -> bool:
    """Asked in one statement: of two, gathering could move what is held to what is queued in between."""
    return not Notice.objects.filter(Q(decision="held") | Q(message__state=MessageState.QUEUED)).exists()
