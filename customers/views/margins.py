"""The page of margins: what is left of the revenue of product lines and channels."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers import services
from customers.forms.margins import MarginForm
from customers.models import Margin
from customers.selectors.margins import get_margin_or_404, margins_page
from organization.gate import Action, actions_of, can, can_somewhere, get_scope_or_404, person_of, require
from organization.models import Person
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def margins(request: HttpRequest) -> HttpResponse:
    """All margins; a post enters one."""
    person = person_of(request)
    if request.method != "POST":
        return _show(request, person, MarginForm(initial=_asked(request, person)))
    if not can_somewhere(person, Action.ENTER_VALUES):
        raise PermissionDenied
    form = MarginForm(request.POST)
    if not form.is_valid():
        return _show(request, person, form)
    data = form.cleaned_data
    scope = get_scope_or_404(person, data["node"].code)
    if not can(person, Action.ENTER_VALUES, scope):
        form.add_error("area", _("You may see this area, but not enter values on it."))
        return _show(request, person, form)
    try:
        services.enter_margin(
            node=data["node"],
            first_day=data["first_day"],
            percent=data["number"],
            based_on=data["version"] or 0,
            person=person,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _show(request, person, form)
    except services.MarginMoved as moved:
        return _show(request, person, form, moved=moved.current)
    messages.success(request, _("The margin is entered. Gross profit follows."))
    return redirect("customers:margins")


@require_POST
@require(Action.VIEW)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one out, unless somebody has changed it meanwhile."""
    person = person_of(request)
    margin = get_margin_or_404(person, pk)
    if not can(person, Action.ENTER_VALUES, margin.node.scope):
        raise PermissionDenied
    version = request.POST.get("version", "")
    try:
        services.remove_margin(
            margin=margin,
            based_on=int(version) if version.isascii() and version.isdecimal() else 0,
            person=person,
        )
    except services.MarginMoved:
        messages.error(request, _("Somebody has changed this margin meanwhile. Look at it again."))
    else:
        messages.success(request, _("The margin is taken out. Gross profit follows."))
    return redirect("customers:margins")


def _asked(request: HttpRequest, person: Person) -> dict[str, Any]:
    """The margin that a link asks to correct."""
    text = request.GET.get("margin", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return {}
    margin = get_margin_or_404(person, int(text))
    return {
        "area": margin.node.code,
        "percent": f"{margin.percent.normalize():f}%",
        "first_day": margin.first_day,
        "version": margin.version,
    }


def _show(
    request: HttpRequest, person: Person, form: MarginForm, *, moved: Margin | None = None
) -> HttpResponse:
    if moved is not None:
        again = request.POST.copy()
        again["version"] = str(moved.version)
        form.data = again
    widget: Any = form.fields["area"].widget
    widget.person = person
    context = {
        "page": margins_page(person, today=timezone.localdate(), number=request.GET.get("page")),
        "form": form,
        "moved": moved,
        "enters": can_somewhere(person, Action.ENTER_VALUES),
        "administers": Action.ADMINISTER in actions_of(request),
    }
    return render(request, "customers/margins.html", context)
