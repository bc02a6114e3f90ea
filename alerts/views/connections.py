"""Pages of connections: chat groups and programs that alerts may be sent to."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts.connection_fields import PARTS
from alerts.forms.connections import ConnectionForm
from alerts.models import Connection, ConnectionKind
from alerts.selectors import connections as connection_pages
from alerts.selectors.connections import get_connection_or_404
from alerts.services import connections as services
from alerts.services.connections import ConnectionRefused
from organization.gate import Action, person_of, require, require_login


@require_GET
@require_login
def connections(request: HttpRequest) -> HttpResponse:
    page = connection_pages.connections_page(person_of(request), now=timezone.now())
    return render(request, "alerts/connections.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.ADMINISTER)
def connection_new(request: HttpRequest) -> HttpResponse:
    """First the kind, then its fields."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    if kind not in PARTS:
        return render(request, "alerts/connection_kinds.html", {"kinds": ConnectionKind.choices})
    form = ConnectionForm(request.POST or None, kind=kind, person=person_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = services.make(draft=form.draft(), person=person_of(request))
        except ConnectionRefused as refused:
            form.add_refusal(refused.at, str(refused))
        else:
            messages.success(
                request,
                _("“%(name)s” is saved. Send a test, and confirm it with its code.") % {"name": made.name},
            )
            return _secret(request, made, secret) if secret else redirect("alerts:connection", pk=made.pk)
    return render(request, "alerts/connection_form.html", {"form": form, "kind": ConnectionKind(kind)})


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    row = connection_pages.connection_row(person, pk, now=timezone.now())
    found = row.connection
    form = ConnectionForm(request.POST or None, kind=found.kind, person=person, connection=found)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            saved = services.edit(connection=found, draft=form.draft(), version=version, person=person)
        except ConnectionRefused as refused:
            form.add_refusal(refused.at, str(refused))
        else:
            said = (
                _("“%(name)s” is saved.")
                if saved.confirmed_at
                else _("“%(name)s” is saved. It is not confirmed.")
            )
            messages.success(request, said % {"name": saved.name})
            return redirect("alerts:connection", pk=pk)
    context = {"form": form, "row": row, "kind": ConnectionKind(found.kind)}
    return render(request, "alerts/connection_form.html", context)


@require_POST
@require_login
def connection_test(request: HttpRequest, pk: int) -> HttpResponse:
    def send(found: Connection) -> str:
        made = services.send_test(connection=found, person=person_of(request), now=timezone.now())
        if made.template == "code":
            return _("A test with a code is on its way. The code holds for ten minutes.")
        return _("A test is on its way.")

    return _do(request, pk, send)


@require_POST
@require_login
def connection_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    code = request.POST.get("code", "")[:20]

    def enter(found: Connection) -> str:
        services.confirm(connection=found, code=code, person=person_of(request), now=timezone.now())
        return _("“%(name)s” is confirmed. Alerts may be sent there.") % {"name": found.name}

    return _do(request, pk, enter)


@require_POST
@require_login
def connection_switch(request: HttpRequest, pk: int) -> HttpResponse:
    def switch(found: Connection) -> str:
        if request.POST.get("on") == "1":
            services.switch_on(connection=found, person=person_of(request))
            return _("“%(name)s” is switched on.") % {"name": found.name}
        services.switch_off(connection=found, person=person_of(request), now=timezone.now())
        return _("“%(name)s” is switched off. No alert goes there.") % {"name": found.name}

    return _do(request, pk, switch)


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def connection_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks: with the click, the secret that the other side has is void."""
    found = get_connection_or_404(person_of(request), pk)
    if found.kind != ConnectionKind.WEBHOOK:
        raise Http404
    if request.method != "POST":
        return render(request, "alerts/connection_ask.html", {"connection": found, "about": "secret"})
    try:
        secret = services.renew_secret(connection=found, person=person_of(request))
    except ConnectionRefused:
        raise Http404 from None
    return _secret(request, found, secret)


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def connection_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks."""
    found = get_connection_or_404(person_of(request), pk)
    if request.method != "POST":
        return render(request, "alerts/connection_ask.html", {"connection": found, "about": "remove"})
    try:
        services.remove(connection=found, person=person_of(request))
    except ConnectionRefused:
        raise Http404 from None
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.name})
    left = connection_pages.has_connections(person_of(request))
    return redirect("alerts:connections" if left else "alerts:rules")


@never_cache
def _secret(request: HttpRequest, connection: Connection, secret: str) -> HttpResponse:
    """`secret` is shown this once: in clear it is kept nowhere, not even in the session."""
    return render(request, "alerts/connection_secret.html", {"connection": connection, "secret": secret})


def _do(request: HttpRequest, pk: int, act: Callable[[Connection], str]) -> HttpResponse:
    found = get_connection_or_404(person_of(request), pk)
    try:
        messages.success(request, act(found))
    except ConnectionRefused as refused:
        messages.error(request, str(refused))
    return redirect("alerts:connection", pk=pk)
