"""The parts of a person's page that are posted to: duties, responsibilities, how she gets in, leaving and coming back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate, services
from organization.forms_people import DutyForm, EndForm, LeavingForm, ResponsibilityForm
from organization.gate import Action, person_of
from organization.models import Duty, Person, Responsibility
from organization.selectors.accounts import held_by
from organization.services.factors import reset_factors
from organization.services.invitations import send_invitation, withdraw_invitation
from organization.services.leaving import deactivate_person, end_sessions, reactivate_person
from organization.views.people import person_page


@require_POST
@gate.require(Action.ADMINISTER)
def add_duty(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    form = DutyForm(request.POST, auto_id="duty-%s")
    if form.is_valid():
        scope = services.ensure_scope(nodes=form.cleaned_data["area"].values())
        try:
            services.assign_duty(
                name=form.cleaned_data["name"], scope=scope, whom=whom, person=person_of(request)
            )
        except services.Refused as refused:
            form.add_error("name", str(refused))
        else:
            return _back(request, whom, _("The duty holds from now on."))
    return person_page(request, whom, duty_form=form)


@require_POST
@gate.require(Action.ADMINISTER)
def remove_duty(request: HttpRequest, person_id: int, duty_id: int) -> HttpResponse:
    duty = get_object_or_404(Duty.objects.select_related("person", "scope"), pk=duty_id, person_id=person_id)
    services.remove_duty(duty=duty, person=person_of(request))
    return _back(request, duty.person, _("The duty has been taken away."))


@require_POST
@gate.require(Action.ADMINISTER)
def add_responsibility(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    form = ResponsibilityForm(request.POST, auto_id="responsibility-%s")
    if form.is_valid():
        scope = services.ensure_scope(nodes=form.cleaned_data.pop("area").values())
        try:
            services.assign_responsibility(
                scope=scope, whose=whom, person=person_of(request), **form.cleaned_data
            )
        except services.Refused as refused:
            form.add_error("last_day", str(refused))
        else:
            return _back(request, whom, _("Saved."))
    return person_page(request, whom, responsibility_form=form)


@require_POST
@gate.require(Action.ADMINISTER)
def end_responsibility(request: HttpRequest, person_id: int, responsibility_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    found = get_object_or_404(
        Responsibility.objects.select_related("scope"), pk=responsibility_id, person=whom
    )
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say on which day it ends."))
        return redirect("organization:person", person_id=whom.pk)
    try:
        services.end_responsibility(
            responsibility=found, last_day=form.cleaned_data["last_day"], person=person_of(request)
        )
    except services.Refused as refused:
        messages.error(request, str(refused))
        return redirect("organization:person", person_id=whom.pk)
    return _back(request, whom, _("Saved."))


@require_POST
@gate.require(Action.ADMINISTER)
def send_invite(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    try:
        send_invitation(whom=whom, person=person_of(request), now=timezone.now())
    except services.Refused as refused:
        messages.error(request, str(refused))
        return redirect("organization:person", person_id=whom.pk)
    return _back(request, whom, _("A new link is on its way. The one before no longer works."))


@require_POST
@gate.require(Action.ADMINISTER)
def withdraw_invite(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    withdraw_invitation(whom=whom, person=person_of(request), now=timezone.now())
    return _back(request, whom, _("The link no longer works."))


@require_POST
@gate.require(Action.ADMINISTER)
def reset(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    try:
        reset_factors(whom=whom, person=person_of(request), now=timezone.now())
    except services.Refused as refused:
        messages.error(request, str(refused))
        return redirect("organization:person", person_id=whom.pk)
    return _back(request, whom, _("The second factor is gone, and the account is logged out."))


@require_POST
@gate.require(Action.ADMINISTER)
def log_out(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    end_sessions(whom=whom, person=person_of(request), now=timezone.now())
    return _back(request, whom, _("The account is logged out everywhere."))


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """What she holds, and to whom each kind goes."""
    whom = get_object_or_404(Person, pk=person_id)
    if not whom.is_active:
        return redirect("organization:person", person_id=whom.pk)
    held = held_by(whom)
    form = LeavingForm(request.POST if request.method == "POST" else None, whom=whom, held=held)
    if request.method == "POST" and form.is_valid():
        try:
            went = deactivate_person(
                whom=whom, to=form.decided(), person=person_of(request), now=timezone.now()
            )
        except services.Refused as refused:
            form.add_error(None, str(refused))
        else:
            count = sum(went.values())
            said = ngettext(
                "%(n)s thing was handed over or ended.", "%(n)s things were handed over or ended.", count
            )
            return _back(
                request,
                whom,
                _("%(name)s can no longer get in.") % {"name": whom.label}
                + (" " + said % {"n": count} if count else ""),
            )
    kinds = [(holding, names, form[holding.code]) for holding, names in held]
    return render(request, "organization/leave.html", {"whom": whom, "form": form, "kinds": kinds})


@require_POST
@gate.require(Action.ADMINISTER)
def come_back(request: HttpRequest, person_id: int) -> HttpResponse:
    whom = reactivate_person(whom=get_object_or_404(Person, pk=person_id), person=person_of(request))
    return _back(request, whom, _("%(name)s can get in again.") % {"name": whom.label})


def _back(request: HttpRequest, whom: Person, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("organization:person", person_id=whom.pk)
