"""The page that something is to be done with: `?page=/channels/?period=2026-11`, or the same of a form."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from dashboards.read_for import Unreadable, read_for
from dashboards.shareable import Address, NotShareable, address_of
from organization.models import Person
from organization.services import Refused


def chosen_page(request: HttpRequest) -> Address:
    """Raises Refused."""
    text = request.POST.get("page", "") or request.GET.get("page", "")
    if not text:
        raise Refused(_("Open the page that is meant, and choose this from its “Share” menu."))
    try:
        return address_of(text)
    except NotShareable:
        raise Refused(
            _("This page cannot be shared: it is not one of those that show figures, or it is gone.")
        ) from None


def read_of(person: Person, address: Address, *, language: str = "") -> str:
    """The bare page as she sees it. Raises Refused."""
    try:
        return read_for(person, address, language=language).content.decode()
    except Unreadable:
        raise Refused(_("You cannot open this page, or there is nothing at its address any more.")) from None
