"""Pages that only read, of whatever floor: each says what it shows, so that it need not be sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dashboards.keeping import begin_reading, one_reading, tagged
from dashboards.shareable import is_shareable


class ReadingMiddleware:
    """Stands innermost: it sees an answer as its view gave it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with one_reading():
            response = self.get_response(request)
        if _reads(request) and isinstance(response, HttpResponse) and not response.has_header("ETag"):
            return tagged(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if _reads(request) and request.user.is_authenticated:
            begin_reading()


def _reads(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") and is_shareable(request)
