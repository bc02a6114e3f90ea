"""Every error below /api/ in one shape: problem details (RFC 9457), in the caller's language.

`errors` says where and why: `pointer` is a JSON pointer into the body (`#/rows/3/cost`) or names what stands behind the
question mark (`?from`) or a header (`Idempotency-Key:`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
BUSY_SECONDS = 5


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, and why. `more` travels beside them, such as the version that holds now."""

    pointer: str
    reason: str
    more: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "reason": self.reason, **(self.more or {})}


class Problem(exceptions.APIException):
    """What a view raises to say no."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        code: str = "",
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status_code = status
        self.text = detail
        self.kind = code
        self.errors = list(errors)
        self.headers = dict(headers or {})


def invalid(errors: Iterable[Fault], status: int = 400) -> Problem:
    return Problem(status, _("What was sent cannot be taken as it is; see the errors."), errors=errors)


def titles() -> dict[int, tuple[str, str]]:
    """Code and title of each status that the API answers with."""
    return {
        400: ("bad-request", _("The request cannot be understood")),
        401: ("not-authenticated", _("A token is needed")),
        403: ("forbidden", _("You may not do this")),
        404: ("not-found", _("Not found")),
        405: ("method-not-allowed", _("This method does not work here")),
        409: ("conflict", _("Something else holds by now")),
        413: ("too-large", _("Too much at once")),
        415: ("unsupported-media-type", _("This kind of content is not taken")),
        422: ("invalid", _("It cannot be done as asked")),
        429: ("too-many-requests", _("Too many requests")),
        500: ("internal", _("Something went wrong here")),
        503: ("unavailable", _("Not available for the moment")),
    }


def request_id_of(request: HttpRequest) -> str:
    """The id under which this request stands in the log, made where it has none yet."""
    known = getattr(request, "request_id", None) or structlog.contextvars.get_contextvars().get("request_id")
    if not known:
        known = uuid.uuid4().hex
        request.request_id = known  # type: ignore[attr-defined]
    return str(known)


def problem_json(
    request: HttpRequest, status: int, detail: str = "", *, code: str = "", errors: Iterable[Fault] = ()
) -> dict[str, Any]:
    known = titles()
    kind, title = known.get(status) or known[500 if status >= 500 else 400]
    return {
        "type": f"urn:plumbline:problem:{code or kind}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "errors": [fault.as_json() for fault in errors],
        "request_id": request_id_of(request),
    }


# -- Raised inside the API's views ------------------------------------------------------------------


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF asks here what an exception is to be answered with."""
    request: HttpRequest = context["request"]._request
    status, detail, code, errors, headers = _told(error, request)
    return Response(
        problem_json(request, status, detail, code=code, errors=errors),
        status=status,
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def _told(error: Exception, request: HttpRequest) -> tuple[int, str, str, list[Fault], dict[str, str]]:
    if isinstance(error, Problem):
        return error.status_code, error.text, error.kind, error.errors, error.headers
    if isinstance(error, Http404 | exceptions.NotFound):
        return 404, _("There is nothing here that you may see."), "", [], {}
    if isinstance(error, PermissionDenied):
        return 403, _("Your role does not allow this here."), "", [], {}
    if isinstance(error, exceptions.NotAuthenticated):
        said = _("Send a token: Authorization: Bearer plb_… You make one in your preferences.")
        return 401, said, "", [], _challenge(error)
    if isinstance(error, exceptions.AuthenticationFailed):
        return 401, str(error.detail), "", [], _challenge(error)
    if isinstance(error, exceptions.Throttled):
        wait = max(1, round(getattr(error, "wait", None) or 1))
        said = _("That is more than is allowed in a minute. Go on in %(seconds)s seconds.") % {
            "seconds": wait
        }
        return 429, said, "", [], {"Retry-After": str(wait)}
    if isinstance(error, exceptions.UnsupportedMediaType):
        return 415, _("Send the content type that the documentation names for this address."), "", [], {}
    if isinstance(error, exceptions.MethodNotAllowed):
        return 405, _("The Allow header says which methods work at this address."), "", [], {}
    if isinstance(error, exceptions.APIException):
        return error.status_code, str(error.detail), "", [], {}
    if isinstance(error, RequestDataTooBig):
        return 413, "", "", [], {}
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return 400, "", "", [], {}
    if isinstance(error, OperationalError | InterfaceError):
        log.exception("api.database_unreachable", exc_info=error)
        said = _("The database does not answer. Nothing was lost; try again in a moment.")
        return 503, said, "", [], {"Retry-After": str(BUSY_SECONDS)}
    if settings.DEBUG_PROPAGATE_EXCEPTIONS:
        raise error
    # What Django does for pages: whoever listens for errors hears of it, and the log has it all.
    got_request_exception.send(sender=None, request=request)
    log.exception("api.failed", path=request.path, request_id=request_id_of(request), exc_info=error)
    return 500, _("The fault is on this side. The request's id finds it in the log."), "", [], {}


def _challenge(error: exceptions.APIException) -> dict[str, str]:
    header = getattr(error, "auth_header", "")
    return {"WWW-Authenticate": header} if header else {}


# -- Around the API's views -------------------------------------------------------------------------


class ProblemMiddleware:
    """What never reaches a view (a wrong host, a fault in another middleware) has the same shape below /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        request_id = request_id_of(request)
        response = self.get_response(request)
        if response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(
            MEDIA_TYPE
        ):
            kept = {name: value for name, value in response.items() if name in ("Allow", "Retry-After")}
            response = JsonResponse(
                problem_json(request, response.status_code),
                status=response.status_code,
                content_type=MEDIA_TYPE,
                headers=kept,
            )
        response.headers["X-Request-Id"] = request_id
        return response
