"""Getting in: the link of an invitation, the company's own sign-in, and ending one's sessions elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from organization import gate, services
from organization.forms_people import WelcomeForm
from organization.gate import person_of
from organization.services.invitations import accept_invitation, find_invitation
from organization.services.leaving import end_sessions

log = structlog.get_logger(__name__)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever has the link chooses a password and is in; a link that no longer works says so, and nothing else."""
    if request.method == "POST" and not ratelimit.consume(request, action="reset_password_from_key"):
        return render(request, "429.html", status=429)
    invitation = find_invitation(secret=secret, now=timezone.now())
    if invitation is None:
        return render(request, "organization/welcome.html", {"invitation": None}, status=404)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(invitation.person.language)
        request.LANGUAGE_CODE = translation.get_language()
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = accept_invitation(
                secret=secret, password=form.cleaned_data["password"], now=timezone.now()
            )
        except services.Refused as refused:
            form.add_error(None, str(refused))
        except ValidationError as weak:
            form.add_error("password", weak)
        else:
            if request.user.is_authenticated:  # somebody else's session in this browser
                logout(request)
            login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
            record_authentication(request, person, "password", reauthenticated=True)
            messages.success(request, _("Welcome. This is what is yours to see."))
            return redirect("dashboards:overview")
    return render(request, "organization/welcome.html", {"invitation": invitation, "form": form})


@require_GET
def company_sign_in(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """On to the company's provider. Of what may stand behind the question mark, only where to go afterwards counts."""
    kept = QueryDict(mutable=True)
    if "next" in request.GET:
        kept["next"] = request.GET["next"]
    request.GET = kept  # type: ignore[assignment]  # the stubs know only the immutable kind
    return _asked(request, oidc.login, provider_id)


@require_GET
def company_sign_in_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from the provider."""
    return _asked(request, oidc.callback, provider_id)


def _asked(request: HttpRequest, view: Callable[..., HttpResponseBase], provider_id: str) -> HttpResponseBase:
    """A provider that is down, or answers what it should not, is said on the login page."""
    try:
        return view(request, provider_id=provider_id)
    except (RequestException, KeyError, ValueError) as error:
        log.warning("sign_in.provider_failed", error=f"{type(error).__name__}: {error}"[:300])
        messages.error(
            request,
            _("The sign-in at %(name)s did not work. Try again, or tell your administrator.")
            % {"name": settings.OIDC_NAME},
        )
        return redirect("account_login")


@require_POST
@gate.require_login
def leave_elsewhere(request: HttpRequest) -> HttpResponse:
    """Every other session of hers ends; this one goes on."""
    person = end_sessions(whom=person_of(request), person=person_of(request), now=timezone.now())
    update_session_auth_hash(request, person)
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("organization:me")
