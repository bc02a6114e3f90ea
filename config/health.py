"""Whether all is well: asked by load balancers, by the container's own check, and by who watches over the system.

`/healthz` is about the whole system; `?ready` about what this process needs to answer people; `?live` only says that
it runs. Strangers learn yes or no of each part; ages and numbers are for who has the metrics token.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import standing
from config.tokens import has_token


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Each part true or false; 503 unless all are true."""
    if "live" in request.GET:
        return JsonResponse({"live": True})
    found: dict[str, bool] = {
        "database": standing.database_answers(),
        "broker": standing.broker_answers(),
    }
    details: dict[str, Any] = {}
    if "ready" not in request.GET:
        work = standing.work() if found["database"] else None
        found["work"] = work is not None and work.oldest <= settings.HEALTH_WORK_LIMIT
        found["beat"] = (
            work is not None and work.swept is not None and work.swept <= settings.HEALTH_BEAT_LIMIT
        )
        if work is not None:
            details = {
                "waiting": {queue.name: queue.waiting for queue in work.queues},
                "oldest_seconds": {queue.name: round(queue.age, 1) for queue in work.queues},
                "oldest_limit_seconds": settings.HEALTH_WORK_LIMIT,
                "last_sweep_seconds": None if work.swept is None else round(work.swept, 1),
                "last_sweep_limit_seconds": settings.HEALTH_BEAT_LIMIT,
            }
    said = {**found, "details": details} if details and has_token(request) else found
    return JsonResponse(said, status=200 if all(found.values()) else 503)


def main() -> int:
    """Ask the web process beside us, under a name that it answers to. For the container's HEALTHCHECK."""
    port = os.environ.get("WEB_BIND", "127.0.0.1:8000").rpartition(":")[2]
    hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
    host = hosts[0].lstrip(".") if hosts and hosts[0] != "*" else "localhost"
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz?ready", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=8):
            return 0
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
