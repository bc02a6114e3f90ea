"""What every address of the API does around its own work: who calls, what she may, how she is answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from organization.api.authentication import TokenAuthentication
from organization.api.errors import Problem, problem_handler
from organization.api.fields import Question
from organization.api.reading_json import ExactJsonParser
from organization.api.throttling import PersonThrottle, TokenThrottle
from organization.gate import Action, can_somewhere
from organization.models import ApiToken, Person

Asked = TypeVar("Asked", bound=Question)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class AlwaysJson(BaseContentNegotiation):
    """There is one kind of answer, whatever the Accept header hopes for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """`needs` is what the gate asks by method, before anything is looked for; `token_scope` what a token must carry."""

    needs: ClassVar[Mapping[str, Action]] = {"GET": Action.VIEW}
    token_scope: ClassVar[Mapping[str, str]] = {"GET": "read"}
    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = []
    throttle_classes = [TokenThrottle, PersonThrottle]
    parser_classes = [ExactJsonParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson

    @property
    def person(self) -> Person:
        if not isinstance(self.request.user, Person):
            raise NotAuthenticated
        return self.request.user

    def get_exception_handler(self) -> Any:
        return problem_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._speak(request)
        self.check_may(request)

    def check_may(self, request: Request) -> None:
        """Raises where nobody has logged in, where the token is for less, and where her role is too weak anywhere."""
        person = self.person
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or method not in self.allowed_methods:
            return
        scope = self.token_scope.get(method, "")
        if isinstance(request.auth, ApiToken) and scope and scope not in request.auth.scopes:
            said = _("This token may not do this: it lacks “%(scope)s”. Make one that has it.") % {
                "scope": scope
            }
            challenge = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
            raise Problem(403, said, code="insufficient-scope", headers={"WWW-Authenticate": challenge})
        needs = self.needs.get(method)
        if needs is not None and not can_somewhere(person, needs):
            raise PermissionDenied

    def _speak(self, request: Request) -> None:
        """In the language that the program asks for, else in her own. Pages have seen to it before."""
        if isinstance(request.auth, ApiToken) and not _asked_language(request._request):
            translation.activate(self.person.language)
            request._request.LANGUAGE_CODE = translation.get_language()

    def asked(self, question: type[Asked]) -> Asked:
        """What stands behind the question mark, read and checked. Raises Problem."""
        params = self.request._request.GET
        read = question(data={name: params.get(name) for name in params}, params=params)
        read.check()
        return read

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        plain: HttpRequest = request._request
        told = getattr(plain, "rate_left", None)
        if told is not None:
            limit, left, seconds = told
            response["RateLimit-Limit"], response["RateLimit-Remaining"] = str(limit), str(left)
            response["RateLimit-Reset"] = str(seconds)
        # LocaleMiddleware says the language, unless a view has said so before.
        response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        response.setdefault("Cache-Control", "private, no-cache" if request.method in SAFE else "no-store")
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            return self._unless_known(request, response)
        return response

    def _unless_known(self, request: Request, response: Response) -> HttpResponseBase:
        """304 where the program has this very answer: the mark is of what it says, to whom, and in which language."""
        response.render()
        to_whom = f"{getattr(request.user, 'pk', 0)} {response['Content-Language']} ".encode()
        etag = f'"{hashlib.sha256(to_whom + response.content).hexdigest()[:32]}"'
        response["ETag"] = etag
        kept = dict(response.items())
        answer = get_conditional_response(request._request, etag=etag, response=response)
        if answer is not response and answer is not None:
            for name, value in kept.items():
                if name.startswith(("RateLimit", "Content-Language", "Vary", "Cache-Control")):
                    answer[name] = value
            return answer
        return response


def _asked_language(request: HttpRequest) -> bool:
    """Whether the Accept-Language header names one of ours."""
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == "*":
            return False
        try:
            translation.get_supported_language_variant(code)
        except LookupError:
            continue
        return True
    return False


def answer(serializer: type[serializers.BaseSerializer[Any]], value: Any, *, status: int = 200) -> Response:
    return Response(serializer(value).data, status=status)


def answer_page(
    serializer: type[serializers.BaseSerializer[Any]],
    rows: Any,
    following: str | None,
    context: dict[str, Any] | None = None,
) -> Response:
    """A page of a list: `results`, and the address of what follows."""
    return Response({"results": serializer(rows, many=True, context=context or {}).data, "next": following})
