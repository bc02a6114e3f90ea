"""Screens on walls, for those who keep them and for the screens themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from dashboards import codes
from dashboards.models import SavedView, Screen
from dashboards.page_names import label_of
from dashboards.shareable import NotShareable, address_of
from organization.gate import Action, Reach, can, roles_for
from organization.models import Grant, Person, Role

SHOWN = 200


class State(StrEnum):
    ASKING = "asking"  # for somebody who types its code
    SHOWING = "showing"
    OFF = "off"  # whose pages it showed has left, or may no longer show figures openly


@dataclass(frozen=True)
class ScreenRow:
    """`pages` in words; `works`: its owner may still show figures openly; `mine`: whoever looks may change it."""

    screen: Screen
    pages: tuple[str, ...]
    works: bool
    mine: bool

    @property
    def dialog(self) -> str:
        """The name of what asks before it is switched off."""
        return f"revoke-{self.screen.pk}"


def screens_page(person: Person) -> tuple[ScreenRow, ...]:
    """Her own screens, and for administrators everybody's. A fixed number of queries."""
    found = _live().filter(person__isnull=False).select_related("person").prefetch_related("pages")
    if not can(person, Action.ADMINISTER):
        found = found.filter(person=person)
    screens = list(found[:SHOWN])
    names = _names({page.address for screen in screens for page in screen.pages.all()}, screens)
    able = _able(screens)
    return tuple(
        ScreenRow(
            screen,
            tuple(names[page.address] for page in screen.pages.all()),
            screen.person_id in able,
            screen.person_id == person.pk,
        )
        for screen in screens
    )


def get_screen_or_404(person: Person, pk: int) -> Screen:
    """One of her own. Raises Http404."""
    return _found(_live().filter(pk=pk, person=person))


def get_screen_to_revoke_or_404(person: Person, pk: int) -> Screen:
    """One of her own, or anybody's for an administrator. Raises Http404."""
    found = _found(_live().filter(pk=pk, person__isnull=False))
    if found.person_id != person.pk and not can(person, Action.ADMINISTER):
        raise Http404
    return found


def screen_with(secret: str) -> Screen | None:
    """The screen that keeps this secret, with its pages; None where it was switched off. Two queries."""
    if not secret or len(secret) > 100:
        return None
    found = _live().select_related("person").prefetch_related("pages")
    return found.filter(secret_hash=codes.digest(secret)).first()


def state_of(screen: Screen) -> tuple[State, Reach | None]:
    """What it does, and what its owner was granted. At most one query."""
    if screen.person is None:
        return State.ASKING, None
    reach = Reach(screen.person)
    able = screen.person.is_active and reach.somewhere(Action.SHOW_OPENLY)
    return (State.SHOWING if able else State.OFF), reach


def _live() -> QuerySet[Screen]:
    return Screen.objects.filter(revoked_at__isnull=True)


def _found(screens: QuerySet[Screen]) -> Screen:
    found = screens.select_related("person").prefetch_related("pages").first()
    if found is None:
        raise Http404
    return found


def _able(screens: Iterable[Screen]) -> set[int]:
    """Which of their owners may show figures openly."""
    owners = {
        screen.person.pk: screen.person for screen in screens if screen.person and screen.person.is_active
    }
    roles = roles_for(Action.SHOW_OPENLY)
    granted = set(Grant.objects.filter(person__in=owners, role__in=roles).values_list("person_id", flat=True))
    if Role.ADMIN in roles:
        granted |= {pk for pk, owner in owners.items() if owner.is_superuser}
    return granted


def _names(addresses: Collection[str], screens: Collection[Screen]) -> dict[str, str]:
    """What pages are called: as their owners called them, else as the menu does."""
    owners = {screen.person_id for screen in screens}
    views = SavedView.objects.filter(owner__in=owners, address__in=addresses).values_list("address", "name")
    found = dict(views)
    for address in addresses:
        if address not in found:
            try:
                address_of(address)
                found[address] = label_of(address)
            except NotShareable:
                found[address] = _("a page that is gone")
    return found
