"""What the bell at every page rang for. How much of it is new, `dashboards.views.fresh` tells the pages that lie open."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alerts.selectors.bell import told_lately
from alerts.services.bell import mark_seen
from organization.gate import person_of, require_login


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def told(request: HttpRequest) -> HttpResponse:
    """The list. What stands on it is seen by looking at it (js/bell.js sends the form); without script, by the button.

    `until` is the newest that the page showed, so that what came since stays new.
    """
    person = person_of(request)
    if request.method == "POST":
        until = _moment(request.POST.get("until", ""))
        if until is None:
            return HttpResponseBadRequest(_("Say up to when."), content_type="text/plain; charset=utf-8")
        mark_seen(person=person, at=min(until, timezone.now()))
        return redirect("alerts:told")
    rows = told_lately(person)
    return render(request, "alerts/told.html", {"rows": rows, "new": any(row.new for row in rows)})


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:  # a date that no calendar has
        return None
    return at if at is not None and timezone.is_aware(at) else None
