"""Setting targets. A new value is a new version; the old one stays, superseded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import Period
from common.queueing import enqueue
from kpis.models import Metric, Target, TargetChange
from kpis.services.changes import mark_scopes_changed
from organization.models import Person, Scope
from organization.services import record

LIMIT = Decimal(10) ** 15


class TargetRefused(ValueError):
    """The target cannot be; the message says why, for people."""


@dataclass(frozen=True)
class TargetEntry:
    """One cell of a plan; `value` None takes the target away."""

    metric: Metric
    scope: Scope
    period: Period
    value: Decimal | None

    @property
    def key(self) -> tuple[int, int, str, date]:
        return (self.metric.pk, self.scope.pk, self.period.grain.value, self.period.start)


def set_target(
    *, metric: Metric, scope: Scope, period: Period, value: Decimal | None, person: Person | None
) -> Target | None:
    """Sets one target; see `set_targets`. Returns its new version, or None where nothing changed."""
    made = set_targets(entries=[TargetEntry(metric, scope, period, value)], person=person)
    return made[0] if made else None


@transaction.atomic
def set_targets(
    *, entries: Iterable[TargetEntry], person: Person | None, change: TargetChange | None = None
) -> list[Target]:
    """Sets targets as one change: new versions, one audit entry a target, and the scopes' figures are due.

    Entries that say what already holds make no version. `change` is what they are part of (`kpis.services.plans`,
    which then writes one audit entry for all of them). Raises TargetRefused before anything is written.
    """
    wanted = {entry.key: entry for entry in entries}
    for entry in wanted.values():
        check(entry)
    scope_ids = sorted({entry.scope.pk for entry in wanted.values()})
    # Two people at the same cell: the second waits here and then sees the first one's version.
    list(
        Scope.objects.filter(pk__in=scope_ids).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )
    current = {
        (target.metric_id, target.scope_id, target.grain, target.start): target
        for target in Target.objects.filter(
            scope_id__in=scope_ids,
            metric_id__in={entry.metric.pk for entry in wanted.values()},
            superseded_at__isnull=True,
        )
    }
    changed = [entry for key, entry in wanted.items() if _value_of(current.get(key)) != entry.value]
    now = timezone.now()
    Target.objects.filter(pk__in=[current[entry.key].pk for entry in changed if entry.key in current]).update(
        superseded_at=now
    )
    made = Target.objects.bulk_create(
        Target(
            metric=entry.metric,
            scope=entry.scope,
            grain=entry.period.grain.value,
            start=entry.period.start,
            value=entry.value,
            version=current[entry.key].version + 1 if entry.key in current else 1,
            set_at=now,
            set_by=person,
            change=change,
        )
        for entry in changed
    )
    if change is None:
        for entry in changed:
            record(
                action="target.set",
                subject=f"{entry.metric.code} {entry.scope.key} {entry.period}",
                person=person,
                before=_value_of(current.get(entry.key)),
                after=entry.value,
            )
    if changed:
        mark_scopes_changed(
            spans=[(entry.scope.pk, entry.period.start, entry.period.end) for entry in changed]
        )
        enqueue("kpis.tasks.work")
    return made


def check(entry: TargetEntry) -> None:
    """Raises TargetRefused for a value that is no number or beyond all measure."""
    if entry.value is None:
        return
    if not entry.value.is_finite():
        raise TargetRefused(_("A target is a number."))
    if abs(entry.value) >= LIMIT:
        raise TargetRefused(_("A target of %(value)s is too large.") % {"value": f"{entry.value:.0e}"})


def _value_of(target: Target | None) -> Decimal | None:
    return target.value if target else None
