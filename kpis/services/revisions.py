"""Changing targets that somebody has seen: refused where another version has come meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from kpis.models import Target, TargetChange
from kpis.services.closing import check_open
from kpis.services.smart import keep_doubts
from kpis.services.targets import TargetEntry, check, current_versions, lock_scopes, set_targets
from organization.models import DIMENSIONS, Person
from organization.services import ensure_scope

MOST_DOUBTED = 2_500  # more at once come from a plan that was looked at as a whole


class TargetMoved(Exception):
    """Somebody else changed the target first; nothing was written. `current` is what holds now."""

    def __init__(self, current: Target) -> None:
        super().__init__(str(current))
        self.current = current


class TargetsMoved(Exception):
    """As TargetMoved, of several: `current` by the place of the revision in the list."""

    def __init__(self, current: Mapping[int, Target]) -> None:
        super().__init__(", ".join(str(target) for target in current.values()))
        self.current = current


@dataclass(frozen=True)
class Revision:
    """A target as it should be, and the version that was seen: 0 for none, None where it does not matter."""

    entry: TargetEntry
    based_on: int | None


def revise_target(*, entry: TargetEntry, based_on: int, person: Person | None) -> Target | None:
    """Sets a target for somebody who saw version `based_on` (0: none). Returns its new version, None where nothing changed.

    Raises TargetRefused for a value that cannot be, TargetMoved where another version holds that says something else.
    """
    try:
        made = revise_targets(revisions=[Revision(entry, based_on)], person=person)
    except TargetsMoved as moved:
        raise TargetMoved(moved.current[0]) from None
    return made[0] if made else None


@transaction.atomic
def revise_targets(
    *, revisions: Sequence[Revision], person: Person | None, change: TargetChange | None = None
) -> list[Target]:
    """Sets targets as one change, all or none; areas that nobody has pointed to yet are made. Returns new versions.

    Raises TargetRefused for a value that cannot be, MonthsClosed for periods that are closed to a person, TargetsMoved
    where versions hold that say something else.
    """
    for revision in revisions:
        check(revision.entry)
    entries = [_standing(revision.entry) for revision in revisions]
    # The locks that `set_targets` takes too, so that nobody comes between the look and the change.
    lock_scopes(entries)
    if person is not None:
        check_open(entries)
    based = [one for one in enumerate(revisions) if one[1].based_on is not None]
    current = current_versions([entries[place] for place, _revision in based]) if based else {}
    moved = {}
    for place, revision in based:
        now = current.get(entries[place].key)
        if now is not None and now.version != revision.based_on and now.value != entries[place].value:
            moved[place] = now.pk
    if moved:
        found = Target.objects.select_related("set_by", "metric", "scope").in_bulk(list(moved.values()))
        raise TargetsMoved({place: found[pk] for place, pk in moved.items()})
    made = set_targets(entries=entries, person=person, change=change)
    if person is not None and len(made) <= MOST_DOUBTED:
        keep_doubts(targets=made)
    return made


def _standing(entry: TargetEntry) -> TargetEntry:
    """The entry with its area in the database."""
    if entry.scope.pk is not None:
        return entry
    nodes = [getattr(entry.scope, dimension) for dimension in DIMENSIONS]
    return replace(entry, scope=ensure_scope(nodes=[node for node in nodes if node is not None]))
