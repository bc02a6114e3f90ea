"""Saving cells of the year's grid: the good ones as one change, the others with why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from kpis.models import ChangeKind, Target, TargetChange
from kpis.services.closing import MonthsClosed
from kpis.services.plans import change_targets
from kpis.services.revisions import Revision, TargetsMoved
from kpis.services.targets import TargetRefused, check, current_versions
from organization.models import Person


@dataclass(frozen=True)
class Saved:
    """By the place of the revision: the version that holds now, why it cannot be, or whose target holds instead.

    A revision that is in none of them said what held already: `standing` is the version in which it does.
    """

    change: TargetChange | None
    made: Mapping[int, Target]
    refused: Mapping[int, str]
    moved: Mapping[int, Target]
    standing: Mapping[int, int]


@transaction.atomic
def save_cells(*, revisions: Sequence[Revision], person: Person, kind: ChangeKind = ChangeKind.GRID) -> Saved:
    """Sets what can be set, in one change; a cell that somebody else has set meanwhile is left as it is."""
    refused: dict[int, str] = {}
    for place, revision in enumerate(revisions):
        try:
            check(revision.entry)
        except TargetRefused as error:
            refused[place] = str(error)
    moved: dict[int, Target] = {}
    change = None
    while True:
        places = [place for place in range(len(revisions)) if place not in refused and place not in moved]
        if not places:
            break
        try:
            change = change_targets(
                kind=kind, revisions=[revisions[place] for place in places], person=person
            )
        except MonthsClosed as error:
            refused.update({places[at]: words for at, words in error.words.items()})
        except TargetsMoved as error:
            moved.update({places[at]: target for at, target in error.current.items()})
        else:
            break
    made = {}
    if change is not None:
        by_key = {
            (target.metric_id, target.scope_id, target.start): target
            for target in change.targets.select_related("metric")
        }
        for place, revision in enumerate(revisions):
            entry = revision.entry
            target = by_key.get((entry.metric.pk, entry.scope.pk, entry.period.start))
            if target is not None and place not in refused and place not in moved:
                made[place] = target
    same = [
        place
        for place in range(len(revisions))
        if place not in made and place not in refused and place not in moved
    ]
    versions = current_versions([revisions[place].entry for place in same])
    standing = {
        place: versions[key].version for place in same if (key := revisions[place].entry.key) in versions
    }
    return Saved(change, made, refused, moved, standing)
