"""Pages of silences and planned work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts.forms.silences import LongerForm, SilenceForm
from alerts.models import Silence
from alerts.selectors.silences import WORST, SilenceRow, cover_of, silence_row, silences_page
from alerts.services.silences import (
    SilenceDraft,
    SilenceRefused,
    end_silence,
    extend_silence,
    make_silence,
)
from organization.gate import Action, can, person_of, require
from organization.models import DIMENSIONS, Person
from organization.services import ensure_scope

USUALLY = timedelta(hours=4)


@require_GET
@require()
def silences(request: HttpRequest) -> HttpResponse:
    page = silences_page(person_of(request), now=timezone.now())
    return render(request, "alerts/silences.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.MANAGE_ALERTS)
def silence_new(request: HttpRequest) -> HttpResponse:
    """`?area=region:华东` (or `scope`), `&rule=7`, `&metric=revenue`: what it covers to begin with."""
    person, now = person_of(request), timezone.now()
    form = SilenceForm(request.POST or None, initial=_initial(request), person=person)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_silence(draft=_draft(form), person=person, now=now)
        except SilenceRefused as refused:
            form.add_error(refused.at or None, str(refused))
        else:
            said = _("The silence runs.") if made.runs(now) else _("The silence is planned.")
            messages.success(request, said)
            return redirect("alerts:silences")
    return render(request, "alerts/silence_form.html", {"form": form})


@require_POST
@require(Action.MANAGE_ALERTS)
def silence_preview(request: HttpRequest) -> HttpResponse:
    """What the silence that stands in the form would cover, and would have held; nothing is saved."""
    person, now = person_of(request), timezone.now()
    form = SilenceForm(request.POST, person=person)
    form.is_valid()
    asked = form.cleaned_data
    if not request.POST.get("area", "").strip():
        return render(request, "alerts/_silence_cover.html", {"unfinished": True})
    wrong = [
        str(error)
        for name in ("area", "rule", "metric", "up_to_level")
        for error in form.errors.get(name, [])
    ]
    if wrong:
        return render(request, "alerts/_silence_cover.html", {"wrong": wrong[0]})
    silence = Silence(
        scope=asked["area"],
        rule=asked["rule"],
        metric=asked["metric"],
        up_to_level=asked["up_to_level"] or WORST,
    )
    return render(request, "alerts/_silence_cover.html", {"cover": cover_of(person, silence, now=now)})


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    """What it covers; posted, it lasts longer."""
    person, now = person_of(request), timezone.now()
    row = silence_row(person, pk, now=now)
    form = LongerForm(request.POST or None, initial={"until": row.silence.ends_at})
    if request.method == "POST":
        _may_change(person, row)
        if form.is_valid():
            try:
                extend_silence(silence=row.silence, until=form.cleaned_data["until"], person=person, now=now)
            except SilenceRefused as refused:
                form.add_error(refused.at or None, str(refused))
            else:
                messages.success(request, _("It lasts longer."))
                return redirect("alerts:silence", pk=pk)
    context: dict[str, Any] = {
        "row": row,
        "runs": row.silence.runs(now),
        "to_come": row.silence.to_come(now),
        "form": form,
        "cover": cover_of(person, row.silence, now=now),
    }
    return render(request, "alerts/silence.html", context)


@require_POST
@require()
def silence_end(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    row = silence_row(person, pk, now=timezone.now())
    _may_change(person, row)
    end_silence(silence=row.silence, person=person, now=timezone.now())
    messages.success(request, _("The silence has ended. What it held is judged again."))
    return redirect("alerts:silences")


def _may_change(person: Person, row: SilenceRow) -> None:
    """Raises PermissionDenied where she may only look."""
    if not can(person, Action.MANAGE_ALERTS, row.silence.scope):
        raise PermissionDenied


def _initial(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET
    metric = asked.get("metric", "")
    if metric and not metric.isdigit():
        found = SilenceForm.base_fields["metric"].queryset.filter(code=metric[:100]).first()  # type: ignore[attr-defined]
        metric = str(found.pk) if found else ""
    return {
        "area": asked.get("area") or asked.get("scope", ""),
        "rule": asked.get("rule", ""),
        "metric": metric,
        "ends_at": (timezone.now() + USUALLY).replace(second=0, microsecond=0),
    }


def _draft(form: SilenceForm) -> SilenceDraft:
    """The area is made where nobody has pointed to it yet."""
    asked = form.cleaned_data
    nodes = [getattr(asked["area"], dimension) for dimension in DIMENSIONS]
    return SilenceDraft(
        scope=ensure_scope(nodes=[node for node in nodes if node is not None]),
        ends_at=asked["ends_at"],
        reason=asked["reason"],
        starts_at=asked["starts_at"],
        kind=asked["kind"],
        rule=asked["rule"],
        metric=asked["metric"],
        up_to_level=asked["up_to_level"] or WORST,
    )
