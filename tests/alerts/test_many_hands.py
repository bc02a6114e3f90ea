"""Several workers looking at the same figures at once, on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from alerts import services
from alerts.models import Episode, Message, Notice
from kpis.models import ReadingChange
from tests.alerts.builders import NOW, TODAY, figure, look, rule, story
from tests.people import bob, node, scope

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[], object], hands: int) -> None:
    """Runs it in so many threads, each on a connection of its own, all let go together."""
    gate = threading.Barrier(hands)
    failures: list[BaseException] = []

    def hand() -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


def test_four_workers_open_one_alert_for_one_trouble_and_tell_once() -> None:
    areas = [f"region:r{number}" for number in range(30)]
    for area in areas:
        node(area)
    rule(bob(), area="company", spread="children", along="region")
    for area in areas:
        for _ in range(4):  # the same figure changed four times, so that each worker finds it
            figure(scope(area), "0.6")

    def work() -> None:
        while services.evaluate(now=NOW, today=TODAY, limit=20).claimed:
            pass

    at_once(work, 4)
    assert not ReadingChange.objects.exists()
    assert Episode.objects.count() == len(areas)
    assert Notice.objects.count() == len(areas)
    assert Message.objects.count() == 1, "one at once, the others in a second one"
    later = NOW + timedelta(seconds=31)
    at_once(lambda: services.gather_next(now=later), 4)
    assert Message.objects.count() == 2
    assert not Notice.objects.exclude(decision="due").exists()
    assert all(story(area) == ["first 3"] for area in areas)


def test_two_workers_judge_an_edited_rule_once() -> None:
    figure(scope("region:华东"), "0.6")
    made = rule(bob())
    look()
    type(made).objects.update(anew_due=True)
    judged: list[bool] = []
    at_once(lambda: judged.append(services.judge_next_rule(now=NOW, today=TODAY)), 2)
    assert story() == ["first 3"]
    assert True in judged
