"""Changing targets that somebody has seen: refused where another version has come meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from kpis.models import Target, TargetChange
from kpis.services.smart import keep_doubts
from kpis.services.targets import TargetEntry, check, set_targets
from organization.models import DIMENSIONS, Person, Scope
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

    Raises TargetRefused for a value that cannot be, TargetsMoved where versions hold that say something else.
    """
    for revision in revisions:
        check(revision.entry)
    entries = [_standing(revision.entry) for revision in revisions]
    # The locks that `set_targets` takes too, so that nobody comes between the look and the change.
    scope_ids = {entry.scope.pk for entry in entries}
    list(
        Scope.objects.filter(pk__in=scope_ids).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )
    current = {
        (target.metric_id, target.scope_id, target.grain, target.start): target
        for target in Target.objects.filter(
            scope__in=scope_ids,
            metric__in={entry.metric.pk for entry in entries},
            superseded_at__isnull=True,
        ).select_related("set_by")
    }
    moved = {}
    for place, (revision, entry) in enumerate(zip(revisions, entries, strict=True)):
        now = current.get(entry.key)
        seen = revision.based_on is None or now is None or now.version == revision.based_on
        if now is not None and not seen and now.value != entry.value:
            moved[place] = now
    if moved:
        raise TargetsMoved(moved)
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
