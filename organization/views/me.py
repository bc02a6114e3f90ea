"""One's own preferences."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import formats
from organization import gate, services
from organization.forms import PreferencesForm
from organization.gate import person_of
from organization.selectors import grants_of
from organization.selectors.addresses import addresses_of

A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require_login
def me(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = PreferencesForm(request.POST or None, initial=PreferencesForm.known(person))
    if request.method == "POST" and form.is_valid():
        changed = services.change_person(
            whom=person, person=person, email=person.email, is_active=person.is_active, **form.cleaned_data
        )
        translation.activate(changed.language)
        messages.success(request, _("Saved."))
        response = redirect("organization:me")
        # The language button's cookie would win over what has just been chosen.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            changed.language,
            max_age=A_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
        )
        return response
    company = gate.company_of(request)
    return render(
        request,
        "organization/me.html",
        {
            "form": form,
            "grants": grants_of(person),
            "addresses": addresses_of(person),
            "company": company,
            "fiscal_start": formats.short_day(
                date(2000, company.fiscal_year_start, 1), translation.get_language() or person.language
            ),
        },
    )
