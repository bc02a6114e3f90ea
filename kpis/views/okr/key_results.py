"""Key results, milestones and check-ins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kpis.forms.okr import (
    BaseMilestones,
    CheckInForm,
    KeyResultForm,
    key_result_initial,
    milestone_rows,
    put_refusal,
)
from kpis.models.okr import How, KeyResult, Objective
from kpis.selectors.okr.access import (
    key_result_to_check_in,
    key_result_to_set,
    milestone_to_tick,
    objective_to_set,
)
from kpis.services import okr
from kpis.services.okr import KeyResultDraft, KeyResultMoved, MilestoneDraft, ObjectiveRefused
from kpis.views.okr.looking import show_objective
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.models import Person, Scope
from organization.selectors import scope_key

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@require(Action.VIEW)
def key_result_new(request: HttpRequest, pk: int) -> HttpResponse:
    """One more key result of an objective."""
    person = person_of(request)
    found = objective_to_set(person, pk)
    if request.method != "POST":
        form = KeyResultForm(person=person, initial={"area": found.scope.key, "weight": "1"})
        return _show(request, found, form, milestone_rows())
    form, rows = KeyResultForm(request.POST, person=person), milestone_rows(request.POST)
    draft, places = _draft(form, rows, person)
    if draft is not None:
        try:
            okr.add_key_result(objective=found, draft=draft, person=person, today=timezone.localdate())
        except ObjectiveRefused as refused:
            put_refusal(refused, form, rows, places)
        else:
            messages.success(request, _("Added."))
            return redirect("kpis:objective", pk=pk)
    return _show(request, found, form, rows)


@require_http_methods(METHODS)
@require(Action.VIEW)
def key_result_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = key_result_to_set(person, pk)
    if request.method != "POST":
        form = KeyResultForm(person=person, key_result=found, initial=key_result_initial(found))
        return _show(request, found.objective, form, milestone_rows(of=found), found)
    form = KeyResultForm(request.POST, person=person, key_result=found)
    rows = milestone_rows(request.POST)
    draft, places = _draft(form, rows, person)
    moved = None
    if draft is not None:
        try:
            okr.edit_key_result(
                key_result=found,
                draft=draft,
                based_on=form.cleaned_data["revision"] or 0,
                person=person,
                today=timezone.localdate(),
            )
        except ObjectiveRefused as refused:
            put_refusal(refused, form, rows, places)
        except KeyResultMoved as error:
            moved = error.current
        else:
            messages.success(request, _("Saved."))
            return redirect("kpis:objective", pk=found.objective_id)
    return _show(request, found.objective, form, rows, found, moved)


@require_POST
@require(Action.VIEW)
def key_result_remove(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = key_result_to_set(person, pk)
    try:
        okr.remove_key_result(key_result=found, person=person, today=timezone.localdate(), now=timezone.now())
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Removed. Its check-ins stay on record."))
    return redirect("kpis:objective", pk=found.objective_id)


@require_POST
@require(Action.VIEW)
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """This week's check-in; what is wrong in it is said on the objective's page, where it was typed."""
    person = person_of(request)
    found = key_result_to_check_in(person, pk)
    form = CheckInForm(request.POST, key_result=found)
    if form.is_valid():
        data = form.cleaned_data
        try:
            okr.check_in(
                key_result=found,
                value=data.get("value"),
                confidence=data["confidence"],
                note=data["note"],
                person=person,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except ObjectiveRefused as refused:
            put_refusal(refused, form)
            if refused.field not in form.fields:  # the form may not be there any more
                messages.error(request, str(refused))
        else:
            messages.success(request, _("Checked in for this week: %(title)s.") % {"title": found.title})
            return _back_to(found)
    return show_objective(request, person, found.objective_id, checking_in=form)


@require_POST
@require(Action.VIEW)
def milestone_tick(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    milestone = milestone_to_tick(person, pk)
    try:
        okr.tick_milestone(
            milestone=milestone,
            done=request.POST.get("done") == "1",
            person=person,
            today=timezone.localdate(),
            now=timezone.now(),
        )
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
    return _back_to(milestone.key_result)


def _back_to(key_result: KeyResult) -> HttpResponse:
    url = reverse("kpis:objective", args=[key_result.objective_id])
    return redirect(f"{url}#kr-{key_result.pk}")


def _draft(
    form: KeyResultForm, rows: BaseMilestones, person: Person
) -> tuple[KeyResultDraft | None, list[int]]:
    """What both say; None where something in them is wrong. Rows of milestones count only where they are asked for."""
    stepped = form.data.get("how") == How.MILESTONES
    if not form.is_valid() or (stepped and not rows.is_valid()):
        return None, []
    milestones: list[MilestoneDraft] = []
    places: list[int] = []
    if stepped:
        milestones, places = rows.drafts()
    return form.draft(scope=_scope(form, person), milestones=milestones), places


def _scope(form: KeyResultForm, person: Person) -> Scope | None:
    """The area of the figure, through the gate."""
    if form.cleaned_data["how"] != How.METRIC:
        return None
    return get_scope_or_404(person, scope_key(form.cleaned_data["area"]))


def _show(
    request: HttpRequest,
    objective: Objective,
    form: KeyResultForm,
    rows: BaseMilestones,
    found: KeyResult | None = None,
    moved: KeyResult | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "objective": objective,
        "form": form,
        "rows": rows,
        "key_result": found,
        "moved": moved,
    }
    return render(request, "kpis/okr/key_result_form.html", context)
