"""Pictures that somebody asked for."""

from __future__ import annotations

from dashboards.models import Picture
from organization.models import Person


def picture_of(person: Person, pk: int, *, with_file: bool = False) -> Picture | None:
    """Hers alone; without its file, which may be megabytes, unless it is wanted."""
    found = Picture.objects.filter(pk=pk, person=person)
    return (found if with_file else found.defer("content")).first()
