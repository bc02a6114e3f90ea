"""A cache without its Redis is empty and says so once, and nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache, caches

from common import cache as ours


@pytest.fixture
def away(settings: object) -> Iterator[ours.Cache]:
    made = ours.Cache("redis://127.0.0.1:1/0", {})
    ours._rests_until = 0.0
    yield made
    ours._rests_until = 0.0


def test_what_is_kept_is_found_again() -> None:
    assert isinstance(caches["default"], ours.Cache)
    cache.set("plumb", "line", 5)
    assert cache.get("plumb") == "line"
    assert cache.delete("plumb")
    assert cache.get("plumb", "none") == "none"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.msg["event"] for line in caplog.records if line.name == "common.cache"]  # type: ignore[index]


def test_without_redis_every_question_has_the_answer_of_an_empty_cache(
    away: ours.Cache, caplog: pytest.LogCaptureFixture
) -> None:
    assert away.get("a", 3) == 3
    assert away.get_many(["a"]) == {}
    assert away.add("a", 1)
    assert away.set("a", 1) is None
    assert away.incr("a", 4) == 4
    assert "a" not in away
    assert not away.delete("a")
    assert said(caplog) == ["cache.away"]


def test_nobody_waits_twice_for_a_redis_that_hangs(away: ours.Cache) -> None:
    away.get("a")
    started = time.monotonic()
    for _ in range(100):
        away.get("a")
    assert time.monotonic() - started < 0.5


def test_it_is_asked_again_after_a_rest(
    away: ours.Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away.get("a")
    monkeypatch.setattr(ours, "REST_SECONDS", 0.0)
    ours._rests_until = 0.0
    caplog.clear()
    away.get("a")
    away.get("a")
    assert len(said(caplog)) == 2
