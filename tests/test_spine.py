"""The whole way, with real parts: a file comes in, a worker rolls it up, a rule fires, a mail arrives; and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from alerts.conditions import Attainment
from alerts.models import Episode, Message, Notice
from alerts.services import RecipientDraft, RuleDraft, TierDraft, save_rule
from common.periods import Grain, Period
from ingest.models import Import
from ingest.services import ask_undo, receive
from kpis.models import Metric, Reading
from kpis.services import set_target
from tests.ingest.files import text_of
from tests.letterbox import Letterbox
from tests.people import alice, bob, scope

pytestmark = pytest.mark.django_db(transaction=True)


def until(what: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def a_minute_later() -> None:
    """Nothing that comes now is folded with what went out before."""
    Message.objects.update(created_at=F("created_at") - timedelta(minutes=1))


def revenue_file(amount: int) -> bytes:
    """This month's days up to yesterday; on a first of the month, last month's."""
    yesterday = timezone.localdate() - timedelta(days=1)
    days = [yesterday.replace(day=number) for number in range(1, yesterday.day + 1)]
    rows = [[day, "Live", "", "", "", 1000, 100, 5, amount, 10] for day in days]
    return text_of(rows).encode()


def test_a_bad_file_rings_and_its_undoing_is_heard(
    letterbox: Letterbox, request: pytest.FixtureRequest
) -> None:
    live, month = (
        scope("channel:live"),
        Period.containing(timezone.localdate() - timedelta(days=1), Grain.MONTH),
    )
    revenue = Metric.objects.get(code="revenue")
    set_target(metric=revenue, scope=live, period=month, value=Decimal(1000 * month.days), person=bob())
    save_rule(
        draft=RuleDraft(
            name="Live revenue",
            metric=revenue,
            scope=live,
            tiers=[
                TierDraft(level, Attainment(Decimal(below)))
                for level, below in ((1, "1"), (2, "0.85"), (3, "0.7"))
            ],
            recipients=[RecipientDraft(alice("channel:live"))],
        ),
        person=bob(),
        now=timezone.now(),
    )
    request.getfixturevalue("celery_worker_process")

    receive(name="good.csv", chunks=[revenue_file(1100)], person=bob())
    until(lambda: Reading.objects.filter(scope=live, metric=revenue, grain="month", status="green").exists())
    assert letterbox.subjects == []

    started = time.monotonic()
    receive(name="bad.csv", chunks=[revenue_file(800)], person=bob())
    until(lambda: letterbox.subjects)
    assert time.monotonic() - started < 15
    assert "alice@example.com" in letterbox.subjects[0]
    assert "80%" in letterbox.subjects[0]

    a_minute_later()
    receive(name="worse.csv", chunks=[revenue_file(500)], person=bob())
    until(lambda: len(letterbox.subjects) == 2)
    assert "50%" in letterbox.subjects[1]

    a_minute_later()
    assert ask_undo(batch=Import.objects.get(file_name="worse.csv"), person=bob())
    until(lambda: len(letterbox.subjects) == 3)
    a_minute_later()
    assert ask_undo(batch=Import.objects.get(file_name="bad.csv"), person=bob())
    until(lambda: len(letterbox.subjects) == 4)

    assert Reading.objects.get(scope=live, metric=revenue, grain="month").status == "green"
    episode = Episode.objects.get()
    assert episode.closed_at is not None
    assert [event.kind for event in episode.events.order_by("number")] == [
        "first",
        "raised",
        "lowered",
        "recovered",
    ]
    assert Notice.objects.filter(message__state="sent").count() == 4
