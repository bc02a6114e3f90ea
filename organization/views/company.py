"""Company settings, the calendar, and the history of changes."""

from __future__ import annotations

from django.contrib import messages
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from organization import gate, selectors, services
from organization.forms import AuditFilterForm, CompanyForm
from organization.gate import Action, person_of
from organization.in_use import money_is_kept
from organization.models import Person
from organization.selectors import AuditFilter
from organization.words import action_in_words, details_in_words


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
    return render(request, "organization/settings.html", {"form": form})


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


@require_GET
@gate.require(Action.ADMINISTER)
def audit(request: HttpRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    actions = selectors.audited_actions()
    form.fields["action"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
        ("", _("Everything")),
        *((action, action_in_words(action)) for action in actions),
    ]
    wanted = form.cleaned_data if form.is_valid() else {}
    who = wanted.get("person", "").strip()
    person = Person.objects.filter(username__iexact=who).first() if who else None
    if who and person is None and "person" not in form.errors:
        form.add_error("person", _("Nobody has this user name."))
    page = selectors.audit_entries(
        AuditFilter(
            action=wanted.get("action", ""),
            text=wanted.get("text", ""),
            person=person,
            first_day=wanted.get("first_day"),
            last_day=wanted.get("last_day"),
            before=wanted.get("before"),
        )
    )
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "rows": [
            (entry, action_in_words(entry.action), details_in_words(entry.details)) for entry in page.entries
        ],
        "older": page.older,
        "query": query.urlencode(),
        "filtered": any(value for name, value in wanted.items() if name != "before"),
    }
    return render(request, "organization/audit.html", context)
