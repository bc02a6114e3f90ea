"""Who calls: a program by its token, or a person by her session (the documentation's "try it")."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from organization.models import ApiToken, Person
from organization.selectors.standing import lacks_factor
from organization.services.tokens import use_token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer plb_…`; what else may stand there is passed over. Tokens open nothing but the API."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = use_token(secret.strip().decode("latin-1"), now=timezone.now())
        if token is None:
            raise AuthenticationFailed(
                _(
                    "This token is not known, has ended or was taken away. Make a new one in your preferences,"
                    " under API tokens."
                )
            )
        if lacks_factor(token.person):
            raise AuthenticationFailed(
                _(
                    "Your role asks for a second factor, and you have none yet. Log in on the site and set one up;"
                    " then this token works again."
                )
            )
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
