"""In the open: who may look at a budget, what became of a line, and questions on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms.open import AREAS, MEMBERS, AnswerForm, AudienceForm, QuestionForm
from budgets.models import Budget
from budgets.selectors.audience import audience_of
from budgets.selectors.history import history_of
from budgets.selectors.questions import get_question_or_404, may_answer, questions_page
from budgets.selectors.rights import get_budget_or_404, get_line_or_404
from budgets.services import audience, questions
from common.listing import listed
from organization.gate import Action, can, person_of, require
from organization.models import Person, Scope
from organization.services import Refused, ensure_scope


@require_safe
@require(Action.VIEW)
def question_list(request: HttpRequest) -> HttpResponse:
    page = questions_page(person_of(request), now=timezone.now(), page=request.GET.get("page"))
    return render(request, "budgets/questions.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """A question on a line; asked, the reader is back at the line."""
    person = person_of(request)
    line = get_line_or_404(person, pk)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            questions.ask(line=line, text=form.cleaned_data["text"], person=person, now=timezone.now())
        except Refused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("Asked. You get a mail when it is answered."))
            return redirect(reverse("budgets:line", args=[line.pk]) + "#questions")
    return render(request, "budgets/ask.html", {"line": line, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """A question with its answer, or the form to answer it."""
    person, now = person_of(request), timezone.now()
    found = get_question_or_404(person, pk)
    hers = may_answer(person, found)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not hers:
            raise PermissionDenied
        if form.is_valid():
            try:
                questions.answer(question=found, text=form.cleaned_data["text"], person=person, now=now)
            except Refused as refused:
                form.add_error(None, str(refused))
                found = get_question_or_404(person, pk)
            else:
                messages.success(request, _("Answered, on record."))
                return redirect("budgets:question", found.pk)
    context = {
        "question": found,
        "line": found.line,
        "form": form,
        "hers": hers,
        "late": found.answered_at is None and found.due_at <= now,
    }
    return render(request, "budgets/question.html", context)


@require_safe
@require(Action.VIEW)
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """`?before=2026-08-01T10:00:00+08:00`: older than that."""
    line = get_line_or_404(person_of(request), pk)
    before = _moment(request.GET.get("before", ""))
    return render(
        request,
        "budgets/history.html",
        {"line": line, "history": history_of(line, before=before), "later": before is not None},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_BUDGETS)
def who_looks(request: HttpRequest, pk: int) -> HttpResponse:
    """To whom a budget is open."""
    person = person_of(request)
    budget = get_budget_or_404(person, pk, Action.KEEP_BUDGETS)
    now_open = audience_of(budget)
    if request.method == "POST":
        form = AudienceForm(request.POST, person=person, standing=list(now_open.areas))
        if form.is_valid():
            areas = [scope if scope.pk else _made(scope) for scope in form.areas()]
            based_on = form.cleaned_data["based_on"].split()
            try:
                audience.set_audience(
                    budget=budget, areas=areas, based_on=based_on, person=person, now=timezone.now()
                )
            except audience.AudienceMoved:
                form.add_error(None, _("Somebody changed this meanwhile. Look at it again, then save yours."))
                now_open = audience_of(budget)
            else:
                messages.success(request, _said(areas))
                return redirect("budgets:audience", budget.pk)
    else:
        form = _form_of(budget, now_open.areas, request)
    context = {
        "budget": budget,
        "audience": now_open,
        "based_on": " ".join(now_open.keys),
        "form": form,
        "areas": _kept(form, now_open.areas, person),
    }
    return render(request, "budgets/audience.html", context)


@dataclass(frozen=True)
class Kept:
    """An area that the budget is closed to, as the form shows it."""

    key: str
    label: str
    kept: bool


def _kept(form: AudienceForm, areas: tuple[Scope, ...], person: Person) -> list[Kept]:
    """An area that is not hers to see has no name, but stays until she takes it out."""
    ticked = set(form.data.getlist("keep")) if form.is_bound else {scope.key for scope in areas}  # type: ignore[attr-defined]
    return [
        Kept(
            scope.key,
            scope.label if can(person, Action.VIEW, scope) else _("An area that is not yours to see"),
            scope.key in ticked,
        )
        for scope in areas
    ]


def _form_of(budget: Budget, areas: tuple[Scope, ...], request: HttpRequest) -> AudienceForm:
    initial = {"open_to": AREAS if areas else MEMBERS}
    return AudienceForm(initial=initial, person=person_of(request), standing=list(areas))


def _made(scope: Scope) -> Scope:
    """A crossing that nobody has pointed to yet."""
    return ensure_scope(nodes=[getattr(scope, dimension) for dimension in scope.node_ids()])


def _said(areas: list[Scope]) -> str:
    if not areas:
        return _("Saved. Every member may look at this budget.")
    return _("Saved. Who sees one of these areas may look: %(areas)s.") % {
        "areas": listed(scope.label for scope in areas)
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    return found if found.tzinfo is not None else None
