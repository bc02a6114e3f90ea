"""Two beats and three workers, undisturbed and killed at random: the figures of one worker in one pass, to the last digit.

Short in the suite; `make soak` does the same for ten minutes (RELIABILITY_SECONDS=600).
"""

from __future__ import annotations

import os
import random
import time

import pytest
from django.db import connection

from alerts.models import Message, MessageState, Notice
from config.celery import app
from ingest.models import Import, State
from tests.letterbox import Letterbox, open_letterbox
from tests.reliability.crew import Crew
from tests.reliability.story import (
    Author,
    facts,
    one_worker_in_one_pass,
    open_the_house,
    readings,
    wait_until_quiet,
)

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = int(os.environ.get("RELIABILITY_SECONDS", "25"))
AFTER_THE_LAST_KILL = 120


def live_through(*, seconds: int, kill_every: float | None, seed: int) -> tuple[Author, Letterbox, float]:
    """A story with real processes; returns its author, the letters, and how long it took to become quiet."""
    app.control.purge()
    open_the_house()
    dice, author = random.Random(seed), Author(random.Random(seed))
    author.rewrite_rule()
    with open_letterbox() as box:
        crew = Crew(workers=3, beats=2, environment=box.environment)
        try:
            end = time.monotonic() + seconds
            next_kill = time.monotonic() + (kill_every or seconds * 2)
            # A slow machine may need longer until the first alert of the story has gone out.
            while time.monotonic() < end or (
                not Message.objects.exists() and time.monotonic() < end + AFTER_THE_LAST_KILL
            ):
                author.act()
                time.sleep(dice.random())
                if time.monotonic() > next_kill:
                    crew.kill_one(dice)
                    next_kill = time.monotonic() + (kill_every or 0) * (0.5 + dice.random())
                crew.revive()
            quiet = wait_until_quiet(AFTER_THE_LAST_KILL, crew)
        finally:
            crew.stop()
            connection.close()
    return author, box, quiet


def assert_like_one_worker_in_one_pass() -> None:
    assert not Import.objects.filter(state=State.FAILED).exists()
    found = facts(), readings()
    assert found[0], "the story made no facts"
    expected = one_worker_in_one_pass()
    assert found[0] == expected[0]
    assert {key: (found[1].get(key), expected[1].get(key)) for key in found[1].keys() | expected[1].keys() if found[1].get(key) != expected[1].get(key)} == {}  # fmt: skip


def assert_each_notice_went_once(box: Letterbox, *, may_repeat: bool) -> None:
    sent = Message.objects.filter(state=MessageState.SENT)
    assert len(box.ids) == sent.count() == Message.objects.count()
    assert sent.count() > 0, "the story moved nobody"
    assert Notice.objects.filter(message__isnull=False).count() >= sent.count()
    if not may_repeat:
        assert set(box.ids.values()) == {1}


def test_two_beats_and_three_workers_end_where_one_worker_would() -> None:
    author, box, quiet = live_through(seconds=SECONDS, kill_every=None, seed=11)
    print(f"{author.done} acts, {len(box.ids)} messages, quiet after {quiet:.1f} s")
    assert_each_notice_went_once(box, may_repeat=False)
    assert_like_one_worker_in_one_pass()


def test_workers_killed_every_few_seconds_end_where_one_worker_would() -> None:
    author, box, quiet = live_through(seconds=SECONDS, kill_every=3, seed=12)
    print(f"{author.done} acts, {len(box.ids)} messages, quiet after {quiet:.1f} s")
    # A letter that left the moment before its worker died may come again, with the same id.
    assert_each_notice_went_once(box, may_repeat=True)
    assert_like_one_worker_in_one_pass()
