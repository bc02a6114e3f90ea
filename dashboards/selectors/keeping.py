"""Kept views as pages list them, and what somebody sees first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboards.models import Board, SavedView, StartPage
from dashboards.navigation import name_of_page
from dashboards.shareable import NotShareable, address_of
from organization.models import Person

SHOWN = 200
IN_MENU = 12


@dataclass(frozen=True)
class ViewRow:
    """`page` is the name of the page that it leads to, "" where that is gone; `start`: she sees it first."""

    view: SavedView
    page: str
    start: bool

    @property
    def dialog(self) -> str:
        """The name of what asks before it is removed."""
        return f"remove-{self.view.pk}"


@dataclass(frozen=True)
class ViewsPage:
    """Her own, and those that others share. `start`: she chose a start page, whether or not it is listed here."""

    mine: tuple[ViewRow, ...]
    others: tuple[ViewRow, ...]
    start: bool


def views_page(person: Person) -> ViewsPage:
    start = start_of(person)
    mine = SavedView.objects.filter(owner=person)[:SHOWN]
    return ViewsPage(_rows(mine, start), _rows(_shared_by_others(person)[:SHOWN], start), bool(start))


def views_of_page(person: Person, page: str) -> tuple[SavedView, ...]:
    """Those that she finds of one page, by its address: her own first. One query."""
    path = page.partition("?")[0]
    found = visible_views(person).filter(address__startswith=path)
    same = [view for view in found if view.address.partition("?")[0] == path]
    same.sort(key=lambda view: view.owner_id != person.pk)
    return tuple(same[:IN_MENU])


def visible_views(person: Person) -> QuerySet[SavedView]:
    """Her own, and those that others share."""
    return SavedView.objects.filter(owner=person) | _shared_by_others(person)


def get_view_or_404(person: Person, pk: int) -> SavedView:
    """One of her own. Raises Http404."""
    found = SavedView.objects.filter(owner=person, pk=pk).first()
    if found is None:
        raise Http404
    return found


def start_of(person: Person) -> str:
    """The address of her start page; "" is the overview."""
    return StartPage.objects.filter(person=person).values_list("address", flat=True).first() or ""


def pages_to_choose(person: Person) -> list[tuple[str, str]]:
    """Addresses with their names: the overview, her kept views and her own pages."""
    found = [("/", _("Overview"))]
    found += SavedView.objects.filter(owner=person).values_list("address", "name")[:SHOWN]
    for pk, name in Board.objects.filter(owner=person).values_list("pk", "name")[:SHOWN]:
        found.append((reverse("dashboards:board", args=[pk]), name))
    once: dict[str, str] = {}
    for address, name in found:
        once.setdefault(address, name)
    return list(once.items())


def _shared_by_others(person: Person) -> QuerySet[SavedView]:
    shared = SavedView.objects.filter(shared=True, owner__is_active=True).exclude(owner=person)
    return shared.select_related("owner")


def _rows(views: Iterable[SavedView], start: str) -> tuple[ViewRow, ...]:
    return tuple(ViewRow(view, _page(view.address), view.address == start) for view in views)


def _page(text: str) -> str:
    try:
        return name_of_page(address_of(text).name)
    except NotShareable:
        return ""
