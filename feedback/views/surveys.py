"""Surveys, what they ask, and what people rate. For who keeps surveys of the whole company."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from feedback.forms.surveys import DriverForm, SurveyForm
from feedback.models import Driver, Survey
from feedback.previews import previews_of
from feedback.selectors import surveys as selectors
from feedback.services import rated as drivers
from feedback.services import surveys as services
from organization.gate import Action, person_of, require
from organization.services import Refused

MOVES = ("up", "down", "away", "back")


@require_GET
@require(Action.KEEP_SURVEYS)
def surveys(request: HttpRequest) -> HttpResponse:
    rows = selectors.survey_rows(timezone.localdate())
    context = {
        "rows": rows,
        "open": sum(row.survey.open for row in rows),
        "answers": sum(row.response.answers for row in rows),
        "days": selectors.DAYS,
    }
    return render(request, "feedback/surveys.html", context)


@require_GET
@require(Action.KEEP_SURVEYS)
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    found = selectors.get_survey_or_404(request.user, pk)
    page = selectors.survey_page(found, timezone.localdate(), request.GET.get("page"))
    context = {
        "page": page,
        "survey": found,
        "previews": previews_of(found, page.drivers),
        "days": selectors.DAYS,
    }
    return render(request, "feedback/survey.html", context)


@require_POST
@require(Action.KEEP_SURVEYS)
def survey_first(request: HttpRequest) -> HttpResponse:
    """The usual one, at a click."""
    chinese = (get_language() or "").startswith("zh")
    made = services.make_first_survey(chinese=chinese, person=person_of(request), now=timezone.now())
    messages.success(request, _("Your first survey is ready. Make a link, and people can answer."))
    return redirect("feedback:survey", pk=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def survey_new(request: HttpRequest) -> HttpResponse:
    form = SurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_survey(draft=form.draft(), person=person_of(request), now=timezone.now())
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The survey is ready. Make a link, and people can answer."))
            return redirect("feedback:survey", pk=made.pk)
    return render(request, "feedback/survey_form.html", {"form": form, "survey": None})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def survey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = selectors.get_survey_or_404(request.user, pk)
    form = SurveyForm(request.POST or None, survey=found)
    if request.method == "POST" and form.is_valid():
        revision = form.cleaned_data["revision"] or 0
        try:
            services.edit_survey(
                survey=found, draft=form.draft(found), revision=revision, person=person_of(request)
            )
        except services.ChangedMeanwhile as refused:
            form.add_error(None, str(refused))
            form.data = form.data.copy()  # type: ignore[attr-defined]  # of a request, so it can be
            form.data["revision"] = str(Survey.objects.values_list("revision", flat=True).get(pk=pk))  # type: ignore[index]
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Saved. The form asks this from now on."))
            return redirect("feedback:survey", pk=pk)
    return render(request, "feedback/survey_form.html", {"form": form, "survey": found})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def rated(request: HttpRequest) -> HttpResponse:
    """What people rate. A post adds one."""
    form = DriverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            drivers.add_driver(**form.cleaned_data, person=person_of(request))
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Added. Choose in which surveys it is rated."))
            return redirect("feedback:rated")
    used, away = selectors.drivers()
    return render(request, "feedback/rated.html", {"form": form, "used": used, "away": away})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def driver(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for it."""
    found = get_object_or_404(Driver, pk=pk)
    form = DriverForm(request.POST or None, initial={"name": found.name, "name_zh": found.name_zh})
    if request.method == "POST" and form.is_valid():
        drivers.rename_driver(driver=found, **form.cleaned_data, person=person_of(request))
        messages.success(request, _("Renamed. Its ratings stay with it."))
        return redirect("feedback:rated")
    return render(request, "feedback/driver.html", {"form": form, "driver": found})


@require_POST
@require(Action.KEEP_SURVEYS)
def driver_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    if act not in MOVES:
        raise Http404
    found, person = get_object_or_404(Driver, pk=pk), person_of(request)
    if act in ("up", "down"):
        drivers.move_driver(driver=found, up=act == "up", person=person)
        return redirect("feedback:rated")
    try:
        drivers.put_away_driver(driver=found, away=act == "away", person=person, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("feedback:rated")
