"""Who brought the conversions: models side by side, their settings, and files of paths that people send."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels.attribution import Model
from channels.attribution_words import MODELS
from channels.forms.attribution import PathsForm, SettingsForm
from channels.models import PathUpload
from channels.selectors.attribution import attribution_page
from channels.services import attribution_settings as services
from channels.services.attributing import KIND, settings_row
from channels.services.publishing_attribution import codes
from organization.gate import Action, can_somewhere, get_scope_or_404, person_of, require
from organization.models import Person
from organization.selectors.jobs import job_seen, latest_job


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def attribution(request: HttpRequest) -> HttpResponse:
    """Whoever sees the company reads it; a post saves the settings."""
    person = person_of(request)
    get_scope_or_404(person, "company", Action.KEEP_METRICS if request.method == "POST" else Action.VIEW)
    row, moved = settings_row(), False
    form = SettingsForm(request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_settings(
                draft=form.draft(),
                based_on=form.cleaned_data["version"],
                person=person,
                now=timezone.now(),
            )
        except services.SettingsMoved as error:
            # Saving again is then meant: it is based on what she is shown now.
            moved = True
            again = request.POST.copy()
            again["version"] = str(error.current.version)
            form.data = again
        except services.SettingsRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("Saved. Conversions are divided anew."))
            return redirect("channels:attribution")
    return _show(request, person, form, PathsForm(), moved=moved)


@require_POST
@require(Action.KEEP_METRICS)
def run(request: HttpRequest) -> HttpResponse:
    """Has everything divided anew: all touches, or the file of paths that `paths` names."""
    upload = None
    if request.POST.get("paths"):
        upload = get_object_or_404(PathUpload.objects.defer("content"), pk=_number(request.POST["paths"]))
    services.order_run(upload=upload, person=person_of(request), now=timezone.now())
    return redirect(_address(upload))


@require_POST
@require(Action.IMPORT)
def send_paths(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = PathsForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = services.send_paths(
                name=file.name, content=file.read(), person=person, now=timezone.now()
            )
        except services.SettingsRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("The file is kept, and its conversions are being divided."))
            return redirect(_address(upload))
    return _show(request, person, SettingsForm(row=settings_row()), form)


@require_POST
@require(Action.IMPORT)
def remove_paths(request: HttpRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(PathUpload.objects.defer("content"), pk=pk)
    services.remove_paths(upload=upload, person=person_of(request))
    messages.success(request, _("The file is taken away."))
    return redirect("channels:attribution")


def _show(
    request: HttpRequest, person: Person, form: SettingsForm, paths: PathsForm, *, moved: bool = False
) -> HttpResponse:
    asked = request.GET
    upload = None
    if asked.get("paths"):
        upload = get_object_or_404(
            PathUpload.objects.defer("content").select_related("created_by"), pk=_number(asked["paths"])
        )
    row = settings_row()
    page = attribution_page(
        settings=row,
        month=_month(asked.get("month", "")),
        money=asked.get("of") == "revenue",
        upload=upload,
        language=get_language() or "en",
    )
    job = latest_job(kind=KIND, key=services.job_key(upload.pk if upload else None))
    context: dict[str, Any] = {
        "page": page,
        "form": form,
        "paths": paths,
        "moved": moved,
        "job": job_seen(job=job, person=person, now=timezone.now()),
        "published": [MODELS[Model(name)] for name in row.published],
        "columns": ",".join(
            (
                "revenue",
                "cost",
                "roas",
                *(code for one in map(Model, row.published) for code in _columns(one)),
            )
        ),
        "keeps": can_somewhere(person, Action.KEEP_METRICS),
        "imports": can_somewhere(person, Action.IMPORT),
    }
    return render(request, "channels/attribution.html", context)


def _columns(model: Model) -> tuple[str, str]:
    made = codes(model)
    return made.revenue, made.roas


def _address(upload: PathUpload | None) -> str:
    page = reverse("channels:attribution")
    return page if upload is None else f"{page}?paths={upload.pk}"


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def _number(text: str) -> int:
    """0, which nothing has, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
