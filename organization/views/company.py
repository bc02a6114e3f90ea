"""Company settings and the calendar."""

from __future__ import annotations

from django.contrib import messages
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from organization import gate, selectors, services
from organization.forms import CompanyForm
from organization.forms_people import AccountRulesForm
from organization.gate import Action, person_of
from organization.in_use import money_is_kept
from organization.services.account_rules import update_account_rules


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def settings(request: HttpRequest) -> HttpResponse:
    company = selectors.company()
    fields = CompanyForm.base_fields
    form = CompanyForm(request.POST or None, initial={name: getattr(company, name, False) for name in fields})
    if not (request.method == "POST" and money_is_kept()):
        form.fields["sure"].widget = HiddenInput()
    if request.method == "POST" and form.is_valid():
        try:
            services.update_company(person=person_of(request), **form.cleaned_data)
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization:settings")
    return _settings_page(request, form=form)


def _settings_page(
    request: HttpRequest, *, form: CompanyForm | None = None, rules_form: AccountRulesForm | None = None
) -> HttpResponse:
    company = selectors.company()
    if form is None:
        known = {name: getattr(company, name, False) for name in CompanyForm.base_fields}
        form = CompanyForm(initial=known)
        form.fields["sure"].widget = HiddenInput()
    rules = {name: getattr(company, name) for name in AccountRulesForm.base_fields}
    context = {"form": form, "rules_form": rules_form or AccountRulesForm(initial=rules, auto_id="rules-%s")}
    return render(request, "organization/settings.html", context)


@require_GET
@gate.require(Action.VIEW)
def calendar(request: HttpRequest) -> HttpResponse:
    years = selectors.calendar_years()
    asked = request.GET.get("year", "")
    this_year = timezone.localdate().year
    year = int(asked) if asked.isdecimal() and int(asked) in years else this_year
    context = {
        "calendar": selectors.calendar_year(year),
        "years": years,
        "closes_after": selectors.company().close_after_working_days,
    }
    return render(request, "organization/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def account_rules(request: HttpRequest) -> HttpResponse:
    """The rules for accounts; a part of the settings page that is sent by itself."""
    if request.method != "POST":
        return redirect("organization:settings")
    form = AccountRulesForm(request.POST, auto_id="rules-%s")
    if form.is_valid():
        try:
            update_account_rules(person=person_of(request), **form.cleaned_data)
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization:settings")
    return _settings_page(request, rules_form=form)
