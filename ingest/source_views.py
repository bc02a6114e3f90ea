"""Pages of sources: how fresh each is, addresses that are asked at set times, and the nightly check."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.outbound import OutboundRefused
from common.secrets import SecretLost
from ingest import check_pages, services, source_pages
from ingest.errors import FileRefused
from ingest.layouts import find_layout
from ingest.models import Pull
from ingest.pull_forms import PullForm
from ingest.pulling.asking import PullRefused
from ingest.pulling.fetching import Sample, TryAgain
from ingest.reading.tables import open_table
from ingest.services.fetch import look_at
from kpis.reconciling import check_now
from organization.gate import Action, person_of, require


@require_GET
@require(Action.IMPORT)
def sources(request: HttpRequest) -> HttpResponse:
    page = source_pages.sources_page(today=timezone.localdate())
    return render(request, "ingest/sources.html", {"page": page})


@require_GET
@require(Action.IMPORT)
def source(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_pages.get_source_or_404(pk)
    page = source_pages.source_page(found, today=timezone.localdate(), number=request.GET.get("page"))
    return render(request, "ingest/source.html", {"page": page})


# -- Pulls -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def pull_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, Pull())


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def pull_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, source_pages.get_pull_or_404(pk))


def _edit(request: HttpRequest, pull: Pull) -> HttpResponse:
    new = pull.pk is None
    form = PullForm(request.POST or None, instance=pull)
    if request.method == "POST" and form.is_valid():
        test_first = new and request.POST.get("then") == "test"
        changed: Pull = form.instance
        if test_first:
            changed.paused_at = timezone.now()
        if form.cleaned_data["source"] is None and not new:
            changed.source = Pull.objects.select_related("source").get(pk=pull.pk).source
        try:
            services.save_pull(
                pull=changed,
                headers=form.headers,
                secret_query=form.secret_query,
                person=person_of(request),
            )
        except OutboundRefused as refused:
            form.add_error("url", str(refused))
        else:
            if test_first:
                return redirect("ingest:pull_test", pk=changed.pk)
            return redirect("ingest:source", pk=changed.source_id)
    return render(request, "ingest/pull_form.html", {"form": form, "pull": None if new else pull})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def pull_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the first page and shows its first rows; nothing is imported."""
    pull = source_pages.get_pull_or_404(pk)
    context: dict[str, object] = {"pull": pull, "row": source_pages.pull_row(pull)}
    if request.method == "POST":
        with tempfile.TemporaryDirectory() as folder:
            try:
                seen = look_at(pull, folder=Path(folder), today=timezone.localdate())
                context |= {"seen": seen, "fits": _fits(seen, pull.preset)}
            except (TryAgain, PullRefused, OutboundRefused, FileRefused) as refused:
                context["error"] = str(refused)
            except SecretLost:
                context["error"] = _("The keys of this pull cannot be read any more. Type them again.")
    return render(request, "ingest/pull_test.html", context)


def _fits(seen: Sample, preset: str) -> str:
    """Why the rows would not be understood; empty where they are, or there are none."""
    if not seen.rows:
        return ""
    try:
        find_layout(open_table(seen.path).head, preset)
    except FileRefused as refused:
        return str(refused)
    return ""


@require_POST
@require(Action.IMPORT)
def pull_now(request: HttpRequest, pk: int) -> HttpResponse:
    pull = source_pages.get_pull_or_404(pk)
    try:
        services.ask_now(pull=pull, person=person_of(request))
    except services.PullBusy as busy:
        messages.warning(request, str(busy))
    else:
        messages.success(request, _("It is being fetched. What became of it stands below in a moment."))
    return redirect("ingest:source", pk=pull.source_id)


@require_POST
@require(Action.IMPORT)
def pull_pause(request: HttpRequest, pk: int) -> HttpResponse:
    pull = source_pages.get_pull_or_404(pk)
    services.pause_pull(pull=pull, paused=request.POST.get("paused") == "1", person=person_of(request))
    return redirect("ingest:source", pk=pull.source_id)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def pull_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an address away; GET asks."""
    pull = source_pages.get_pull_or_404(pk)
    if request.method != "POST":
        return render(request, "ingest/pull_remove.html", {"pull": pull})
    try:
        services.remove_pull(pull=pull, person=person_of(request))
    except services.PullBusy as busy:
        messages.warning(request, str(busy))
    return redirect("ingest:source", pk=pull.source_id)


# -- Nightly checks ----------------------------------------------------------------------------------


@require_GET
@require(Action.IMPORT)
def checks(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/checks.html", {"page": check_pages.nights_page()})


@require_POST
@require(Action.IMPORT)
def checks_now(request: HttpRequest) -> HttpResponse:
    if not check_now(today=timezone.localdate(), person=person_of(request)):
        messages.warning(request, _("A check is running. See below what it finds."))
    return redirect("ingest:checks")


@require_GET
@require(Action.IMPORT)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    found = check_pages.get_check_or_404(pk)
    context = {"row": check_pages.check_of(found), "differences": check_pages.differences_of(found)}
    return render(request, "ingest/check.html", context)
