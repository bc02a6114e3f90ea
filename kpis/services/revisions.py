"""Changing a target that somebody has seen: refused where another version has come meanwhile."""

from __future__ import annotations

from django.db import transaction

from kpis.models import Target
from kpis.services.targets import TargetEntry, check, set_targets
from organization.models import Person, Scope


class TargetMoved(Exception):
    """Somebody else changed the target first; nothing was written. `current` is what holds now."""

    def __init__(self, current: Target) -> None:
        super().__init__(str(current))
        self.current = current


@transaction.atomic
def revise_target(*, entry: TargetEntry, based_on: int, person: Person | None) -> Target | None:
    """Sets a target for somebody who saw version `based_on` (0: none). Returns its new version, None where nothing changed.

    Raises TargetRefused for a value that cannot be, TargetMoved where another version holds that says something else.
    """
    check(entry)
    # The lock that `set_targets` takes too, so that nobody comes between the look and the change.
    Scope.objects.select_for_update(no_key=True).get(pk=entry.scope.pk)
    current = (
        Target.objects.filter(
            metric=entry.metric,
            scope=entry.scope,
            grain=entry.period.grain.value,
            start=entry.period.start,
            superseded_at__isnull=True,
        )
        .select_related("set_by")
        .first()
    )
    if current is not None and current.version != based_on and current.value != entry.value:
        raise TargetMoved(current)
    made = set_targets(entries=[entry], person=person)
    return made[0] if made else None
