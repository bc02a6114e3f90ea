"""A clock that jumps ahead and is set back: what comes of it comes once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import services
from alerts.delivery import TransportError
from alerts.models import EpisodeEvent, Message, Notice
from alerts.services.policies import PolicyDraft, StepDraft, TargetDraft, save_policy
from tests.alerts.builders import NOW, TODAY, figure, rule
from tests.people import alice, bob, charlie, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

AREAS = [f"region:r{number}" for number in range(5)]
DAY = timedelta(days=1)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """To whom mails have gone."""
    taken: list[str] = []

    def send(message: Message) -> str:
        taken.append(message.address.partition("@")[0])
        return ""

    monkeypatch.setattr("alerts.services.sending.delivery.send", send)
    return taken


def all_work(now: datetime) -> None:
    """All that workers do at a time, until nothing is left of it."""
    today = TODAY + (now - NOW)
    steps: list[Callable[[], Any]] = [
        lambda: services.judge_next_rule(now=now, today=today),
        lambda: services.look_by_the_clock(now=now, today=today),
        lambda: services.evaluate(now=now, today=today).claimed,
        lambda: services.escalate_next(now=now),
        lambda: services.gather_next(now=now),
        lambda: services.deliver_next(clock=lambda: now),
    ]
    for step in steps:
        while step():
            pass


def five_alerts() -> None:
    steps = [
        StepDraft(minutes, [TargetDraft("person", person=whom, ways=("email",))])
        for minutes, whom in ((0, alice("company")), (10, bob()), (20, charlie()))
    ]
    policy = save_policy(draft=PolicyDraft("Usual way", scope("company"), steps), person=bob())
    for area in AREAS:
        node(area)
    made = rule(area="company", spread="children", along="region", schedule="daily", look_at=NOW.time())
    made.tiers.update(policy=policy)
    for area in AREAS:
        figure(scope(area), "0.6")
    type(made).objects.update(next_look_at=NOW)


def test_a_clock_that_ran_a_day_ahead_and_is_right_again_tells_nothing_twice(gone: list[str]) -> None:
    five_alerts()
    all_work(NOW)
    assert gone == ["alice"]
    all_work(NOW + DAY)  # the jump: what was folded, and one step of the policy
    all_work(NOW + DAY)
    assert gone == ["alice", "bob", "alice"]
    for minute in range(0, 60, 5):  # set right: an hour goes by
        all_work(NOW + timedelta(minutes=minute))
    assert gone == ["alice", "bob", "alice"]
    assert EpisodeEvent.objects.filter(kind="first").count() == len(AREAS)
    # Once the time is there again, it goes on from where it was: Bob's others, and Charlie ten minutes after Bob.
    all_work(NOW + DAY + timedelta(minutes=1))
    all_work(NOW + DAY + timedelta(minutes=11))
    all_work(NOW + DAY + timedelta(minutes=12))
    assert gone == ["alice", "bob", "alice", "bob", "charlie", "charlie"]
    assert EpisodeEvent.objects.filter(kind="escalated").count() == 2 * len(AREAS)
    assert not Notice.objects.filter(decision="held").exists()


def test_a_clock_set_back_by_an_hour_waits_for_what_was_put_off_and_sends_it_once(
    gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    five_alerts()

    def refuse(message: Message) -> str:
        raise TransportError("not now", permanent=False)

    with monkeypatch.context() as broken:
        broken.setattr("alerts.services.sending.delivery.send", refuse)
        all_work(NOW)
    back = NOW - timedelta(hours=1)
    for minute in range(0, 60, 10):
        all_work(back + timedelta(minutes=minute))
    assert gone == []
    all_work(NOW + timedelta(minutes=1))
    all_work(NOW + timedelta(minutes=2))
    assert gone == ["alice", "alice"]
    assert EpisodeEvent.objects.count() == len(AREAS)
