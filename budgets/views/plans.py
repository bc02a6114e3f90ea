"""Planning a budget: beginning one, its lines, sending the plan, further versions, and the budget's end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from budgets.forms.plans import BudgetForm, NewBudgetForm, PlanLineForm, SendForm
from budgets.models import PlanLine, Version, VersionState
from budgets.money_text import MONEY
from budgets.planning import months_of
from budgets.selectors.plan_rows import rows_of
from budgets.selectors.plans import (
    get_version_or_404,
    newest_version,
    plan_page,
    starts_for,
    visible_versions,
)
from budgets.selectors.rights import get_budget_or_404, may_keep_any
from budgets.services.drafts import change_budget, draft_budget, draft_version, drop_draft
from budgets.services.plan_lines import LineRefused, PlanMoved, drop_line, save_line, set_pools
from budgets.services.plan_starts import copy_budget, start_from_split
from budgets.services.plans import close_budget, send_plan
from decisions.selectors import thread
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_BUDGETS)
def new(request: HttpRequest) -> HttpResponse:
    """Begins a budget: with nothing, as another one, or from a split of money that was accepted."""
    person = person_of(request)
    if not may_keep_any(person):
        raise PermissionDenied
    form = NewBudgetForm(
        request.POST if request.method == "POST" else None, starts=starts_for(person), person=person
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = _begin(form, person)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("The draft is there. Nothing is spent from it before it is approved.")
            )
            return redirect("budgets:version", pk=made.pk)
    return render(request, "budgets/new.html", {"form": form}, status=_status(form))


def _begin(form: NewBudgetForm, person: Person) -> Version:
    beginning, now = form.beginning(), timezone.now()
    source, split = form.source(), form.split()
    if source is not None:
        return copy_budget(source=source, factor=form.times(), beginning=beginning, person=person, now=now)
    if split is not None:
        return start_from_split(proposal=split, beginning=beginning, person=person, now=now)
    assert beginning.first_day is not None
    assert beginning.last_day is not None
    return draft_budget(
        name=beginning.name, first_day=beginning.first_day, last_day=beginning.last_day, owner=beginning.owner,
        person=person, now=now,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the newest plan of a budget; a post begins another version, as the one that it names was."""
    person = person_of(request)
    if request.method != "POST":
        newest = newest_version(get_budget_or_404(person, pk), person)
        if newest is None:
            raise Http404
        return redirect("budgets:version", pk=newest.pk)
    budget = get_budget_or_404(person, pk, Action.KEEP_BUDGETS)
    start = visible_versions(person).filter(budget=budget, pk=_number(request, "start")).first()
    try:
        made = draft_version(budget=budget, person=person, now=timezone.now(), start=start)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("budgets:plan", pk=pk)
    return redirect("budgets:version", pk=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of a plan; a post changes whose the budget is, or its days."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=request.method == "POST")
    if request.method != "POST":
        return show(request, found)
    form = BudgetForm(request.POST, budget=found.budget, revision=found.revision)
    if form.is_valid():
        data = form.cleaned_data
        try:
            change_budget(
                version=found, owner=data["owner"], first_day=data["first_day"], last_day=data["last_day"],
                based_on=data["revision"], person=person, now=timezone.now(),
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("budgets:version", pk=pk)
    return show(request, found, about=form)


@require_POST
@require(Action.VIEW)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for approval of the plan."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=True)
    form = SendForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            send_plan(
                version=found, why=data["why"], based_on=data["revision"], person=person, now=timezone.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Sent. It waits for a decision."))
            return redirect("budgets:version", pk=pk)
    found.refresh_from_db(fields=["state", "revision"])
    return show(request, found, sending=form)


@require_POST
@require(Action.VIEW)
def pools(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the pools their shares of the whole."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=True)
    try:
        set_pools(version=found, based_on=_number(request, "revision"), person=person, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The pools have their shares of the whole budget."))
    return redirect("budgets:version", pk=pk)


@require_POST
@require(Action.VIEW)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throws a draft away."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=True)
    budget_id = found.budget_id
    try:
        drop_draft(version=found, based_on=_number(request, "revision"), person=person)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("budgets:version", pk=pk)
    messages.success(request, _("The draft is gone."))
    if Version.objects.filter(budget=budget_id).exists():
        return redirect("budgets:plan", pk=budget_id)
    return redirect("budgets:overview")


@require_POST
@require(Action.VIEW)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a budget."""
    person = person_of(request)
    budget = get_budget_or_404(person, pk, Action.KEEP_BUDGETS)
    try:
        close_budget(budget=budget, person=person, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The budget is closed: its lines take nothing more."))
    return redirect("budgets:plan", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def plan_line(request: HttpRequest, pk: int, row_pk: int | None = None) -> HttpResponse:
    """A line of a plan, or a new one; a post saves it, or takes it out (`drop`)."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=True)
    row = _row(found, row_pk)
    if request.method != "POST" and found.state != VersionState.DRAFT:
        return redirect("budgets:version", pk=pk)
    if request.method == "POST" and "drop" in request.POST and row is not None:
        try:
            drop_line(version=found, row=row, based_on=_number(request, "revision"), person=person)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        messages.success(request, _("%(name)s is no longer in the plan.") % {"name": row.name})
        return redirect("budgets:version", pk=pk)
    form = _line_form(request.POST if request.method == "POST" else None, found, row, person)
    moved = False
    if request.method == "POST" and form.is_valid():
        try:
            save_line(
                version=found, draft=form.draft(), row=row, based_on=form.cleaned_data["revision"],
                person=person, now=timezone.now(),
            )  # fmt: skip
        except PlanMoved as refused:
            found = get_version_or_404(person, pk, keeps=True)
            row, moved = _row(found, row_pk, gone=True), True
            form.add_error(None, str(refused))
            # Saving again is then meant: it is based on what she is shown now.
            again = request.POST.copy()
            again["revision"] = str(found.revision)
            form.data = again
        except LineRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("budgets:version", pk=pk)
    context = {"money": MONEY, "form": form, "version": found, "row": row, "moved": moved}
    return render(request, "budgets/plan_line.html", context, status=_status(form))


def _row(version: Version, row_pk: int | None, *, gone: bool = False) -> PlanLine | None:
    """Raises Http404 where the plan has no such line."""
    if row_pk is None:
        return None
    row = next((one for one in rows_of(version) if one.pk == row_pk), None)
    if row is None and not gone:
        raise Http404
    return row


def _line_form(data: Any, version: Version, row: PlanLine | None, person: Person) -> PlanLineForm:
    parts = months_of(version.budget.first_day, version.budget.last_day)
    return PlanLineForm(data, parts=parts, row=row, revision=version.revision, person=person)


def show(
    request: HttpRequest,
    found: Version,
    *,
    about: BudgetForm | None = None,
    sending: SendForm | None = None,
    faults: Any = (),
    status: int = 200,
) -> HttpResponse:
    """The page of a version, with forms that were not right."""
    person = person_of(request)
    page = plan_page(found, person)
    around = thread(person, Version.KIND, found.pk, as_of=timezone.now())
    again = {"revision": found.revision}
    if sending is not None:
        sending.data = {"why": sending.data.get("why", ""), **again}
    context = {
        "money": MONEY,
        "page": page,
        "version": found,
        "budget": found.budget,
        "about": (about or BudgetForm(None, budget=found.budget, revision=found.revision))
        if page.works
        else None,
        "sending": (sending or SendForm(None, initial=again)) if page.works else None,
        "thread": around,
        "proposal": around.proposal,
        "decision_back": reverse("budgets:version", args=[found.pk]),
        "faults": faults,
    }
    wrong = (about is not None and about.errors) or (sending is not None and sending.errors)
    return render(request, "budgets/version.html", context, status=422 if wrong else status)


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
