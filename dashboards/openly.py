"""Whether somebody may show a page where nobody logs in: only of areas in which she leads, though she may see more."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict

from dashboards.addresses import scope_text
from dashboards.shareable import Address
from organization.gate import Action, can, get_scope_or_404, home_scope, roles_for
from organization.models import Grant, Person

# Pages that show the one area of their address. The others show whatever their reader may see, in all of her areas.
OF_ONE_AREA = frozenset(
    {
        "dashboards:overview",
        "dashboards:channels",
        "dashboards:channel",
        "dashboards:process",
        "dashboards:customers",
        "customers:overview",
        "customers:cohorts",
        "customers:lifetime",
        "customers:lifecycle",
    }
)


def may_show_openly(person: Person, address: Address) -> bool:
    """By the area that the address names, else by the one that its page opens with for her; of a page that shows more
    than one area, only where she leads in all that she was granted.
    """
    home = home_scope(person)
    if home is None:
        return False
    if address.name not in OF_ONE_AREA:
        return can(person, Action.SHOW_OPENLY) or not _only_looks_somewhere(person)
    text = scope_text(QueryDict(address.query))
    if not text:
        return can(person, Action.SHOW_OPENLY, home)
    try:
        get_scope_or_404(person, text, Action.SHOW_OPENLY)
    except (Http404, PermissionDenied):
        return False
    return True


def _only_looks_somewhere(person: Person) -> bool:
    return Grant.objects.filter(person=person).exclude(role__in=roles_for(Action.SHOW_OPENLY)).exists()
