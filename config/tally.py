"""Counts of what processes do, for Prometheus: web processes and workers on any host, added up in Redis.

Each process counts for itself and adds what is new to one hash every few seconds, so a request never waits for it,
and processes come and go without files or numbers to clean up. Redis may be flushed at any time: Prometheus takes
that for a restart of the counters. A process that is killed takes a few seconds of counts with it.
"""

from __future__ import annotations

import json
import os
import threading
from bisect import bisect_left
from collections import Counter

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

KEY = "plumbline:tally:1"
EVERY = 2.0  # seconds
BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0)
MOST_FIELDS = 20_000  # labels come from our own names; this is for the day when one does not

Label = str
Field = tuple[str, ...]  # the figure's name, then its labels; for histograms "le=…" or "sum" at the end


class Tally:
    """One process's counts that have not been added to the others' yet. Safe to use from many threads."""

    def __init__(self) -> None:
        self._fresh()

    def _fresh(self) -> None:
        self.lock = threading.Lock()
        self.counts: Counter[Field] = Counter()
        self.thread: threading.Thread | None = None

    def forked(self) -> None:
        """The parent's counts are the parent's, and its thread did not come along."""
        self._fresh()

    def add(self, name: str, *labels: Label, by: float = 1) -> None:
        self._add({(name, *labels): by})

    def observe(self, name: str, *labels: Label, seconds: float) -> None:
        """Into its bucket; the exposition makes them cumulative."""
        place = bisect_left(BUCKETS, seconds)
        bound = str(BUCKETS[place]) if place < len(BUCKETS) else "+Inf"
        self._add({(name, *labels, f"le={bound}"): 1, (name, *labels, "sum"): seconds})

    def _add(self, counts: dict[Field, float]) -> None:
        with self.lock:
            for field, by in counts.items():
                if field in self.counts or len(self.counts) < MOST_FIELDS:
                    self.counts[field] += by  # type: ignore[assignment]  # Counter knows only whole numbers
            if self.thread is None:
                self.thread = threading.Thread(target=self._go_on, name="tally", daemon=True)
                self.thread.start()

    def _go_on(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(EVERY)
            self.flush()

    def flush(self) -> bool:
        """Adds what is new to the hash; what could not be added is kept for the next time."""
        with self.lock:
            counts, self.counts = self.counts, Counter()
        if not counts:
            return True
        try:
            with _client() as client, client.pipeline(transaction=True) as pipe:
                for field, by in counts.items():
                    pipe.hincrbyfloat(KEY, json.dumps(field, ensure_ascii=False), by)
                pipe.execute()
        except redis.RedisError:
            with self.lock:
                self.counts.update(counts)
            return False
        return True


def read() -> dict[Field, float]:
    """Everything that all processes have counted. Raises redis.RedisError."""
    with _client() as client:
        found = client.hgetall(KEY)
    return {tuple(json.loads(field)): float(count) for field, count in found.items()}


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)


tally = Tally()
os.register_at_fork(after_in_child=tally.forked)
