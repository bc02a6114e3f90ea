"""Who approves which amounts, and who stands in for whom."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from decisions.forms import AwayForm, BandForm
from decisions.models import Band
from decisions.selectors import approvals as selectors
from decisions.selectors.rights import today_of
from decisions.services.approvals import add_band, delegate, end_delegation, remove_band
from organization.gate import Action, person_of, require
from organization.models import DIMENSIONS, Scope
from organization.services import Refused, ensure_scope


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.ADMINISTER)
def bands(request: HttpRequest) -> HttpResponse:
    form = BandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_band(**form.values(), person=person_of(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Added. It holds for what is proposed from now on."))
            return redirect("decisions:bands")
    context = {"form": form, "kinds": selectors.bands(), "duty_names": selectors.duty_names()}
    return render(request, "decisions/bands.html", context)


@require_POST
@require(Action.ADMINISTER)
def band_remove(request: HttpRequest, pk: int) -> HttpResponse:
    remove_band(band=get_object_or_404(Band, pk=pk), person=person_of(request))
    messages.success(request, _("Removed. What waits already goes on as it was begun."))
    return redirect("decisions:bands")


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def away(request: HttpRequest) -> HttpResponse:
    """Who decides in her place while she is away, and in whose place she decides."""
    person, now = person_of(request), timezone.now()
    form = AwayForm(request.POST or None, person=person, initial={"first_day": today_of(now)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            delegate(
                to=data["to"], first_day=data["first_day"], last_day=data["last_day"], person=person, as_of=now,
                scope=_standing(data["area"]),
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("%(name)s can decide in your place then.") % {"name": data["to"].label}
            )
            return redirect("decisions:away")
    hers, others = selectors.delegations_of(person, today_of(now))
    return render(request, "decisions/away.html", {"form": form, "hers": hers, "others": others})


@require_POST
@require()
def away_end(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    end_delegation(
        delegation=selectors.get_delegation_or_404(person, pk), person=person, as_of=timezone.now()
    )
    messages.success(request, _("Ended. You decide yourself again."))
    return redirect("decisions:away")


def _standing(scope: Scope | None) -> Scope | None:
    """The area in the database: one that nobody has pointed to yet is made."""
    if scope is None or scope.pk is not None:
        return scope
    nodes = [getattr(scope, dimension) for dimension in DIMENSIONS]
    return ensure_scope(nodes=[node for node in nodes if node is not None])
