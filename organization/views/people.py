"""People: everybody, one person whole, and what she would see; for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organization import gate, previews, services
from organization.area_picker import find_areas
from organization.forms import PersonForm
from organization.forms_people import DutyForm, InviteForm, ListenerForm, ResponsibilityForm, Roles
from organization.gate import Action, person_of
from organization.models import DIMENSIONS, Person
from organization.selectors import grants_of
from organization.selectors.accounts import (
    account_of,
    duties_of,
    duty_names,
    find_people,
    responsibilities_held,
)
from organization.selectors.addresses import addresses_of
from organization.services.invitations import invite_person
from organization.services.people import set_grants

A_PAGE = 100


@require_GET
@gate.require(Action.ADMINISTER)
def people(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("text", "").strip()[:100]
    page = Paginator(find_people(text), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "organization/people.html", {"page": page, "text": text, "now": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def invite(request: HttpRequest) -> HttpResponse:
    by = person_of(request)
    sent = request.method == "POST"
    form = InviteForm(request.POST) if sent else InviteForm(initial={"language": by.language})
    roles = Roles.sent(request.POST) if sent else Roles([], sent=False)
    if sent and not roles.dropped and form.is_valid() and roles.is_valid():
        try:
            granted = [(role, services.ensure_scope(nodes=nodes)) for role, nodes in roles.wanted]
            invitation = invite_person(grants=granted, person=by, now=timezone.now(), **form.cleaned_data)
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request,
                _("%(name)s is invited. The mail goes to %(email)s.")
                % {"name": invitation.person.label, "email": invitation.person.email},
            )
            return redirect("organization:person", person_id=invitation.person_id)
    if sent and roles.dropped:
        form = InviteForm(initial=request.POST.dict())
    return render(request, "organization/invite.html", {"form": form, "roles": roles})


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def add_listener(request: HttpRequest) -> HttpResponse:
    """Somebody who only receives messages."""
    form = ListenerForm(request.POST or None, initial={"language": person_of(request).language})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_person(person=person_of(request), **form.cleaned_data)
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(name)s has been added.") % {"name": made.label})
            return redirect("organization:person", person_id=made.pk)
    return render(request, "organization/listener.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    form = PersonForm(request.POST or None, initial=PersonForm.known(whom))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_person(
                whom=whom, person=person_of(request), **{**form.cleaned_data, "is_active": whom.is_active}
            )
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization:person", person_id=whom.pk)
    return person_page(request, whom, form=form)


@require_POST
@gate.require(Action.ADMINISTER)
def save_roles(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    roles = Roles.sent(request.POST)
    if roles.dropped or not roles.is_valid():
        return person_page(request, whom, roles=roles)
    try:
        wanted = [(role, services.ensure_scope(nodes=nodes)) for role, nodes in roles.wanted]
        added, gone = set_grants(whom=whom, wanted=wanted, person=person_of(request))
    except services.Refused as refused:
        return person_page(request, whom, roles=roles, refused=str(refused))
    messages.success(request, _("Saved.") if added or gone else _("Nothing was changed."))
    return redirect("organization:person", person_id=whom.pk)


@require_POST
@gate.require(Action.ADMINISTER)
def would_see(request: HttpRequest, person_id: int) -> HttpResponse:
    """What she would see with the roles as they stand in the form, before they are saved."""
    whom = get_object_or_404(Person, pk=person_id)
    roles = Roles.sent(request.POST)
    context = {
        "seen": previews.preview(whom=whom, wanted=roles.wanted),
        "broken": not roles.is_valid(),
        "whom": whom,
    }
    return render(request, "organization/_would_see.html", context)


@require_GET
@gate.require(Action.ADMINISTER)
def role_row(request: HttpRequest) -> HttpResponse:
    """One more row for the form of roles."""
    at = request.GET.get("at", "")
    row = Roles.empty_row(int(at) if at.isdecimal() and len(at) < 4 else 0)
    return render(request, "organization/_role_row.html", {"row": row, "at": at})


@require_GET
@gate.require(Action.VIEW)
def area_find(request: HttpRequest) -> JsonResponse:
    found = find_areas(request.user, request.GET.get("q", ""))
    return JsonResponse({"areas": [one.as_json() for one in found]})


def person_page(
    request: HttpRequest,
    whom: Person,
    *,
    form: PersonForm | None = None,
    roles: Roles | None = None,
    duty_form: DutyForm | None = None,
    responsibility_form: ResponsibilityForm | None = None,
    refused: str = "",
) -> HttpResponse:
    """Her whole page, with a form that was refused in its place."""
    form = form or PersonForm(initial=PersonForm.known(whom))
    form.fields.pop("is_active", None)  # closing an account has a page of its own
    today = timezone.localdate()
    roles = roles or Roles.standing(list(grants_of(whom)))
    context = {
        "whom": whom,
        "me": whom.pk == person_of(request).pk,
        "form": form,
        "roles": roles,
        "refused": refused,
        "seen": previews.preview(whom=whom, wanted=roles.wanted if roles.is_sent else standing(whom)),
        "account": account_of(whom, now=timezone.now()),
        "addresses": addresses_of(whom),
        "duties": duties_of(whom),
        "duty_names": duty_names(),
        "duty_form": duty_form or DutyForm(auto_id="duty-%s"),
        "responsibilities": responsibilities_held(whom, since=today),
        "responsibility_form": responsibility_form
        or ResponsibilityForm(auto_id="responsibility-%s", initial={"area": "company", "first_day": today}),
        "today": today,
    }
    return render(request, "organization/person.html", context)


def standing(whom: Person) -> list[previews.Wanted]:
    return [
        (grant.role, [node for node in map(grant.scope.__getattribute__, DIMENSIONS) if node])
        for grant in grants_of(whom)
    ]
