"""The pages on which managers keep what is measured and judged: metrics and measures, shipped and of one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.periods import Grain, Period
from kpis import charts, services
from kpis.figures import Look
from kpis.forms.metrics import (
    SIDES,
    MeasureForm,
    MetricForms,
    measure_initial,
    rows_errors,
    side_errors,
    with_another_row,
)
from kpis.models import Measure, Metric
from kpis.preview import preview
from kpis.selectors.metrics import being_computed, formula_words, metrics_page
from kpis.services.metrics import check_metric
from kpis.uses import uses_of
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.models import Person, Scope
from organization.selectors import scope_key
from organization.selectors.trees import area_suggestions

METHODS = ["GET", "HEAD", "POST"]


@require_GET
@require(Action.KEEP_METRICS)
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures and the amounts that they are made of."""
    away = request.GET.get("away") == "1"
    return render(request, "kpis/metrics.html", {"page": metrics_page(away=away), "away": away})


@require_http_methods(METHODS)
@require(Action.KEEP_METRICS)
def metric_new(request: HttpRequest) -> HttpResponse:
    return _metric_page(request, None)


@require_http_methods(METHODS)
@require(Action.KEEP_METRICS)
def metric(request: HttpRequest, pk: int) -> HttpResponse:
    return _metric_page(request, get_object_or_404(Metric, pk=pk))


def _metric_page(request: HttpRequest, found: Metric | None) -> HttpResponse:
    person = person_of(request)
    if request.method != "POST":
        return _show(request, person, found, MetricForms.show(found))
    side = request.POST.get("another", "")
    if side in SIDES:
        asked = MetricForms.read(with_another_row(request.POST, side), found)
        asked.form.errors.clear()
        return _show(request, person, found, asked, quiet=True)
    asked = MetricForms.read(request.POST, found)
    if not asked.is_valid():
        return _show(request, person, found, asked)
    try:
        if found is None:
            saved = services.make_metric(draft=asked.draft(), person=person)
        else:
            based_on = asked.form.cleaned_data["revision"] or 0
            saved = services.edit_metric(metric=found, draft=asked.draft(), based_on=based_on, person=person)
    except services.MetricRefused as refused:
        return _show(request, person, found, asked, refused=refused)
    except services.MetricMoved as moved:
        return _show(request, person, moved.current, asked, moved=moved.current)
    messages.success(request, _("Saved."))
    return redirect("kpis:metric", pk=saved.pk)


def _show(
    request: HttpRequest,
    person: Person,
    found: Metric | None,
    asked: MetricForms,
    *,
    refused: services.MetricRefused | None = None,
    moved: Metric | None = None,
    quiet: bool = False,
) -> HttpResponse:
    """`quiet`: nobody has asked to save, so nothing is said about what is not finished."""
    wrong: dict[str, list[str]] = {side: [] for side in SIDES}
    if asked.form.is_bound and not quiet and not asked.fixed:
        wrong = {side: rows_errors(getattr(asked, side)) for side in SIDES}
    if refused is not None:
        if refused.field in SIDES:
            wrong[refused.field].append(str(refused))
        else:
            asked.form.add_error(refused.field if refused.field in asked.form.fields else None, str(refused))
    context: dict[str, Any] = {
        "metric": found,
        "asked": asked,
        "form": asked.form,
        "wrong": wrong,
        "moved": moved,
        "areas": area_suggestions(person),
        "formula": formula_words(found) if found else "",
        "uses": uses_of(found) if found else [],
        "due": being_computed(found) if found else None,
    }
    return render(request, "kpis/metric_form.html", context)


