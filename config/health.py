"""Whether all is well: asked by load balancers, by the container's own check, and by who watches over the system.

`/healthz` is about the whole system; `?ready` about what this process needs to answer people; `?live` only says that
it runs. Strangers learn yes or no of each part; ages and numbers are for who has the metrics token, and for an
administrator who is logged in.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
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
    said: dict[str, Any] = {**found}
    administers = found["database"] and _administers(request)
    if details and (administers or has_token(request)):
        said["details"] = details
    if administers:
        said["alerts"] = _alerts()
    return JsonResponse(said, status=200 if all(found.values()) else 503)


# What these two import needs Django's apps, which `main` runs without.


def _administers(request: HttpRequest) -> bool:
    from organization.gate import Action, can

    if settings.SESSION_COOKIE_NAME not in request.COOKIES or getattr(request, "lacks_factor", False):
        return False
    try:
        return can(request.user, Action.ADMINISTER)
    except DatabaseError:  # it went away a moment ago
        return False


def _alerts() -> dict[str, Any] | None:
    """How the engine is, in full; None where the database did not say."""
    from alerts.selectors.health import health

    try:
        found = health(now=timezone.now())
    except DatabaseError:
        return None
    return {"verdict": found.verdict, **asdict(found)}


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
