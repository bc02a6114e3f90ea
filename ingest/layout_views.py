"""Pages of layouts: what the columns of a file are, asked once; the layouts that there are; one to be changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingest import layout_pages, selectors
from ingest.columns import layout_of
from ingest.errors import FileRefused
from ingest.layout_forms import LayoutForm
from ingest.layout_pages import Question, get_layout_or_404, question
from ingest.models import Import, State
from ingest.preview import Preview, preview
from ingest.saved import in_money, said_in
from ingest.services import layouts as services
from ingest.words import source_name
from organization.gate import Action, person_of, require
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks what the columns of a file are, with a look at how it would go in; then saves the layout and imports."""
    batch = selectors.get_import_or_404(pk)
    if batch.state != State.ASKS:
        return redirect("ingest:import", pk=pk)
    try:
        asked = _asked(request, batch)
    except FileRefused as refused:
        messages.error(request, str(refused))
        return redirect("ingest:import", pk=pk)
    form = _form(request, batch, asked)
    if request.method == "POST" and "look" not in request.POST and form.is_valid():
        try:
            services.answer(batch=batch, plan=form.plan(), saved=asked.saved, person=person_of(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("ingest:import", pk=pk)
    return render(request, "ingest/columns.html", _context(batch, asked, form))


@require_POST
@require(Action.IMPORT)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file would go in by what is chosen now: asked with every change."""
    batch = selectors.get_import_or_404(pk)
    try:
        asked = _asked(request, batch)
        form = _form(request, batch, asked)
        context = _context(batch, asked, form)
    except FileRefused as refused:
        context = {"refused": str(refused)}
    return render(request, "ingest/_preview.html", context)


@require_POST
@require(Action.IMPORT)
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """The file is of a layout that there is already."""
    batch = selectors.get_import_or_404(pk)
    saved = get_layout_or_404(request.POST.get("layout", ""))
    try:
        services.use_layout(batch=batch, saved=saved)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("ingest:import", pk=pk)


@require_POST
@require(Action.IMPORT)
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """The file is not to go in."""
    try:
        services.leave_out(batch=selectors.get_import_or_404(pk), person=person_of(request))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("ingest:import", pk=pk)


@require_POST
@require(Action.IMPORT)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The kept file is to be read otherwise: it asks for its columns anew."""
    try:
        batch = services.ask_again(batch=selectors.get_import_or_404(pk), person=person_of(request))
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("ingest:import", pk=pk)
    return redirect("ingest:columns", pk=batch.pk)


@require_GET
@require(Action.IMPORT)
def layouts(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/layouts.html", {"page": layout_pages.layouts_page()})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.IMPORT)
def layout(request: HttpRequest, code: str) -> HttpResponse:
    """A saved layout, to be looked at and changed. What came in by it stays as it is."""
    saved = get_layout_or_404(code)
    said = said_in(saved)
    initial = LayoutForm.known(
        said, name=saved.name, source=source_name(saved.source), automatic=saved.automatic
    )
    form = LayoutForm(request.POST or None, columns=said.columns, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_layout(plan=form.plan(), saved=saved, person=person_of(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. Files are read by it from now on."))
            return redirect("ingest:layouts")
    rows = [(column, (), role, factor) for column, role, factor in form.rows()]
    context = {"saved": saved, "form": form, "rows": rows, "sources": layout_pages.source_names()}
    return render(request, "ingest/layout.html", context)


@require_POST
@require(Action.IMPORT)
def put_away(request: HttpRequest, code: str) -> HttpResponse:
    """Puts a layout away, or takes it back out."""
    saved = get_layout_or_404(code)
    act = services.take_layout_out if saved.put_away_at else services.put_layout_away
    try:
        act(saved=saved, person=person_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("ingest:layouts")


def _asked(request: HttpRequest, batch: Import) -> Question:
    told = request.POST if request.method == "POST" else request.GET
    line = told.get("line", "")
    try:
        return question(
            batch=batch,
            line=int(line) if line.isascii() and line.isdecimal() and len(line) < 9 else None,
            start=told.get("start", ""),
        )
    except KeyError:
        raise Http404 from None


def _form(request: HttpRequest, batch: Import, asked: Question) -> LayoutForm:
    known = LayoutForm.known(
        asked.said,
        name=asked.saved.name if asked.saved else "",
        source=source_name(asked.saved.source if asked.saved else batch.source) if _whose(asked, batch) else "",
        automatic=asked.saved.automatic if asked.saved else True,
    )  # fmt: skip
    data: Any = request.POST if request.method == "POST" else None
    return LayoutForm(data, columns=asked.said.columns, initial=known)


def _whose(asked: Question, batch: Import) -> bool:
    return asked.saved is not None or batch.source is not None


def _context(batch: Import, asked: Question, form: LayoutForm) -> dict[str, Any]:
    if form.is_bound:
        form.is_valid()
        enough = form.told_enough()
        said = form.said(form.cleaned_data) if enough else None
    else:
        said = asked.said
    rows = [
        (column, samples, role, factor)
        for (column, role, factor), samples in zip(form.rows(), asked.samples, strict=True)
    ]
    return {
        "batch": batch,
        "asked": asked,
        "form": form,
        "rows": rows,
        "sources": layout_pages.source_names(),
        "starts": layout_pages.layouts_page().rows,
        "look": _preview(batch, asked, said) if said else None,
        "missing": [problem for name, told in form.errors.items() if name not in {"name", "source"} for problem in told],
    }  # fmt: skip


def _preview(batch: Import, asked: Question, said: Any) -> Preview | None:
    layout = layout_of(said, asked.headings, code="preview", source_code="preview", source_name="preview")
    if layout is None or batch.state != State.ASKS:
        return None
    return preview(
        batch=batch,
        table=layout_pages.table_of(batch),
        layout=in_money(layout),
        line=asked.line,
        headings=asked.headings,
        today=timezone.localdate(),
    )
