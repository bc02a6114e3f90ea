"""Pages kept in Redis until what they show has changed, and answers that a browser need not fetch again.

What is kept is the inside of a page, which is the same for all who were granted the same; the frame around it, with
names, messages and tokens, is made for each. Without Redis a page is made anew each time, and nothing else changes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.safestring import SafeString, mark_safe

from common.number_style import number_style
from kpis.stamps import WINDOW, data_version


def _newest_file() -> int:
    """Of all that makes pages, so that a new release never shows what an older one kept."""
    folders = (
        "templates", "locale", "dashboards", "budgets", "channels", "customers", "alerts", "decisions", "kpis", "common",
        "feedback", "ingest", "organization",
    )  # fmt: skip
    files = (
        file
        for folder in folders
        for kind in ("*.html", "*.mo", "*.py")
        for file in (Path(settings.BASE_DIR) / folder).rglob(kind)
    )
    return max((file.stat().st_mtime_ns for file in files), default=0)


RELEASE = _newest_file()
KEPT_SECONDS = (
    int(WINDOW.total_seconds()) // 2
)  # less than the version looks back, so that no version comes twice
# What differs each time, or with figures of other pages, though nothing on this one has changed.
# Each begins with words that a search can leap to: in one expression they take eight times as long.
_TOKENS = (
    re.compile(rb'(csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}'),
    re.compile(rb'(X-CSRFToken": ")[A-Za-z0-9]{64}'),
    re.compile(rb'( data-version=")[0-9a-f]{16}'),
)
_OWN_TAG = b' data-tag=""'
_MAKING = tuple(Lock() for _ in range(64))
_version: ContextVar[str | None] = ContextVar("version of the data that is being read", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """What `begin_reading` says holds until the end of it."""
    token = _version.set(None)
    try:
        yield
    finally:
        _version.reset(token)


def begin_reading() -> None:
    """All that is read from now on counts as of one version of the data, that from before it was read: at worst it is
    taken for older than it is, and made anew.
    """
    _version.set(_short(data_version()))


def version_now() -> str:
    """A short text that is another one after every change of what pages show. At most one query."""
    return _version.get() or _short(data_version())


def _short(version: str) -> str:
    return hashlib.sha256(version.encode()).hexdigest()[:16]


def kept(parts: tuple[object, ...], make: Callable[[], dict[str, str]]) -> dict[str, SafeString]:
    """What `make` renders from templates of our own, from the cache where nothing has been committed since. `parts` say
    all that it depends on, but for the data: what was granted, what is asked, the language, the day. `make` keeps nothing
    itself: it would wait for its own lock.
    """
    version = version_now()
    text = "\n".join(map(str, (RELEASE, connection.settings_dict["NAME"], version, number_style(), *parts)))
    key = f"page:{hashlib.sha256(text.encode()).hexdigest()}"
    made = cache.get(key)
    if not isinstance(made, dict):
        # Many ask for the same after new figures: one of this process makes it, and the others wait for that.
        with _MAKING[int(key[-4:], 16) % len(_MAKING)]:
            made = cache.get(key)
            if not isinstance(made, dict):
                made = make()
                cache.set(key, made, KEPT_SECONDS)
    return {name: mark_safe(text) for name, text in made.items()}  # noqa: S308


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag of all that is in the answer, frame included; 304 without a body where the browser has it."""
    patch_cache_control(response, private=True, no_cache=True)
    if response.status_code != 200:
        return response
    secret = str(request.META.get("CSRF_COOKIE", ""))
    plain = response.content
    for token in _TOKENS:
        plain = token.sub(rb"\1", plain)
    etag = hashlib.sha256(plain + secret.encode() + response.get("Content-Type", "").encode()).hexdigest()[
        :32
    ]
    response["ETag"] = f'"{etag}"'
    if _OWN_TAG in response.content:  # the page knows its own, for `static/js/fresh.js`
        response.content = response.content.replace(_OWN_TAG, f' data-tag="{etag}"'.encode(), 1)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)
    if answer.status_code == 304:
        for name in ("Vary", "Cache-Control"):
            if name in response:
                answer[name] = response[name]
    return answer
