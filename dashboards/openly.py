"""Whether somebody may show a page where nobody logs in: only of areas in which she leads, though she may see more."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict

from dashboards.addresses import scope_text
from dashboards.shareable import Address
from organization.gate import Action, can, get_scope_or_404, home_scope
from organization.models import Person


def may_show_openly(person: Person, address: Address) -> bool:
    """By the area that the address names, else by the one that its page opens with for her."""
    text = scope_text(QueryDict(address.query))
    if not text:
        home = home_scope(person)
        return home is not None and can(person, Action.SHOW_OPENLY, home)
    try:
        get_scope_or_404(person, text, Action.SHOW_OPENLY)
    except (Http404, PermissionDenied):
        return False
    return True
