"""Scores, the cards they are made by, and the plans of those who fell behind."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.periods import Grain, Period
from kpis.charts import score_trend
from kpis.forms.scorecards import CardForm, NoteForm, PlanForm, draft_of, read_rows, rows_of
from kpis.models import ImprovementPlan, Metric, Perspective, Score, Scorecard
from kpis.selectors.scorecards import (
    manages,
    mentors_for,
    one_score,
    planned_score_or_404,
    score_or_404,
    score_page,
    writes,
)
from kpis.services.scorecards import (
    CardMoved,
    change_plan,
    close_plan,
    keep_card,
    note_progress,
    open_plan,
    put_card_away,
    score_open_periods,
)
from organization.gate import Action, can, person_of, require
from organization.models import Person
from organization.selectors import company
from organization.services import Refused

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


@require_http_methods(["GET", "HEAD"])
@require(Action.VIEW)
def scorecards(request: HttpRequest) -> HttpResponse:
    """Who stands where, by one card and period."""
    person = person_of(request)
    period = _period(request.GET.get("period", ""), timezone.localdate(), company().fiscal_year_start)
    page = score_page(person, card=request.GET.get("card", ""), period=period)
    context = {
        "page": page,
        "sets_up": can(person, Action.KEEP_METRICS),
        "grains": [
            (grain, Period.containing(period.start, grain, fiscal_start=period.fiscal_start))
            for grain in GRAINS
        ],
        "before": period.next(-1),
        "after": period.next(),
    }
    return render(request, "kpis/scorecards/scorecards.html", context)


def _period(text: str, today: date, fiscal_start: int) -> Period:
    """What is asked for; else the last month that is over, since a running one says little in its first days."""
    try:
        period = Period.parse(text, fiscal_start=fiscal_start)
    except ValueError:
        period = None
    if period is not None and period.grain in GRAINS and 1991 < period.start.year < 2100:
        return period
    return Period.containing(today, Grain.MONTH, fiscal_start=fiscal_start).next(-1)


@require_http_methods(["GET", "HEAD"])
@require(Action.VIEW)
def scorecard_score(request: HttpRequest, pk: int) -> HttpResponse:
    """One score: its perspectives, its figures, how it went before."""
    person = person_of(request)
    score = score_or_404(person, pk)
    one = one_score(person, score)
    context = {
        "one": one,
        "score": score,
        "period": Period(Grain(score.grain), score.start, company().fiscal_year_start),
        "trend": score_trend(
            [past.start.isoformat() for past in one.trend],
            [past.value for past in one.trend],
            name=_("Score"),
            grain=score.grain,
        )
        if len(one.trend) > 1
        else None,
        "plan": ImprovementPlan.objects.filter(score=score).first(),
        "may_plan": manages(person, score),
    }
    return render(request, "kpis/scorecards/score.html", context)


# -- Setting up -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@require(Action.KEEP_METRICS)
def setup(request: HttpRequest) -> HttpResponse:
    cards = Scorecard.objects.filter(archived_at__isnull=True).prefetch_related("lines__metric")
    return render(request, "kpis/scorecards/setup.html", {"cards": cards})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_METRICS)
def card_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_METRICS)
def card_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Scorecard, pk=pk, archived_at__isnull=True))


def _edit(request: HttpRequest, card: Scorecard | None) -> HttpResponse:
    form = CardForm(request.POST or None, card=card)
    rows = rows_of(card)
    if request.method == "POST":
        rows, lines = read_rows(request.POST)
        if form.is_valid() and not any(row.error for row in rows):
            version = request.POST.get("revision", "")
            based_on = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
            try:
                keep_card(
                    draft=draft_of(form.cleaned_data, lines),
                    person=person_of(request),
                    card=card,
                    based_on=based_on,
                )
            except Refused as refused:
                form.add_error(None, str(refused))
            except CardMoved:
                form.add_error(None, _("Somebody has changed this card meanwhile. Open it again to see how."))
            else:
                score_open_periods(today=timezone.localdate(), fiscal_start=company().fiscal_year_start)
                messages.success(request, _("The scorecard is kept, and scores are computed by it."))
                return redirect("kpis:scorecard_setup")
    context = {
        "form": form,
        "card": card,
        "rows": rows,
        "metrics": Metric.objects.in_use(),
        "perspectives": Perspective.choices,
    }
    return render(request, "kpis/scorecards/card.html", context)


@require_POST
@require(Action.KEEP_METRICS)
def card_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    card = get_object_or_404(Scorecard, pk=pk, archived_at__isnull=True)
    put_card_away(card=card, person=person_of(request))
    messages.success(request, _("The scorecard is put away. Its scores stay."))
    return redirect("kpis:scorecard_setup")


# -- Plans ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of the person whose score this is: seen by her, her mentor's and managers' to write."""
    person = person_of(request)
    score = planned_score_or_404(person, pk)
    found = ImprovementPlan.objects.filter(score=score).select_related("mentor").first()
    may_manage = manages(person, score)
    if found is None and not may_manage:
        raise PermissionDenied
    may_write = writes(person, score, found)
    goal_form = PlanForm(
        request.POST if request.POST.get("do") == "goal" else None,
        mentors=mentors_for(score),
        initial={"goal": found.goal, "mentor": found.mentor_id} if found else None,
    )
    note_form = NoteForm(request.POST if request.POST.get("do") == "note" else None)
    if request.method == "POST":
        done = _post(request, person, score, found, may_manage, may_write, goal_form, note_form)
        if done:
            return redirect("kpis:scorecard_plan", pk=pk)
    context = {
        "score": score,
        "plan": found,
        "manages": may_manage,
        "writes": may_write and found is not None and found.closed_at is None,
        "goal_form": goal_form,
        "note_form": note_form,
        "notes": found.notes.select_related("by") if found else (),
        "period": Period(Grain(score.grain), score.start, company().fiscal_year_start),
    }
    return render(request, "kpis/scorecards/plan.html", context)


def _post(
    request: HttpRequest,
    person: Person,
    score: Score,
    found: ImprovementPlan | None,
    may_manage: bool,
    may_write: bool,
    goal_form: PlanForm,
    note_form: NoteForm,
) -> bool:
    """Does what was asked; False where a form is to be mended. Raises PermissionDenied."""
    asked = request.POST.get("do")
    try:
        if asked == "note" and found is not None:
            if not may_write:
                raise PermissionDenied
            if not note_form.is_valid():
                return False
            note_progress(plan=found, text=note_form.cleaned_data["text"], person=person)
            return True
        if not may_manage:
            raise PermissionDenied
        if asked == "close" and found is not None:
            close_plan(plan=found, person=person)
            return True
        if asked != "goal" or not goal_form.is_valid():
            return False
        goal, mentor = goal_form.cleaned_data["goal"], goal_form.cleaned_data["mentor"]
        if found is None:
            open_plan(of=score, goal=goal, mentor=mentor, person=person)
        else:
            change_plan(plan=found, goal=goal, mentor=mentor, person=person)
    except Refused as refused:
        messages.error(request, str(refused))
    return True
