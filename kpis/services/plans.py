"""Many targets as one change, with its reason, that can be taken back as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.periods import Grain, Period
from kpis.models import ChangeKind, Target, TargetChange
from kpis.services.revisions import Revision, revise_targets
from kpis.services.targets import TargetEntry
from organization.models import Person
from organization.selectors import company
from organization.services import Refused, record


@transaction.atomic
def change_targets(
    *,
    kind: ChangeKind,
    revisions: Sequence[Revision],
    person: Person | None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> TargetChange | None:
    """Sets targets as one change, all or none. Returns it with its targets, None where all of them hold already.

    Raises TargetRefused and TargetsMoved as `revise_targets` does.
    """
    change = TargetChange.objects.create(
        kind=kind, reason=reason, details=dict(details or {}), made_by=person
    )
    made = revise_targets(revisions=revisions, person=person, change=change)
    if not made:
        change.delete()
        return None
    record(
        action=f"targets.{kind}",
        subject=_subject(made),
        person=person,
        targets=len(made),
        **({"reason": reason} if reason else {}),
    )
    return change


@transaction.atomic
def undo_change(*, change: TargetChange, person: Person | None) -> TargetChange:
    """Gives every target of the change the value that it had before. Returns the change that does so.

    Raises Refused where the change is undone already, or some target was set again since.
    """
    change = TargetChange.objects.select_for_update().get(pk=change.pk)
    if change.undone_by_id is not None:
        raise Refused(_("This has been undone already."))
    targets = list(change.targets.select_related("metric", "scope").order_by("pk"))
    since = [target for target in targets if target.superseded_at is not None]
    if since:
        raise Refused(
            ngettext(
                "%(n)s of these targets was set again since, so it cannot be undone as one.",
                "%(n)s of these targets were set again since, so it cannot be undone as one.",
                len(since),
            )
            % {"n": len(since)}
        )
    before = _values_before(targets)
    fiscal_start = company().fiscal_year_start
    revisions = [
        Revision(
            TargetEntry(target.metric, target.scope, _period(target, fiscal_start), before.get(target.pk)),
            based_on=target.version,
        )
        for target in targets
    ]
    undone = change_targets(
        kind=ChangeKind.UNDO, revisions=revisions, person=person, details={"of": change.pk}
    )
    assert undone is not None  # each target differs from the one before it, else it would not have been made
    change.undone_by = undone
    change.save(update_fields=["undone_by"])
    return undone


def _values_before(targets: Sequence[Target]) -> dict[int, Any]:
    """The value of the version before each of these, by the id of the target; None where there was none."""
    versions = Target.objects.filter(
        scope__in={target.scope_id for target in targets}, metric__in={target.metric_id for target in targets}
    ).values_list("metric_id", "scope_id", "grain", "start", "version", "value")
    known = {tuple(key): value for *key, value in versions}
    return {
        one.pk: known.get((one.metric_id, one.scope_id, one.grain, one.start, one.version - 1))
        for one in targets
    }


def _period(target: Target, fiscal_start: int) -> Period:
    return Period(Grain(target.grain), target.start, fiscal_start)


def _subject(targets: Sequence[Target]) -> str:
    """One figure and area are named; of several the first, as people write it."""
    codes = sorted({target.metric.code for target in targets})
    keys = sorted({target.scope.key for target in targets})
    return f"{', '.join(codes[:3])} {keys[0]}"
