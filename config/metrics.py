"""/metrics: figures about the system itself, in Prometheus's text format, for who has the token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import redis
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from config import standing
from config.tally import BUCKETS, Field, read, tally
from config.tokens import has_token

REQUESTS, REQUEST_SECONDS = "plumbline_requests", "plumbline_request_seconds"
TASKS, TASK_SECONDS = "plumbline_tasks", "plumbline_task_seconds"
COUNTERS = {
    REQUESTS: ("Requests answered.", ("view", "method", "status")),
    TASKS: ("Background tasks that ended.", ("task", "outcome")),
}
HISTOGRAMS = {
    REQUEST_SECONDS: ("Seconds until a request was answered.", ("view",)),
    TASK_SECONDS: ("Seconds that a background task took.", ("task",)),
}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is configured, 401 for who does not send it."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not has_token(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    tally.flush()  # at least this process is told of up to now
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("plumbline_up", "Whether a part answers.", labels=["part"])
        work, done = standing.work(), standing.done()
        try:
            counts = read()
        except redis.RedisError:
            counts = None
        up.add_metric(["database"], float(work is not None))
        up.add_metric(["broker"], float(counts is not None))
        yield up
        yield from _counted(counts or {})
        if work is not None:
            yield from _waiting(work)
        if done is not None:
            yield from _remembered(done)


def _counted(counts: dict[Field, float]) -> Iterator[Metric]:
    for name, (text, labels) in COUNTERS.items():
        counter = CounterMetricFamily(name, text, labels=labels)
        for field, count in sorted(counts.items()):
            if field[0] == name and len(field) == len(labels) + 1:
                counter.add_metric(field[1:], count)
        yield counter
    for name, (text, labels) in HISTOGRAMS.items():
        histogram = HistogramMetricFamily(name, text, labels=labels)
        found: dict[Field, dict[str, float]] = defaultdict(dict)
        for field, count in counts.items():
            if field[0] == name and len(field) == len(labels) + 2:
                found[field[1:-1]][field[-1]] = count
        for values, parts in sorted(found.items()):
            histogram.add_metric(values, list(_cumulative(parts)), parts.get("sum", 0.0))
        yield histogram


def _cumulative(parts: dict[str, float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bound in (*map(str, BUCKETS), "+Inf"):
        total += parts.get(f"le={bound}", 0.0)
        yield bound, total


def _waiting(work: standing.Work) -> Iterable[Metric]:
    waiting = GaugeMetricFamily("plumbline_waiting", "Pieces of work that wait.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "plumbline_oldest_seconds",
        "Seconds for which the oldest piece of work has been due.",
        labels=["queue"],
    )
    for queue in work.queues:
        waiting.add_metric([queue.name], queue.waiting)
        oldest.add_metric([queue.name], queue.age)
    behind = max((queue.age for queue in work.queues if queue.name in ("rollups", "figures")), default=0.0)
    yield waiting
    yield oldest
    yield GaugeMetricFamily(
        "plumbline_figures_behind_seconds", "Seconds by which figures on pages are behind the data.", behind
    )
    if work.swept is not None:
        yield GaugeMetricFamily(
            "plumbline_last_sweep_seconds", "Seconds since the beat's last sweep was seen.", work.swept
        )


def _remembered(done: standing.Done) -> Iterable[Metric]:
    files = GaugeMetricFamily("plumbline_imports", "Imports by what became of them.", labels=["state"])
    rows = GaugeMetricFamily("plumbline_import_rows", "Rows of finished imports.", labels=["outcome"])
    for state, count, _accepted, _rejected in done.imports:
        files.add_metric([state], count)
    finished = [line for line in done.imports if line[0] == "done"]
    rows.add_metric(["accepted"], float(sum(line[2] for line in finished)))
    rows.add_metric(["rejected"], float(sum(line[3] for line in finished)))
    messages = GaugeMetricFamily(
        "plumbline_messages", "Messages by way and what became of them.", labels=["way", "state"]
    )
    for way, state, count in done.messages:
        messages.add_metric([way, state], count)
    yield from (files, rows, messages)
