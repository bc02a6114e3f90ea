"""The API's description (OpenAPI 3.1): what every operation answers besides what its own view says."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework import serializers

from organization.api.errors import MEDIA_TYPE
from organization.api.fields import FaultSerializer

PROBLEM = {"$ref": "#/components/schemas/Problem"}
SAYS = {
    "400": "The request cannot be understood; `errors` say where.",
    "401": "No token, or one that has ended or was taken away.",
    "403": "The token or your role is for less.",
    "404": "Not there, or not yours to see: the answer is the same.",
    "413": "More than one request may hold.",
    "415": "Another content type is expected.",
    "429": "More requests than one minute allows.",
    "500": "A fault on this side; the log has it under the request's id.",
    "503": "The database does not answer; try again.",
}
HEADERS = {
    "X-Request-Id": ("string", "Under which the log has this request."),
    "RateLimit-Limit": ("integer", "Requests a minute."),
    "RateLimit-Remaining": ("integer", "Left of them."),
    "RateLimit-Reset": ("integer", "Seconds until they are counted anew."),
    "ETag": ("string", "Of this very answer; send it as If-None-Match, and an unchanged one is 304."),
    "Retry-After": ("integer", "Seconds to wait."),
    "Content-Language": ("string", "en or zh-hans, by Accept-Language or your preferences."),
}


@cache
def page_serializer(of: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """How a page of these is described; pages themselves are put together by `answer_page`."""
    name = of.__name__.removesuffix("Serializer") + "PageSerializer"
    following = serializers.URLField(
        allow_null=True, help_text="The address of the next page; null on the last."
    )
    fields = {
        "results": of(many=True),
        "next": following,
        "__doc__": "A page of a list. Follow `next` until it is null.",
    }
    return type(name, (serializers.Serializer,), fields)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "organization.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Any:
        scheme = build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Bearer")  # noqa: S106
        return {**scheme, "description": "A token that you made in your preferences: `Bearer plb_…`."}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Adds what every operation may answer, and the headers of every answer."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).setdefault("Problem", _problem())
    components["headers"] = {
        name: {"schema": {"type": kind}, "description": text} for name, (kind, text) in HEADERS.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                _complete(path, method, operation)
    return result


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "properties": {
            "pointer": {
                **text,
                "description": str(FaultSerializer().fields["pointer"].help_text),
            },
            "reason": {**text, "description": "Why, in your language."},
        },
        "required": ["pointer", "reason"],
    }
    return {
        "type": "object",
        "description": "Problem details, RFC 9457: every error has this shape.",
        "properties": {
            "type": {**text, "format": "uri", "example": "urn:plumbline:problem:bad-request"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": fault},
            "request_id": {**text, "description": "Under which the log has this request."},
        },
        "required": ["type", "title", "status", "detail", "errors", "request_id"],
        "example": {
            "type": "urn:plumbline:problem:bad-request",
            "title": "The request cannot be understood",
            "status": 400,
            "detail": "What was sent cannot be taken as it is; see the errors.",
            "errors": [{"pointer": "?from", "reason": "Days from 1990 to 2100 are known here."}],
            "request_id": "0f8d9d2a5d0c4f1d8f3b0a9c6a1e7b42",
        },
    }


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    codes = ["400", "401", "403", "404", "429", "500", "503"]
    if "requestBody" in operation:
        codes += ["413", "415"]
    for code in codes:
        responses.setdefault(code, {"description": SAYS[code]})
    if method == "get":
        responses.setdefault("304", {"description": "You have this very answer (If-None-Match)."})
    for code, response in responses.items():
        if int(code) >= 400 and "content" not in response:
            response["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
        names = [
            "X-Request-Id",
            "Content-Language",
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
        ]
        if method == "get" and code == "200":
            names.append("ETag")
        if code in ("429", "503"):
            names.append("Retry-After")
        response.setdefault("headers", {}).update(
            {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        )
    operation["responses"] = dict(sorted(responses.items()))
