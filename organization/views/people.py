"""People and what they are granted; for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate, services
from organization.forms import GrantForm, NewPersonForm, PersonForm
from organization.gate import Action, person_of
from organization.models import Person
from organization.selectors import grants_of, people_with_grants
from organization.selectors.addresses import addresses_of
from organization.selectors.trees import area_suggestions


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def people(request: HttpRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _make(form, person_of(request))
        if made is not None:
            messages.success(request, _("%(name)s has been added.") % {"name": made.label})
            return redirect("organization:person", person_id=made.pk)
    context = {"people": people_with_grants(), "form": form, "areas": area_suggestions(request.user)}
    return render(request, "organization/people.html", context)


def _make(form: NewPersonForm, by: Person) -> Person | None:
    """The person with her first role, or None with the reason on the form."""
    values = form.cleaned_data
    try:
        with transaction.atomic():
            made = services.make_person(
                username=values["username"],
                display_name=values["display_name"],
                email=values["email"],
                language=values["language"],
                password=values["password"],
                person=by,
            )
            if values["role"]:
                scope = services.ensure_scope(nodes=values["area"].values())
                services.grant_role(whom=made, role=values["role"], scope=scope, person=by)
    except services.Refused as refused:
        form.add_error(None, str(refused))
        return None
    except ValidationError as weak:
        form.add_error("password", weak)
        return None
    return made


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    form = PersonForm(request.POST or None, initial=PersonForm.known(whom))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_person(whom=whom, person=person_of(request), **form.cleaned_data)
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization:person", person_id=whom.pk)
    return _page(request, whom, form=form, grant_form=GrantForm())


@require_POST
@gate.require(Action.ADMINISTER)
def add_grant(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, whom, form=PersonForm(initial=PersonForm.known(whom)), grant_form=form)
    scope = services.ensure_scope(nodes=form.cleaned_data["area"].values())
    services.grant_role(whom=whom, role=form.cleaned_data["role"], scope=scope, person=person_of(request))
    messages.success(request, _("%(name)s has this role now.") % {"name": whom.label})
    return redirect("organization:person", person_id=whom.pk)


@require_POST
@gate.require(Action.ADMINISTER)
def remove_grant(request: HttpRequest, person_id: int, grant_id: int) -> HttpResponse:
    grant = get_object_or_404(grants_of(get_object_or_404(Person, pk=person_id)), pk=grant_id)
    try:
        services.revoke_grant(grant=grant, person=person_of(request))
    except services.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The role has been taken away."))
    return redirect("organization:person", person_id=person_id)


def _page(request: HttpRequest, whom: Person, *, form: PersonForm, grant_form: GrantForm) -> HttpResponse:
    context = {
        "whom": whom,
        "form": form,
        "grant_form": grant_form,
        "grants": grants_of(whom),
        "addresses": addresses_of(whom),
        "areas": area_suggestions(request.user),
    }
    return render(request, "organization/person.html", context)
