"""What pages that lie open ask every few seconds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from alerts.selectors.bell import bell_count
from dashboards.keeping import tagged, version_now
from organization.gate import person_of, require_login


@require_GET
@require_login
def fresh(request: HttpRequest) -> HttpResponse:
    """The version of the data, and how much is new at her bell, in words too. Two queries besides who she is."""
    count = bell_count(person_of(request))
    words = ngettext("%(count)s new alert", "%(count)s new alerts", count) % {"count": count}
    told = {"version": version_now(), "count": count, "words": words if count else _("What you were told")}
    return tagged(request, JsonResponse(told))
