"""Setting targets. A new value is a new version; the old one stays, superseded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.columns import column
from common.periods import Period
from common.queueing import enqueue
from kpis.models import Metric, Target, TargetChange
from kpis.services.changes import mark_targets_changed
from organization.models import Person, Scope
from organization.services import record

LIMIT = Decimal(10) ** 15
Key = tuple[int, int, str, date]  # metric, scope, grain, first day


class TargetRefused(ValueError):
    """The target cannot be; the message says why, for people."""


@dataclass(frozen=True)
class TargetEntry:
    """One cell of a plan; `value` None takes the target away."""

    metric: Metric
    scope: Scope
    period: Period
    value: Decimal | None

    @cached_property
    def key(self) -> Key:
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
    # Two people at the same cell: the second waits here and then sees the first one's version.
    lock_scopes(wanted.values())
    current = current_versions(wanted.values())
    changed = {key: entry for key, entry in wanted.items() if _value_of(current.get(key)) != entry.value}
    now = timezone.now()
    made = _write(
        [current[key].pk for key in changed if key in current],
        [(entry, current[key].version + 1 if key in current else 1) for key, entry in changed.items()],
        person=person,
        change=change,
        now=now,
    )
    if change is None:
        for key, entry in changed.items():
            record(
                action="target.set",
                subject=f"{entry.metric.code} {entry.scope.key} {entry.period}",
                person=person,
                before=_value_of(current.get(key)),
                after=entry.value,
            )
    if changed:
        mark_targets_changed(
            spans=[
                (entry.scope.pk, entry.metric.pk, entry.period.start, entry.period.end)
                for entry in changed.values()
            ]
        )
        enqueue("kpis.tasks.work")
    return made


class Version(NamedTuple):
    """What holds for a cell."""

    pk: int
    version: int
    value: Decimal | None


def lock_scopes(entries: Iterable[TargetEntry]) -> None:
    """To the end of the transaction, in the order of their ids, as everybody does who sets targets."""
    scope_ids = {entry.scope.pk for entry in entries}
    list(
        Scope.objects.filter(pk__in=scope_ids).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )


def current_versions(entries: Collection[TargetEntry]) -> dict[Key, Version]:
    """What holds for these cells and those between them. One query; plain rows, since a plan has thousands."""
    if not entries:
        return {}
    starts = [entry.period.start for entry in entries]
    rows = Target.objects.filter(
        scope_id__in={entry.scope.pk for entry in entries},
        metric_id__in={entry.metric.pk for entry in entries},
        start__range=(min(starts), max(starts)),
        superseded_at__isnull=True,
    ).values_list("metric_id", "scope_id", "grain", "start", "pk", "version", "value")
    return {
        (metric, scope, grain, start): Version(pk, version, value)
        for metric, scope, grain, start, pk, version, value in rows
    }


_COLUMNS = [
    "id",
    "metric_id",
    "scope_id",
    "grain",
    "start",
    "value",
    "version",
    "set_at",
    "superseded_at",
    "set_by_id",
    "change_id",
]


def _write(
    superseded: Sequence[int],
    versions: Sequence[tuple[TargetEntry, int]],
    *,
    person: Person | None,
    change: TargetChange | None,
    now: datetime,
) -> list[Target]:
    """New versions in one statement: for a plan of thousands the model's own way takes longer than all the rest."""
    if not versions:
        return []
    shared = (now, person.pk if person else None, change.pk if change else None)
    entries = {entry.key: entry for entry, _version in versions}
    metrics, scopes, grains, starts = zip(*entries, strict=True)
    values = (entry.value for entry in entries.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kpis_target SET superseded_at = %s WHERE id = ANY(%s::bigint[])",
            [now, column(superseded)],
        )
        cursor.execute(
            """
            INSERT INTO kpis_target (metric_id, scope_id, grain, start, value, version, set_at, set_by_id, change_id)
            SELECT metric_id, scope_id, grain, start, value, version, %s, %s, %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::numeric[], %s::int[])
                WITH ORDINALITY AS made(metric_id, scope_id, grain, start, value, version, place)
            ORDER BY place RETURNING id, metric_id, scope_id, grain, start, value, version, set_at, superseded_at,
                set_by_id, change_id
            """,
            [
                *shared,
                column(metrics),
                column(scopes),
                list(grains),
                column(starts),
                column(values),
                column(version for _entry, version in versions),
            ],
        )
        made = [Target.from_db(connection.alias, _COLUMNS, row) for row in cursor.fetchall()]
    known = {"set_by": person, "change": change}
    for target in made:
        entry = entries[target.metric_id, target.scope_id, target.grain, target.start]
        # (Setting them as fields costs more than all else about the object.)
        target._state.fields_cache.update(metric=entry.metric, scope=entry.scope, **known)
    return made


def check(entry: TargetEntry) -> None:
    """Raises TargetRefused for a value that is no number or beyond all measure."""
    if entry.value is None:
        return
    if not entry.value.is_finite():
        raise TargetRefused(_("A target is a number."))
    if abs(entry.value) >= LIMIT:
        raise TargetRefused(_("A target of %(value)s is too large.") % {"value": f"{entry.value:.0e}"})


def _value_of(version: Version | None) -> Decimal | None:
    return version.value if version else None
