"""Views that people keep, and the page that each sees first."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dashboards.models import SavedView, StartPage
from dashboards.shareable import Address
from organization.models import Person
from organization.services import Refused, record

MOST_VIEWS = 200  # of one person


class NameTaken(Refused):
    """She has another view of that name."""


@transaction.atomic
def keep_view(*, name: str, address: Address, shared: bool, start: bool, person: Person) -> SavedView:
    """Raises NameTaken, and Refused for a view without a name and where she has too many."""
    name = _named(name)
    if SavedView.objects.filter(owner=person).count() >= MOST_VIEWS:
        raise Refused(
            _("You keep %(n)s views. Remove one that you no longer open first.") % {"n": MOST_VIEWS}
        )
    view = SavedView(owner=person, name=name, address=str(address), shared=shared)
    _save(view)
    record(action="dashboards.view_keep", subject=name, person=person, shared=shared)
    if start:
        choose_start(address=view.address, person=person)
    return view


@transaction.atomic
def change_view(*, view: SavedView, name: str, shared: bool, person: Person) -> SavedView:
    """Its name, and whether others find it. Raises NameTaken, and Refused for a view without a name."""
    old = {"name": view.name, "shared": view.shared}
    view.name, view.shared = _named(name), shared
    new = {"name": view.name, "shared": view.shared}
    if new != old:
        _save(view, "name", "shared")
        record(action="dashboards.view_change", subject=view.name, person=person, old=old, new=new)
    return view


@transaction.atomic
def remove_view(*, view: SavedView, person: Person) -> None:
    """With it goes her start page, where that is this view and no other of hers."""
    if not SavedView.objects.filter(owner=person, address=view.address).exclude(pk=view.pk).exists():
        StartPage.objects.filter(person=person, address=view.address).delete()
    record(action="dashboards.view_remove", subject=view.name, person=person)
    view.delete()


@transaction.atomic
def choose_start(*, address: str, person: Person) -> None:
    """What she sees first from now on; "" is the overview again."""
    if address:
        StartPage.objects.update_or_create(person=person, defaults={"address": address})
    elif not StartPage.objects.filter(person=person).delete()[0]:
        return
    record(action="dashboards.start_page", subject=person.username, person=person, page=address)


def _named(name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name:
        raise Refused(_("Give the view a name, so that you know it again."))
    return name


def _save(view: SavedView, *fields: str) -> None:
    try:
        with transaction.atomic():
            view.save(update_fields=fields or None)
    except IntegrityError:
        said = _("You already keep a view named “%(name)s”. Choose another name.")
        raise NameTaken(said % {"name": view.name}) from None
