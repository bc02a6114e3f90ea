"""What somebody has made her own: the addresses that her device keeps besides the places of the menu."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.models import Board, SavedView, StartPage
from organization.models import Person


@dataclass(frozen=True)
class Own:
    """`start` is an address, or "" where she has chosen none; boards as (pk, name), views as (name, address)."""

    start: str
    boards: tuple[tuple[int, str], ...]
    views: tuple[tuple[str, str], ...]


def own_of(person: Person, *, most: int) -> Own:
    """Three queries."""
    return Own(
        StartPage.objects.filter(person=person).values_list("address", flat=True).first() or "",
        tuple(Board.objects.filter(owner=person).values_list("pk", "name")[:most]),
        tuple(SavedView.objects.filter(owner=person).values_list("name", "address")[:most]),
    )
