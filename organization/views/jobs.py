"""How long work stands, as a piece of whatever page waits for it; and the button that ends it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from organization import gate
from organization.gate import person_of
from organization.models import Job
from organization.selectors.jobs import JobSeen, job_seen
from organization.services.jobs import cancel_job


@require_GET
@gate.require_login
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """The bar alone. It asks for itself while the work goes on; when that has ended, the page around is read anew."""
    seen = _seen_or_404(request, job_id)
    around = getattr(request.htmx, "current_url_abs_path", None)  # type: ignore[attr-defined]
    response = render(request, "organization/_job.html", {"job": seen, "next": around or "/"})
    if not seen.job.is_open:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@gate.require_login
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Asks the worker to end it; what is asked again is asked once."""
    seen = _seen_or_404(request, job_id)
    cancel_job(job=seen.job, person=person_of(request), now=timezone.now())
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    return redirect(back)


def _seen_or_404(request: HttpRequest, job_id: int) -> JobSeen:
    found = get_object_or_404(Job.objects.select_related("created_by"), pk=job_id)
    seen = job_seen(job=found, person=person_of(request), now=timezone.now())
    if seen is None:
        raise Http404
    return seen
