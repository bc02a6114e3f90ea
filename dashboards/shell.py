"""What the frame itself answers: the chosen theme, and the page that shows every piece."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from dashboards import specimens
from dashboards.context import THEME_COOKIE, THEMES, Shell

A_YEAR = 365 * 24 * 3600


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the theme in a cookie, so that the next page arrives in it."""
    theme = request.POST.get("theme", "")
    back = request.POST.get("next") or request.META.get("HTTP_REFERER") or "/"
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every piece that pages are made of, with invented figures."""
    if not (settings.DEBUG or Shell(request).administrator):
        raise Http404
    return render(request, "dashboards/styleguide.html", specimens.everything())
