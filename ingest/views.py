"""Pages of imports: send a file, see it go in, mend what did not, take it back."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import reswap, retarget

from ingest import selectors, services
from ingest.errors import FileRefused
from ingest.forms import UploadForm
from ingest.models import Reject, State
from ingest.rejects_csv import csv_lines
from ingest.uploads import upload_refused
from organization.gate import Action, person_of, require


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """What came in, how fresh every source is, and where to send the next file."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        why = upload_refused(request)
        if why:
            form.errors.pop("file", None)
            form.add_error("file", why)
        elif form.is_valid():
            file = form.cleaned_data["file"]
            try:
                batch = services.receive(
                    name=file.name,
                    chunks=file.chunks(),
                    preset=form.cleaned_data["preset"],
                    person=person_of(request),
                )
            except FileRefused as refused:
                form.add_error("file", str(refused))
            else:
                return redirect(
                    "ingest:columns" if batch.state == State.ASKS else "ingest:import", pk=batch.pk
                )
    context = {"page": selectors.imports_page(request.GET.get("page")), "form": form}
    return render(request, "ingest/imports.html", context)


@require_GET
@require(Action.IMPORT)
def import_(request: HttpRequest, pk: int) -> HttpResponse:
    page = selectors.import_page(selectors.get_import_or_404(pk), request.GET.get("page"))
    return render(request, "ingest/import.html", {"page": page})


@require_GET
@require(Action.IMPORT)
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """What a page asks every second while something is done; `seen` is the phase that it shows.

    Answers with the bar alone, until the import itself is over: then with all that there is to say.
    """
    batch = selectors.get_import_or_404(pk)
    seen = request.GET.get("seen", "")
    if not batch.in_work and seen != "figures":
        response = render(request, "ingest/_import.html", {"page": selectors.import_page(batch)})
        return reswap(retarget(response, "#import"), "outerHTML")
    context = {"batch": batch, "work": selectors.work_of(batch), "seen": seen}
    return render(request, "ingest/_work.html", context)


@require_GET
@require(Action.IMPORT)
def rejects(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All rejected lines as CSV, to be mended and sent again."""
    batch = selectors.get_import_or_404(pk)
    lines = csv_lines(
        headings=batch.headings,
        rejects=Reject.objects.filter(batch=batch).order_by("line").iterator(chunk_size=2000),
        language=get_language() or "en",
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = _("%(file)s - rejected lines.csv") % {"file": Path(batch.file_name).stem}
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an import back. Where no script opens the dialog, GET asks."""
    batch = selectors.get_import_or_404(pk)
    if request.method != "POST":
        return render(request, "ingest/undo.html", {"page": selectors.import_page(batch)})
    if not services.ask_undo(batch=batch, person=person_of(request)):
        messages.warning(
            request, _("There is nothing to take back: this import is not done, or was taken back already.")
        )
    return redirect("ingest:import", pk=pk)