@require_POST
@require(Action.KEEP_METRICS)
def metric_preview(request: HttpRequest) -> HttpResponse:
    """How what stands in the form would have done on an area that she may see; nothing is saved."""
    person = person_of(request)
    text = request.POST.get("metric", "")
    found = (
        get_object_or_404(Metric, pk=int(text))
        if text.isascii() and text.isdigit() and len(text) < 10
        else None
    )
    data = request.POST.copy()
    data["name"] = data.get("name", "").strip() or "-"  # it need not have one yet
    asked = MetricForms.read(data, found)
    context: dict[str, Any] = {}
    if not asked.begun:
        return render(request, "kpis/_metric_preview.html")
    if not asked.is_valid():
        wrong = [*side_errors([asked.form]), *rows_errors(asked.numerator), *rows_errors(asked.denominator)]
        return render(request, "kpis/_metric_preview.html", {"wrong": wrong})
    draft = asked.draft()
    trial = draft.as_metric()
    context["formula"] = formula_words(trial)
    try:
        check_metric(draft)
    except services.MetricRefused as refused:
        return render(request, "kpis/_metric_preview.html", {**context, "wrong": [str(refused)]})
    nodes = asked.form.cleaned_data["area"] or {}
    try:
        scope = get_scope_or_404(person, scope_key(nodes), Action.VIEW)
    except Http404:
        return render(
            request,
            "kpis/_metric_preview.html",
            {**context, "wrong": [_("There is no such area that you may see.")]},
        )
    today = timezone.localdate()
    tried = preview(
        metric=trial,
        nodes=nodes,
        last=Period.containing(today, Grain.MONTH),
        count=asked.form.cleaned_data["months"] or 12,
        target=asked.form.cleaned_data["target"],
        look=Look.at(today=today),
    )
    context |= {
        "trial": trial,
        "tried": tried,
        "area": _label(scope),
        "figure": charts.preview(tried, trial, names={"actual": _("Actual"), "plan": _("Target")}),
    }
    return render(request, "kpis/_metric_preview.html", context)


def _label(scope: Scope) -> str:
    return str(scope.label)


@require_GET
@require(Action.KEEP_METRICS)
def metric_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether its history is still being computed."""
    found = get_object_or_404(Metric, pk=pk)
    return render(request, "kpis/_metric_state.html", {"metric": found, "due": being_computed(found)})


@require_http_methods(METHODS)
@require(Action.KEEP_METRICS)
def metric_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, where something uses it, and puts it away; or brings it back."""
    person = person_of(request)
    found = get_object_or_404(Metric, pk=pk)
    if request.method == "POST":
        try:
            if found.archived_at is None:
                services.put_metric_away(metric=found, person=person, knowing="knowing" in request.POST)
                messages.success(request, _("%(name)s is put away.") % {"name": found.label})
                return redirect("kpis:metrics")
            services.bring_metric_back(metric=found, person=person)
        except services.MetricInUse:
            pass  # the page below says what uses it, and asks
        except services.MetricRefused as refused:
            messages.error(request, str(refused))
            return redirect("kpis:metric", pk=pk)
        else:
            messages.success(request, _("%(name)s is back.") % {"name": found.label})
            return redirect("kpis:metric", pk=pk)
    return render(request, "kpis/metric_put_away.html", {"metric": found, "uses": uses_of(found)})


@require_http_methods(METHODS)
@require(Action.KEEP_METRICS)
def measure_new(request: HttpRequest) -> HttpResponse:
    return _measure_page(request, None)


@require_http_methods(METHODS)
@require(Action.KEEP_METRICS)
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    return _measure_page(request, get_object_or_404(Measure, pk=pk))


def _measure_page(request: HttpRequest, found: Measure | None) -> HttpResponse:
    person = person_of(request)
    initial = measure_initial(found) if found else None
    form = MeasureForm(request.POST or None, measure=found, initial=initial)
    moved = None
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                services.make_measure(draft=form.draft(), person=person)
            else:
                based_on = form.cleaned_data["revision"] or 0
                services.edit_measure(measure=found, draft=form.draft(), based_on=based_on, person=person)
        except services.MeasureRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        except services.MeasureMoved as error:
            moved = error.current
        else:
            messages.success(request, _("Saved."))
            return redirect("kpis:metrics")
    return render(request, "kpis/measure_form.html", {"measure": found, "form": form, "moved": moved})


@require_POST
@require(Action.KEEP_METRICS)
def measure_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts an amount away, or brings it back."""
    person = person_of(request)
    found = get_object_or_404(Measure, pk=pk)
    try:
        if found.archived_at is None:
            services.put_measure_away(measure=found, person=person)
        else:
            services.bring_measure_back(measure=found, person=person)
    except services.MeasureRefused as refused:
        messages.error(request, str(refused))
        return redirect("kpis:measure", pk=pk)
    return redirect("kpis:metrics")
