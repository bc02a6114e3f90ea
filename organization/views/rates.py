"""What foreign money is worth: looked up, added, corrected."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate
from organization.gate import Action, person_of
from organization.models import Rate
from organization.rate_forms import RateForm, RatesForm
from organization.selectors.rates import company_currency, rates_page
from organization.services.errors import Refused
from organization.services.rates import RatesSet, remove_rate, set_rates


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.KEEP_RATES)
def rates(request: HttpRequest) -> HttpResponse:
    own = company_currency()
    one, several = RateForm(own=own), RatesForm()
    if request.method == "POST":
        sent: RateForm | RatesForm
        if "text" in request.POST:
            sent = several = RatesForm(request.POST)
        else:
            sent = one = RateForm(request.POST, own=own)
        if sent.is_valid():
            try:
                done = set_rates(entries=sent.entries(), person=person_of(request))
            except Refused as refused:
                sent.add_error(None, str(refused))
            else:
                messages.success(request, _done(done))
                return redirect("organization:rates")
    context = {"own": own, "one": one, "several": several, "page": rates_page(request.GET.get("page"))}
    return render(request, "organization/rates.html", context)


@require_POST
@gate.require(Action.KEEP_RATES)
def remove(request: HttpRequest, rate_id: int) -> HttpResponse:
    remove_rate(rate=get_object_or_404(Rate, pk=rate_id), person=person_of(request))
    messages.success(request, _("Removed. What came in with it keeps it."))
    return redirect("organization:rates")


def _done(done: RatesSet) -> str:
    told = []
    if done.new:
        told.append(ngettext("%(n)s rate added.", "%(n)s rates added.", done.new) % {"n": done.new})
    if done.corrected:
        told.append(
            ngettext("%(n)s rate corrected.", "%(n)s rates corrected.", done.corrected)
            % {"n": done.corrected}
        )
    return " ".join(told) or _("Nothing changed: these rates are known already.")
