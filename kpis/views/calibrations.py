"""Calibrations: the list, and the page on which a lead explains a month and a manager decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kpis import calibration_words, movement_words, target_charts
from kpis.forms.calibrations import CalibrationForm
from kpis.selectors.calibrations import CalibrationPage, calibration_page, calibrations_of
from kpis.services import TargetRefused
from kpis.services.calibrating import NumbersMoved, file_calibration
from organization.gate import Action, can, person_of, require
from organization.services import Refused


@require_safe
@require(Action.VIEW)
def calibrations(request: HttpRequest) -> HttpResponse:
    """`?show=all` also what is approved."""
    found = calibrations_of(
        person_of(request), shown=request.GET.get("show", ""), number=request.GET.get("page", "1")
    )
    return render(request, "kpis/calibrations.html", {"found": found})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def calibration(request: HttpRequest, pk: int) -> HttpResponse:
    """A post files it; with `split` it only divides the total over the months left, for her to look at."""
    person = person_of(request)
    page = calibration_page(person, pk, as_of=timezone.now())
    if request.method != "POST":
        return _show(request, page, CalibrationForm(page) if page.may_file else None)
    if not can(person, Action.SET_TARGETS, page.calibration.scope):
        raise PermissionDenied
    form = CalibrationForm(page, request.POST)
    if "split" in request.POST:
        form.is_valid()
        for name in ("cause", "reason", "plan"):
            form.errors.pop(name, None)  # not sent off yet
        form.split()
        return _show(request, page, form)
    if not page.may_file:
        messages.error(request, _("This has been filed already. Look at it again."))
        return redirect("kpis:calibration", pk=pk)
    if not form.is_valid() or (form.cleaned_data["cause"] == "market" and form.wrong_cells):
        return _show(request, page, form)
    try:
        file_calibration(
            calibration=page.calibration, filing=form.filing(), person=person, as_of=timezone.now()
        )
    except NumbersMoved as moved:
        form.say_moved(moved.current)
        return _show(request, page, form)
    except (Refused, TargetRefused) as refused:
        form.add_error(None, str(refused))
        return _show(request, page, form)
    messages.success(request, _("Filed. Somebody else decides about it."))
    return redirect("kpis:calibration", pk=pk)


def _show(request: HttpRequest, page: CalibrationPage, form: CalibrationForm | None) -> HttpResponse:
    one = page.calibration
    names = {"actual": _("Actual"), "plan": _("Target"), "original": _("Original target")}
    context: dict[str, Any] = {
        "page": page,
        "calibration": one,
        "title": calibration_words.title_of(one),
        "off": calibration_words.off_words(one),
        "last_off": calibration_words.off_words(page.last) if page.last else "",
        "movement": movement_words.piece(page.movement),
        "chart": target_charts.year(page.year, one.metric, names=names),
        "thread": page.thread,
        "form": form,
    }
    return render(request, "kpis/calibration.html", context)
