"""Screens on walls, for those who pair, change and switch them off."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dashboards.forms.walls import ScreenForm
from dashboards.models import Screen
from dashboards.selectors.keeping import pages_to_choose
from dashboards.selectors.walls import (
    get_screen_or_404,
    get_screen_to_revoke_or_404,
    screens_page,
)
from dashboards.services import walls as services
from dashboards.throttling import wait_to_try
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused

READING = ["GET", "HEAD", "POST"]


@require_GET
@require(Action.SHOW_OPENLY)
def screens(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/screens.html", {"rows": screens_page(person_of(request))})


@require_http_methods(READING)
@require(Action.SHOW_OPENLY)
def screen_pair(request: HttpRequest) -> HttpResponse:
    """The code that a screen shows, and what it is to show."""
    person = person_of(request)
    if request.method != "POST":
        initial = {"language": person.language, "theme": "dark", "chosen": ["/"]}
        return _form(request, _typed(request, person, initial=initial))
    wait = wait_to_try(person)
    form = _typed(request, person)
    if wait:
        said = _("Many codes were tried within a minute. Wait %(n)s seconds, then send it again.") % {
            "n": wait
        }
        form.is_valid()
        form.add_error("code", said)
        response = _form(request, form, status=429)
        response["Retry-After"] = str(wait)
        return response
    if form.is_valid():
        try:
            screen = services.pair_screen(
                code=form.cleaned_data["code"], shows=form.shows(), person=person, now=timezone.now()
            )
        except services.WrongCode as refused:
            form.add_error("code", str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            said = _("“%(name)s” is paired. It shows its first page within a few seconds.")
            messages.success(request, said % {"name": screen.name})
            return redirect("dashboards:screens")
    return _form(request, form, status=422)


@require_http_methods(READING)
@require(Action.SHOW_OPENLY)
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_screen_or_404(person, pk)
    if request.method != "POST":
        return _form(request, _typed(request, person, screen=found), screen=found)
    form = _typed(request, person, screen=found)
    if form.is_valid():
        try:
            services.change_screen(screen=found, shows=form.shows(), person=person)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("“%(name)s” is changed.") % {"name": found.name})
            return redirect("dashboards:screens")
    return _form(request, form, screen=found, status=422)


@require_http_methods(READING)
@require(Action.SHOW_OPENLY)
def screen_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once; the list asks in place."""
    person = person_of(request)
    found = get_screen_to_revoke_or_404(person, pk)
    if request.method == "POST":
        services.revoke_screen(screen=found, person=person, now=timezone.now())
        messages.success(request, _("“%(name)s” is switched off.") % {"name": found.name})
        return redirect("dashboards:screens")
    return render(request, "dashboards/screen_revoke.html", {"screen": found})


def _typed(
    request: HttpRequest,
    person: Person,
    *,
    screen: Screen | None = None,
    initial: Mapping[str, object] | None = None,
) -> ScreenForm:
    choices = pages_to_choose(person)
    if screen is not None:
        listed = {address for address, _name in choices}
        pages = [page.address for page in screen.pages.all()]
        initial = {
            "name": screen.name, "seconds": screen.seconds, "theme": screen.theme, "language": screen.language,
            "chosen": [page for page in pages if page in listed],
            "addresses": "\n".join(page for page in pages if page not in listed),
        }  # fmt: skip
    return ScreenForm(
        request.POST if request.method == "POST" else None,
        choices=choices,
        site=request.build_absolute_uri("/"),
        new=screen is None,
        initial=initial,
    )


def _form(
    request: HttpRequest, form: ScreenForm, *, screen: Screen | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "screen": screen, "wall": request.build_absolute_uri("/wall/")}
    return render(request, "dashboards/screen_form.html", context, status=status)
