"""One's API tokens: made, shown once, and revoked; for administrators anybody's."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate
from organization.forms_tokens import TokenForm
from organization.gate import person_of
from organization.selectors.tokens import get_token_or_404, tokens_page
from organization.services import Refused
from organization.services.tokens import make_token
from organization.services.tokens import revoke_token as take_away


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require_login
def tokens(request: HttpRequest) -> HttpResponse:
    return _make(request) if request.method == "POST" else _page(request, TokenForm())


@reauthentication_required  # type: ignore[untyped-decorator]  # what lasts a year is not made on a screen left open
def _make(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        _token, secret = make_token(whose=person, person=person, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, form)
    return _page(request, TokenForm(), secret=secret)


@never_cache
def _page(request: HttpRequest, form: TokenForm, secret: str = "") -> HttpResponse:
    """`secret` is shown this once: it is kept nowhere, not even in the session."""
    now = timezone.now()
    context = {"form": form, "page": tokens_page(person_of(request), now=now), "secret": secret}
    return render(request, "organization/tokens.html", context)


@require_POST
@gate.require_login
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    token = get_token_or_404(person, pk)
    if take_away(token=token, now=timezone.now(), person=person):
        messages.success(request, _("“%(name)s” works no more.") % {"name": token.name})
    return redirect("organization:tokens")
