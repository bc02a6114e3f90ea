"""Kept views and the start page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboards.forms.keeping import ViewForm
from dashboards.navigation import name_of_page
from dashboards.read_for import Unreadable, read_for
from dashboards.selectors.keeping import get_view_or_404, start_of, views_of_page, views_page
from dashboards.services import keeping as services
from dashboards.shareable import Address, NotShareable, address_of
from organization.gate import Action, person_of, require, require_login
from organization.models import Person
from organization.services import Refused

READING = ["GET", "HEAD", "POST"]


@require_GET
@require(Action.VIEW)
def views(request: HttpRequest) -> HttpResponse:
    """All that she finds; to htmx, with `?page=/address/`, those of that page for its menu."""
    person = person_of(request)
    if request.headers.get("HX-Request"):
        found = views_of_page(person, request.GET.get("page", "")[:2000])
        return render(request, "dashboards/_views_found.html", {"views": found, "person": person})
    return render(request, "dashboards/views.html", {"page": views_page(person)})


@require_http_methods(READING)
@require(Action.VIEW)
def view_new(request: HttpRequest) -> HttpResponse:
    """`?page=/channels/?period=2026-11`: that page, under a name."""
    try:
        address = address_of(request.GET.get("page", ""))
    except NotShareable:
        return render(request, "dashboards/view_unknown.html", status=400)
    form = ViewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            view = services.keep_view(address=address, person=person_of(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Kept as “%(name)s”. It is under “Views”.") % {"name": view.name})
            return redirect(view.address)
    context = {"form": form, "address": address, "name": name_of_page(address.name)}
    return render(request, "dashboards/view_new.html", context, status=422 if form.errors else 200)


@require_http_methods(READING)
@require(Action.VIEW)
def view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    view = get_view_or_404(person, pk)
    form = ViewForm(
        request.POST if request.method == "POST" else None,
        new=False,
        initial={"name": view.name, "shared": view.shared},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_view(view=view, person=person, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", str(refused))
            view.refresh_from_db()
        else:
            messages.success(request, _("“%(name)s” is changed.") % {"name": view.name})
            return redirect("dashboards:views")
    context = {"form": form, "view": view}
    return render(request, "dashboards/view_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(READING)
@require(Action.VIEW)
def view_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once; the list asks in place."""
    person = person_of(request)
    view = get_view_or_404(person, pk)
    if request.method == "POST":
        services.remove_view(view=view, person=person)
        messages.success(request, _("“%(name)s” is removed.") % {"name": view.name})
        return redirect("dashboards:views")
    return render(request, "dashboards/view_remove.html", {"view": view})


@require_POST
@require(Action.VIEW)
def start_page(request: HttpRequest) -> HttpResponse:
    """`page` is the address that she sees first from now on; without it the overview."""
    text = request.POST.get("page", "").strip()
    try:
        address = str(address_of(text)) if text else ""
    except NotShareable:
        messages.error(request, _("This page cannot be a start page. Choose one of the views below."))
        return redirect("dashboards:views")
    services.choose_start(address=address, person=person_of(request))
    said = _("You start with it from now on.") if address else _("You start with the overview again.")
    messages.success(request, said)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "dashboards:views"
    return redirect(back)


@require_GET
@require_login
def home(request: HttpRequest) -> HttpResponse:
    """Where she starts. A start page that she may no longer see, or that is gone, is not gone to: it is said, once each
    time, on the overview.
    """
    person = person_of(request)
    start = start_of(person)
    if start:
        address = _open_to(person, start)
        if address is not None:
            return redirect(str(address))
        said = _("Your start page is gone, or you may no longer see it. Choose another one under “Views”.")
        messages.warning(request, said)
    return redirect("dashboards:overview")


def _open_to(person: Person, text: str) -> Address | None:
    """The page, where she may see it: that only the page itself knows."""
    try:
        address = address_of(text)
        read_for(person, address)
    except (NotShareable, Unreadable):
        return None
    return address
