"""The first steps on empty data, and the sample to begin with."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from common import formats
from dashboards.presenting.first_steps import COOKIE, SAMPLE_NAMES, tour
from dashboards.sample import sample_csv
from dashboards.selectors.first_steps import first_steps as read
from dashboards.templatetags.numbers import language
from ingest.services import receive
from organization.gate import Action, person_of, reach_of, require

FOR = 30 * 24 * 3600  # seconds that the bar stays


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def first_steps(request: HttpRequest) -> HttpResponse:
    """The tour; its bar stands above the pages of its steps from now on. POST takes the bar away."""
    if request.method == "POST":
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            back = request.path
        response: HttpResponse = redirect(back)
        response.delete_cookie(COOKIE, samesite="Lax")
        return response
    return tour_page(request)


def tour_page(request: HttpRequest) -> HttpResponse:
    """Also what stands instead of an overview while there is nothing to show."""
    found = read(
        person=person_of(request), reach=reach_of(request), sample_names=tuple(SAMPLE_NAMES.values())
    )
    response = render(request, "dashboards/first_steps.html", {"tour": tour(found)})
    response.set_cookie(COOKIE, "on", max_age=FOR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def sample(request: HttpRequest) -> HttpResponse:
    """GET: the sample as a file. POST: the same, imported as any file is; then its page, where it can be taken back."""
    chinese = formats.is_chinese(language())
    name = SAMPLE_NAMES["zh" if chinese else "en"]
    # With a byte order mark, so that spreadsheets read it as it is.
    content = b"\xef\xbb\xbf" + sample_csv(timezone.localdate(), chinese=chinese).encode()
    if request.method != "POST":
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response
    reach = reach_of(request)
    if Action.IMPORT not in reach.company_actions:
        raise PermissionDenied
    person = person_of(request)
    found = read(person=person, reach=reach, sample_names=tuple(SAMPLE_NAMES.values()))
    there = found.working or found.sample
    if there is None:
        there = receive(name=name, chunks=[content], preset="table", person=person).pk
    return redirect("ingest:import", pk=there)
