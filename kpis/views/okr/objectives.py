"""Making, editing, beginning, closing and carrying over objectives."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kpis.forms.okr import ClosingForm, ObjectiveForm, objective_initial, put_refusal
from kpis.models.okr import Level, Objective
from kpis.selectors.okr.access import may_lead, may_set, objective_to_set
from kpis.selectors.okr.choices import supportable
from kpis.selectors.okr.one import one_page
from kpis.selectors.okr.quarters import Quarter, quarter_asked
from kpis.services import okr
from kpis.services.okr import ObjectiveMoved, ObjectiveRefused
from organization.gate import Action, get_scope_or_404, home_scope, person_of, require
from organization.models import Person, Scope
from organization.selectors import scope_key

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@require(Action.VIEW)
def objective_new(request: HttpRequest) -> HttpResponse:
    """For the quarter that the address names."""
    person, today = person_of(request), timezone.localdate()
    quarter = quarter_asked(request.GET.get("quarter", ""), today=today)
    choices = supportable(person, quarter.start)
    if request.method != "POST":
        home = home_scope(person)
        initial = {
            "supports": request.GET.get("supports", ""),
            "area": home.key if home is not None else "company",
            **({} if may_lead(person) else {"owner": person.pk}),
        }
        form = ObjectiveForm(person=person, supportable=choices, initial=initial)
        return _show_form(request, form, quarter)
    form = ObjectiveForm(request.POST, person=person, supportable=choices)
    scope = _settable(form, person) if form.is_valid() else None
    if scope is not None:
        try:
            made = okr.make_objective(
                draft=form.draft(scope=scope, start=quarter.start), person=person, today=today
            )
        except ObjectiveRefused as refused:
            put_refusal(refused, form)
        else:
            messages.success(request, _("It is a draft now. Add its key results, then begin."))
            return redirect("kpis:objective", pk=made.pk)
    return _show_form(request, form, quarter)


@require_http_methods(METHODS)
@require(Action.VIEW)
def objective_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person, today = person_of(request), timezone.localdate()
    found = objective_to_set(person, pk)
    quarter = one_page(person, pk, today=today).quarter
    choices = supportable(person, found.start, but=found)
    if request.method != "POST":
        form = ObjectiveForm(
            person=person, supportable=choices, objective=found, initial=objective_initial(found)
        )
        return _show_form(request, form, quarter, found)
    form = ObjectiveForm(request.POST, person=person, supportable=choices, objective=found)
    moved = None
    scope = _settable(form, person) if form.is_valid() else None
    if scope is not None:
        try:
            okr.edit_objective(
                objective=found,
                draft=form.draft(scope=scope, start=found.start),
                based_on=form.cleaned_data["revision"] or 0,
                person=person,
                today=today,
            )
        except ObjectiveRefused as refused:
            put_refusal(refused, form)
        except ObjectiveMoved as error:
            moved = error.current
        else:
            messages.success(request, _("Saved."))
            return redirect("kpis:objective", pk=pk)
    return _show_form(request, form, quarter, found, moved)


@require_POST
@require(Action.VIEW)
def objective_begin(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = objective_to_set(person, pk)
    try:
        okr.begin_objective(objective=found, person=person, today=timezone.localdate(), now=timezone.now())
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It runs. Its key results are checked in once a week."))
    return redirect("kpis:objective", pk=pk)


@require_POST
@require(Action.VIEW)
def objective_remove(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = objective_to_set(person, pk)
    try:
        okr.remove_objective(objective=found, person=person)
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
        return redirect("kpis:objective", pk=pk)
    messages.success(request, _("The draft is removed."))
    return redirect("kpis:okr")


@require_http_methods(METHODS)
@require(Action.VIEW)
def objective_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what it would come to; a post keeps that, with what there is to say."""
    person, today = person_of(request), timezone.localdate()
    found = objective_to_set(person, pk)
    page = one_page(person, pk, today=today)
    results = [one.key_result for one in page.view.key_results]
    form = ClosingForm(request.POST or None, key_results=results, initial={"revision": found.revision})
    moved = None
    if request.method == "POST" and form.is_valid():
        try:
            okr.close_objective(
                objective=found,
                comment=form.cleaned_data["comment"],
                comments=form.comments,
                based_on=form.cleaned_data["revision"],
                person=person,
                today=today,
                now=timezone.now(),
            )
        except ObjectiveRefused as refused:
            put_refusal(refused, form)
        except ObjectiveMoved as error:
            moved = error.current
        else:
            messages.success(request, _("Closed. What is unfinished can be carried over."))
            return redirect("kpis:objective", pk=pk)
    rows = [(one, form.field_of(one.key_result.pk)) for one in page.view.key_results]
    context: dict[str, Any] = {"page": page, "view": page.view, "form": form, "rows": rows, "moved": moved}
    return render(request, "kpis/okr/close.html", context)


@require_POST
@require(Action.VIEW)
def objective_carry_over(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = objective_to_set(person, pk)
    try:
        made = okr.carry_over(objective=found, person=person, today=timezone.localdate())
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
        return redirect("kpis:objective", pk=pk)
    messages.success(
        request, _("Carried over as a draft. Look at where each key result begins and ends, then begin.")
    )
    return redirect("kpis:objective", pk=made.pk)


def _settable(form: ObjectiveForm, person: Person) -> Scope | None:
    """The area of a valid form, where she may set what it says; else None, and the form says why not."""
    data = form.cleaned_data
    scope = get_scope_or_404(person, scope_key(data["area"] or {}))
    if may_set(person, data["level"], scope, data["owner"]):
        return scope
    field = "level" if data["level"] == Level.COMPANY else "area"
    form.add_error(field, _("You may see this area, but set objectives on it only for yourself."))
    return None


def _show_form(
    request: HttpRequest,
    form: ObjectiveForm,
    quarter: Quarter,
    found: Objective | None = None,
    moved: Objective | None = None,
) -> HttpResponse:
    context = {"form": form, "quarter": quarter, "objective": found, "moved": moved}
    return render(request, "kpis/okr/objective_form.html", context)
