"""Each request has an id, one line in the log, and its place in the counts."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.metrics import REQUEST_SECONDS, REQUESTS
from config.tally import tally

log = structlog.get_logger("plumbline.request")

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
SLOW = 1.0  # seconds; from here on the line says how many queries it took
UNKNOWN = "(none)"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestMiddleware:
    """Stands first. A request id that a proxy has given is kept if it looks like one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SANE.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        without_nul(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        queries = _Queries()
        began = time.monotonic()
        try:
            with connection.execute_wrapper(queries):
                response = self.get_response(request)
            response["X-Request-ID"] = request_id
            if not request.path_info.startswith(settings.STATIC_URL):
                self._tell(request, response, time.monotonic() - began, queries.count)
            return response
        finally:
            structlog.contextvars.clear_contextvars()

    def _tell(self, request: HttpRequest, response: HttpResponseBase, seconds: float, queries: int) -> None:
        match = getattr(request, "resolver_match", None)
        view = (match.view_name or match.route) if match else UNKNOWN
        method = request.method if request.method in METHODS else "OTHER"
        tally.add(REQUESTS, view, method or "OTHER", str(response.status_code))
        tally.observe(REQUEST_SECONDS, view, seconds=seconds)
        known: dict[str, Any] = {"queries": queries} if seconds >= SLOW else {}
        person = getattr(getattr(request, "_cached_user", None), "pk", None)
        if person is not None:
            known["person"] = person
        log.info(
            "request",
            method=request.method,
            path=shown_path(request),
            view=view,
            status=response.status_code,
            ms=round(seconds * 1000),
            **known,
        )


def without_nul(request: HttpRequest) -> None:
    """Nobody types a NUL, and PostgreSQL takes none in a text: it goes out of what is asked before anybody reads it."""
    query = request.META.get("QUERY_STRING", "")
    if request.path_info.startswith("/api/"):
        return  # programs are told what is wrong with what they ask
    if "%00" in query or "\x00" in query:
        request.META["QUERY_STRING"] = query.replace("%00", "").replace("\x00", "")


class _Queries:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def shown_path(request: HttpRequest) -> str:
    """The path without what may be a secret or a name: the question mark's part, and words captured in it.

    Of an address that does not exist only the first part is shown: it may be a mailed link, mistyped.
    """
    path = request.path_info
    match = getattr(request, "resolver_match", None)
    if match is None:
        first = path.strip("/").split("/")[0]
        return path if path.count("/") < 2 and len(path) <= 40 else f"/{first[:40]}/…"
    for value in match.captured_kwargs.values() if match.captured_kwargs else match.kwargs.values():
        if isinstance(value, str) and value and not value.isdigit():
            path = path.replace(value, "…")
    return path
