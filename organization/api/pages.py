"""The API's own description, a page to read it and try it, and the answer where nothing is."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from organization import gate
from organization.api.views import ApiView


@extend_schema(exclude=True)
class Schema(ApiView):
    """OpenAPI 3.1, for whoever may call anything."""

    needs = {}
    token_scope = {}
    renderer_classes = [OpenApiJsonRenderer]

    def get(self, request: Request) -> Response:
        return Response(_schema(get_language() or ""))


@cache
def _schema(_language: str) -> Any:
    """It changes with the code alone, and the words of choices with the language."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


@extend_schema(exclude=True)
class Nothing(ApiView):
    """Where no address of the API is."""

    authentication_classes = []
    throttle_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


@require_GET
@gate.require_login
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "organization/api_docs.html")
