"""Who asks: in her own language and time zone, for as long as a session may last, and with the factors her roles ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from common.number_style import writing_numbers
from organization.api.errors import MEDIA_TYPE, problem_json
from organization.models import Person
from organization.selectors.rates import remember_currency
from organization.selectors.standing import standing_of

BEGAN = "began_at"  # of a session: when she logged in, in seconds

# What somebody may open who must set up a second factor first: the way to one, and the way out.
WITHOUT_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "choose_theme",
        "healthz",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "set_language",
    }
)


def stamp_session(sender: object, request: HttpRequest, **_: object) -> None:
    """Whoever has just logged in, in whatever way: Django tells all of them alike."""
    request.session[BEGAN] = time.time()


class PersonMiddleware:
    """Stands after authentication. The language button's cookie wins, since it was pressed in this browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        person = _who(request)
        if person is None:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_of(person)), writing_numbers(person.number_style):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Before the view: whether the session still holds, and whether a second factor is wanting."""
        person = _who(request)
        if person is None:
            return None
        standing = standing_of(person)
        remember_currency(standing.company.currency)
        request.company = standing.company  # type: ignore[attr-defined]  # for `gate.company_of`
        began = request.session.get(BEGAN)
        if began is None:  # from before sessions were stamped
            began = request.session[BEGAN] = time.time()
        if time.time() - began > standing.session.total_seconds():
            logout(request)
            messages.info(request, _("You were logged in for long. Log in again to go on."))
            return _sent_to(request, redirect_to_login(request.get_full_path()).url)
        request.lacks_factor = standing.lacks_factor  # type: ignore[attr-defined]  # for the page that sets one up
        name = request.resolver_match.view_name if request.resolver_match else ""
        if standing.lacks_factor and name not in WITHOUT_FACTOR:
            return _sent_to(request, reverse("mfa_index"))
        return None


def _who(request: HttpRequest) -> Person | None:
    # Without a session cookie nobody is logged in, and asking would open a session for nothing.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(request.user, Person):
        return None
    return request.user


def _sent_to(request: HttpRequest, url: str) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        said = _("Log in on the site; if it asks you for a second factor, set it up there first.")
        return JsonResponse(problem_json(request, 403, said), status=403, content_type=MEDIA_TYPE)
    if request.headers.get("HX-Request"):
        # A redirect would put the other page into the fragment's place.
        return HttpResponseClientRedirect(url)
    return redirect(url)


def zone_of(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)
