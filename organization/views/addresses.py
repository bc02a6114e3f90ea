"""Confirming addresses: one's own, those of people who never log in, and by the link in a mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate, services
from organization.gate import Action, person_of
from organization.models import AddressKind, Person


@require_POST
@gate.require_login
def send_mine(request: HttpRequest, kind: str) -> HttpResponse:
    return _send(request, person_of(request), kind, back=reverse("organization:me"))


@require_POST
@gate.require_login
def confirm_mine(request: HttpRequest, kind: str) -> HttpResponse:
    return _enter(request, person_of(request), kind, back=reverse("organization:me"))


@require_POST
@gate.require(Action.ADMINISTER)
def send_theirs(request: HttpRequest, person_id: int, kind: str) -> HttpResponse:
    whom = get_object_or_404(Person, pk=person_id)
    return _send(request, whom, kind, back=reverse("organization:person", args=[whom.pk]))


@require_POST
@gate.require(Action.ADMINISTER)
def confirm_theirs(request: HttpRequest, person_id: int, kind: str) -> HttpResponse:
    """The code that somebody without a login told the administrator."""
    whom = get_object_or_404(Person, pk=person_id)
    return _enter(request, whom, kind, back=reverse("organization:person", args=[whom.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, link: str) -> HttpResponse:
    """The link of a mail. Opening it changes nothing, since mail programs open links too; the button does."""
    found, refused, done = services.find_link(link=link), "", False
    if request.method == "POST":
        try:
            services.follow_link(link=link)
            done = True
        except services.Refused as error:
            refused = str(error)
    context = {"found": found, "done": done, "refused": refused}
    response = render(request, "organization/confirm.html", context, status=200 if found or done else 404)
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is a secret
    return response


def _send(request: HttpRequest, whom: Person, kind: str, *, back: str) -> HttpResponse:
    try:
        services.send_code(whom=whom, kind=_kind(kind), person=person_of(request))
    except services.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("A code is on its way. It holds for ten minutes."))
    return redirect(back)


def _enter(request: HttpRequest, whom: Person, kind: str, *, back: str) -> HttpResponse:
    code = request.POST.get("code", "")[:20]
    try:
        services.enter_code(whom=whom, kind=_kind(kind), code=code, person=person_of(request))
    except services.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The address is confirmed."))
    return redirect(back)


def _kind(text: str) -> AddressKind:
    try:
        return AddressKind(text)
    except ValueError:
        raise Http404 from None
