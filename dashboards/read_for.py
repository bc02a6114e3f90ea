"""A page as somebody else would see it: for pictures, mailings, walls and frames. Within this process, and reading only.

Nothing is logged in: the view is called for the person with the rights that she has now, and no session is written.
"""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve
from django.utils import timezone, translation

from dashboards.bare import bared
from dashboards.context import THEME_COOKIE
from dashboards.shareable import Address
from organization.middleware import zone_of
from organization.models import Person
from organization.selectors.rates import remember_currency
from organization.selectors.standing import standing_of
from organization.speaking import speaking_to


class Unreadable(Exception):
    """She may not see it, it is gone, or she cannot log in herself: `why` is "gone", "left" or "factor"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_for(
    person: Person, address: Address, *, language: str = "", theme: str = "light", bare: bool = True
) -> HttpResponse:
    """The page in her language unless another is named. `bare`: without menu, bell, forms and buttons. Raises Unreadable."""
    if not person.is_active:
        raise Unreadable("left")
    standing = standing_of(person)
    if standing.lacks_factor:
        raise Unreadable("factor")
    request = _request(address)
    request.user = person
    request.session = SessionStore()  # never saved
    request.COOKIES[THEME_COOKIE] = theme
    request.company = standing.company  # type: ignore[attr-defined]
    request.htmx = False  # type: ignore[attr-defined]
    request.bare = bare  # type: ignore[attr-defined]
    request.resolver_match = resolve(address.path)
    with speaking_to(person, language=language), timezone.override(zone_of(person)):
        request.LANGUAGE_CODE = translation.get_language()
        remember_currency(standing.company.currency)
        try:
            response: HttpResponse = address.view(request, *address.args, **address.kwargs)
        except (Http404, PermissionDenied):
            raise Unreadable("gone") from None
        if hasattr(response, "render"):
            response.render()
    if response.status_code not in (200, 400):  # 400: a page that says what is wrong with its address
        raise Unreadable("gone")
    if bare:
        response.content = bared(response.content.decode()).encode()
        del response["ETag"]  # of the page as it was made
    return response


def _request(address: Address) -> WSGIRequest:
    site = urlsplit(settings.SITE_URL)
    secure = site.scheme == "https"
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address.path.encode().decode("latin-1"),
            "QUERY_STRING": address.query.encode().decode("latin-1"),
            "SERVER_NAME": site.hostname or "localhost",
            "SERVER_PORT": str(site.port or (443 if secure else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": site.scheme or "http",
            "wsgi.input": BytesIO(),
        }
    )
