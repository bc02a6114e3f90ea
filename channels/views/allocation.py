"""Where the next yuan goes: curves, a proposal for a coming period, splits of one's own, and sending one on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels import allocation_words as words
from channels.forms.allocation import DEFAULTS, AllocationForm, amounts_asked
from channels.selectors.allocation import AllocationRefused, Curves, curves, proposed, sent_on, tried
from channels.services.allocating import SplitDraft, send_on
from channels.services.responding import KIND, order_curves
from organization.gate import Action, can, get_scope_or_404, person_of, require
from organization.models import Person
from organization.selectors.jobs import job_seen, latest_job
from organization.services import Refused


@require_http_methods(["GET", "HEAD"])
@require(Action.VIEW)
def allocation(request: HttpRequest) -> HttpResponse:
    """Whoever sees the company reads it."""
    person = person_of(request)
    get_scope_or_404(person, "company")
    return _show(request, person)


@require_safe
@require(Action.VIEW)
def what_if(request: HttpRequest) -> HttpResponse:
    """What a split of one's own brings, for sliders: from kept curves alone."""
    person = person_of(request)
    get_scope_or_404(person, "company")
    found, form = curves(), AllocationForm(request.GET)
    if found is None or not form.is_valid():
        return redirect("channels:allocation")
    wish = form.wish(today=timezone.localdate())
    context = {
        "tried": tried(found, wish, amounts_asked(request.GET)),
        "wish": wish,
        "run": found.run,
        "asked": _asked(form),
        "money": words.MONEY,
        "roas": words.ROAS,
        "moved": True,
    }
    return render(request, "channels/_what_if.html", context)


@require_POST
@require(Action.KEEP_METRICS)
def fit(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    get_scope_or_404(person, "company", Action.KEEP_METRICS)
    order_curves(person=person, now=timezone.now())
    return redirect("channels:allocation")


@require_POST
@require(Action.SET_TARGETS)
def send(request: HttpRequest) -> HttpResponse:
    """Sends a split on for a decision; it is the one that was on screen, or is looked at again."""
    person = person_of(request)
    get_scope_or_404(person, "company", Action.SET_TARGETS)
    found, form = curves(), AllocationForm(request.POST)
    if found is None or not form.is_valid():
        return redirect("channels:allocation")
    if request.POST.get("run") != str(found.run.pk):
        return _show(
            request, person, problem=_("The curves have been fitted anew meanwhile. Look at the split again.")
        )
    wish = form.wish(today=timezone.localdate())
    split = tried(found, wish, amounts_asked(request.POST))
    draft = SplitDraft(
        wish.first_day,
        wish.last_day,
        {part.row.node.pk: (part.today, part.amount) for part in split.parts},
        split.gain.mean,
        split.gain.low,
        split.gain.high,
    )
    try:
        proposal = send_on(
            draft=draft,
            summary=words.summary(split, wish),
            why=request.POST.get("why", ""),
            person=person,
            now=timezone.now(),
        )
    except Refused as refused:
        return _show(request, person, problem=str(refused))
    messages.success(request, _("Sent on. Nothing changes before it is approved."))
    return redirect(reverse("decisions:proposal", args=[proposal.pk]))


def _show(request: HttpRequest, person: Person, *, problem: str = "") -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    today, form = timezone.localdate(), AllocationForm(asked)
    company = get_scope_or_404(person, "company")
    found = curves(today=today)
    context: dict[str, Any] = {
        "form": form,
        "problem": problem,
        "curves": found,
        "job": job_seen(job=latest_job(kind=KIND), person=person, now=timezone.now()),
        "keeps": can(person, Action.KEEP_METRICS, company),
        "sends": can(person, Action.SET_TARGETS, company),
        "sent": sent_on(),
        "why": asked.get("why", ""),
        "money": words.MONEY,
        "roas": words.ROAS,
        "lead": words.NOTHING_YET,
    }
    if found is not None and form.is_valid():
        context.update(_divided(found, form, asked))
    status = 422 if problem or not form.is_valid() else 200
    return render(request, "channels/allocation.html", context, status=status)


def _divided(found: Curves, form: AllocationForm, asked: Any) -> dict[str, Any]:
    """A proposal, or why there is none; and a split of one's own, which begins at the proposal."""
    wish = form.wish(today=timezone.localdate())
    own = amounts_asked(asked)
    told: dict[str, Any] = {"wish": wish, "run": found.run, "asked": _asked(form)}
    try:
        one = proposed(found, wish)
    except AllocationRefused as refused:
        told["refused"] = words.refused(refused, wish)
        told["lead"] = told["refused"]
    else:
        told["proposed"] = one
        told["lead"] = words.headline(one, found, wish)
        own = own or {part.row.node.pk: part.amount for part in one.split.parts if not one.costs}
    told["tried"] = tried(found, wish, own)
    return told


def _asked(form: AllocationForm) -> dict[str, str]:
    return {name: str(form.data.get(name, "")) for name in DEFAULTS}
