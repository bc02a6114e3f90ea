"""Help in place."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.context import Shell
from dashboards.presenting.help import help_page
from organization.gate import reach_of, require_login


@require_GET
@require_login
def help_of(request: HttpRequest) -> HttpResponse:
    """`?page=<name of a view>`: what that page says and how it is read; `&keys=1` its keys alone. Without: all topics."""
    page = help_page(request.GET.get("page", "")[:80], reach_of(request), Shell(request).navigation)
    context = {"help": page, "keys_only": "keys" in request.GET}
    template = "_help.html" if request.htmx else "help.html"  # type: ignore[attr-defined]
    return render(request, f"dashboards/{template}", context)
