"""The page for when something broke: it relies on nothing, and names the request so that its log lines can be found."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string


def server_error(request: HttpRequest) -> HttpResponseServerError:
    request_id = getattr(request, "request_id", "")
    return HttpResponseServerError(render_to_string("500.html", {"request_id": request_id}))
