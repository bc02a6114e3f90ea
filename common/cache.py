"""The cache on Redis, as it is meant here: what is only quicker or only counts. Without Redis it is empty, not an error.

Who asks gets the answer of an empty cache, at once: after a failure Redis is left alone for some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger()
REST_SECONDS = 5.0
_rests_until = 0.0


def _or_empty(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The method of that name; where Redis does not answer, what an empty cache would say to the same arguments."""
    asked = getattr(RedisCache, name)

    @wraps(asked)
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        global _rests_until
        if time.monotonic() >= _rests_until:
            try:
                return asked(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                log.warning("cache.away", error=type(error).__name__)
                _rests_until = time.monotonic() + REST_SECONDS
        return answer(*args, **kwargs)

    return method


class Cache(RedisCache):
    get = _or_empty("get", lambda key, default=None, version=None: default)
    get_many = _or_empty("get_many", lambda keys, version=None: {})
    has_key = _or_empty("has_key", lambda key, version=None: False)
    add = _or_empty("add", lambda *_args, **_kwargs: True)
    set = _or_empty("set", lambda *_args, **_kwargs: None)
    set_many = _or_empty("set_many", lambda *_args, **_kwargs: [])
    touch = _or_empty("touch", lambda *_args, **_kwargs: False)
    incr = _or_empty("incr", lambda key, delta=1, version=None: delta)
    delete = _or_empty("delete", lambda *_args, **_kwargs: False)
    delete_many = _or_empty("delete_many", lambda *_args, **_kwargs: None)
    clear = _or_empty("clear", lambda: True)
