"""How many requests a minute: of one token, and of one person over all her tokens and pages of documentation.

Counted in Redis by the minute. While Redis is away nobody is held up: that is logged, and answers carry no numbers.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.counting import count
from organization.models import ApiToken, Person


class MinuteThrottle(BaseThrottle):
    """Counts requests of `who` in the minute that runs. What is left is noted on the request for the answer's headers."""

    rate = 0

    def who(self, request: Request) -> str | None:
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        who = self.who(request)
        if who is None:
            return True
        counted = count(f"api:rate:{who}", now=time.time(), log_as="api.rate_not_counted")
        if counted is None:
            return True
        self._wait = counted.wait
        left = max(0, self.rate - counted.used)
        told = getattr(request._request, "rate_left", None)
        if told is None or left < told[1]:
            request._request.rate_left = (self.rate, left, int(self._wait) + 1)  # type: ignore[attr-defined]
        return counted.used <= self.rate

    def wait(self) -> float:
        return self._wait


class TokenThrottle(MinuteThrottle):
    rate = settings.API_REQUESTS_PER_MINUTE

    def who(self, request: Request) -> str | None:
        return f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else None


class PersonThrottle(MinuteThrottle):
    rate = 2 * settings.API_REQUESTS_PER_MINUTE

    def who(self, request: Request) -> str | None:
        return f"person:{request.user.pk}" if isinstance(request.user, Person) else None
