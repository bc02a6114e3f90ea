"""Entering amounts by hand. A correction is a new version, and so is taking a value away; the old ones stay.

The current values are facts of a source of their own, so that everything above facts works for them as for files.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import Grain, Period
from common.queueing import enqueue
from kpis.models import EnteredFact, EnteredValue, Measure, OverTime, Source
from kpis.services.changes import mark_days_changed
from kpis.services.sources import ensure_source
from kpis.spreading import PLACES, spread
from organization.models import Dimension, Node, Person, Scope
from organization.services import record

SOURCE = "entered"  # the code of the source, and of its facts
LIMIT = Decimal(10) ** 15
FIRST_DAY = date(1991, 1, 1)
PLACED = (Dimension.CHANNEL, Dimension.REGION, Dimension.PRODUCT)


class EntryRefused(ValueError):
    """It cannot be; the message says why, for people. `place` is the entry's place in the list."""

    def __init__(self, message: str, place: int = 0) -> None:
        super().__init__(message)
        self.place = place


class EntryMoved(Exception):
    """Somebody else entered something first; nothing was written. `current` is what holds now."""

    def __init__(self, current: EnteredValue) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class Entry:
    """One value in the measure's unit (0.42 is 42%), rounded to four decimals; None takes it away."""

    measure: Measure
    scope: Scope
    period: Period
    value: Decimal | None
    note: str = ""

    @property
    def key(self) -> tuple[int, int, str, date]:
        return (self.measure.pk, self.scope.pk, self.period.grain.value, self.period.start)


@dataclass(frozen=True)
class Entered:
    """How many values are new, say something else than before, say the same, and were taken away."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    removed: int = 0


@transaction.atomic
def enter_value(*, entry: Entry, based_on: int, person: Person | None, today: date) -> Entered:
    """Enters one value for somebody who saw version `based_on` (0: none).

    Raises EntryRefused, and EntryMoved where another version holds that says something else.
    """
    _check(entry, 0, today)
    _lock([entry])
    current = _current([entry]).get(entry.key)
    if (
        current is not None
        and current.version != based_on
        and (current.value, current.note) != (_rounded(entry.value), _noted(entry))
    ):
        raise EntryMoved(current)
    return enter_values(entries=[entry], person=person, today=today)


@transaction.atomic
def enter_values(*, entries: Sequence[Entry], person: Person | None, today: date) -> Entered:
    """Enters values as one change, all or none; the last of two equal ones counts once.

    A month's sum is spread over its days, exactly, and marked as estimated; a month's stock stands at its first day.
    Raises EntryRefused before anything is written.
    """
    for place, entry in enumerate(entries):
        _check(entry, place, today)
    _check_twins(entries)
    wanted = {entry.key: entry for entry in entries}
    if not wanted:
        return Entered()
    _lock(wanted.values())
    current = _current(wanted.values())
    _check_grains(entries, wanted)
    changed = [entry for key, entry in wanted.items() if not _says(current.get(key), entry)]
    if not changed:
        return Entered(unchanged=len(wanted))
    now = timezone.now()
    old = [current[entry.key] for entry in changed if entry.key in current]
    EnteredValue.objects.filter(pk__in=[value.pk for value in old]).update(superseded_at=now)
    made = EnteredValue.objects.bulk_create(
        EnteredValue(
            measure=entry.measure,
            scope=entry.scope,
            grain=entry.period.grain.value,
            start=entry.period.start,
            value=_rounded(entry.value),
            note=_noted(entry),
            version=current[entry.key].version + 1 if entry.key in current else 1,
            entered_at=now,
            entered_by=person,
        )
        for entry in changed
    )
    _write_facts(old, made)
    for entry in changed:
        before = current.get(entry.key)
        record(
            action="value.enter" if entry.value is not None else "value.take_away",
            subject=f"{entry.measure.code} {entry.scope.key} {entry.period}",
            person=person,
            before=before.value if before else None,
            after=_rounded(entry.value),
            note=_noted(entry),
        )
    enqueue("kpis.tasks.work")
    held = {entry.key for entry in changed if entry.key in current and current[entry.key].value is not None}
    removed = sum(entry.value is None for entry in changed)
    corrected = sum(entry.value is not None and entry.key in held for entry in changed)
    return Entered(
        new=len(changed) - removed - corrected,
        corrected=corrected,
        unchanged=len(wanted) - len(changed),
        removed=removed,
    )


def _check(entry: Entry, place: int, today: date) -> None:
    measure, scope, value = entry.measure, entry.scope, entry.value
    if measure.archived_at is not None:
        raise EntryRefused(_("%(name)s is put away.") % {"name": measure.label}, place)
    if measure.over_time == OverTime.COMPUTED:
        raise EntryRefused(
            _("%(name)s is published by its source for each period and is not entered.")
            % {"name": measure.label},
            place,
        )
    nodes = scope.node_ids()
    if set(nodes) - set(PLACED):
        raise EntryRefused(
            _("Values belong to the company, or to regions, channels and product lines."), place
        )
    away = Node.objects.filter(pk__in=nodes.values(), archived_at__isnull=False).first()
    if away is not None and value is not None:
        raise EntryRefused(_("%(name)s is put away.") % {"name": away.label}, place)
    if entry.period.grain not in (Grain.DAY, Grain.MONTH):
        raise EntryRefused(_("A value is entered for a day or a month."), place)
    if entry.period.start > today:
        raise EntryRefused(_("%(period)s has not begun yet.") % {"period": entry.period}, place)
    if entry.period.start < FIRST_DAY:
        raise EntryRefused(_("%(period)s is too long ago.") % {"period": entry.period}, place)
    if value is None:
        return
    if not value.is_finite():
        raise EntryRefused(_("A value is a number."), place)
    if abs(value) >= LIMIT:
        raise EntryRefused(_("A value of %(value)s is too large.") % {"value": f"{value:.0e}"}, place)
    if value < 0 and not measure.signed:
        raise EntryRefused(_("%(name)s cannot be negative.") % {"name": measure.label}, place)


def _check_twins(entries: Sequence[Entry]) -> None:
    seen: dict[tuple[int, int, str, date], Entry] = {}
    for place, entry in enumerate(entries):
        first = seen.setdefault(entry.key, entry)
        if _rounded(first.value) != _rounded(entry.value):
            raise EntryRefused(
                _("%(area)s has two different values for %(period)s here. Leave one out.")
                % {"area": entry.scope.label, "period": entry.period},
                place,
            )


def _check_grains(entries: Sequence[Entry], wanted: dict[tuple[int, int, str, date], Entry]) -> None:
    """A month has a value of its own or values of its days: both would count twice."""
    held = set(
        EnteredValue.objects.filter(
            superseded_at__isnull=True,
            value__isnull=False,
            measure__in={entry.measure.pk for entry in entries},
            scope__in={entry.scope.pk for entry in entries},
        ).values_list("measure_id", "scope_id", "grain", "start")
    )
    held -= {key for key, entry in wanted.items() if entry.value is None}
    held |= {key for key, entry in wanted.items() if entry.value is not None}
    of_months = {(measure, scope, start) for measure, scope, grain, start in held if grain == Grain.MONTH}
    with_days = {
        (measure, scope, start.replace(day=1)) for measure, scope, grain, start in held if grain == Grain.DAY
    }
    for place, entry in enumerate(entries):
        month = (entry.measure.pk, entry.scope.pk, entry.period.start.replace(day=1))
        if entry.value is None or month not in of_months & with_days:
            continue
        if entry.period.grain == Grain.MONTH:
            message = _(
                "%(area)s has values for single days of %(period)s. Take those away first, or go on by the day."
            )
        else:
            message = _(
                "%(area)s has a value for the whole month that holds %(period)s. Take that away first, or go on by"
                " the month."
            )
        raise EntryRefused(message % {"area": entry.scope.label, "period": entry.period}, place)


def _lock(entries: Collection[Entry]) -> None:
    """Two people at one cell: the second waits here and then sees the first one's version."""
    ids = sorted({entry.scope.pk for entry in entries})
    list(Scope.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _current(entries: Collection[Entry]) -> dict[tuple[int, int, str, date], EnteredValue]:
    keys = Q()
    for measure in {entry.measure.pk for entry in entries}:
        of_measure = [entry for entry in entries if entry.measure.pk == measure]
        keys |= Q(
            measure=measure,
            scope__in={entry.scope.pk for entry in of_measure},
            start__in={entry.period.start for entry in of_measure},
        )
    found = EnteredValue.objects.filter(keys, superseded_at__isnull=True).select_related("entered_by")
    return {(value.measure_id, value.scope_id, value.grain, value.start): value for value in found}


def _says(current: EnteredValue | None, entry: Entry) -> bool:
    if current is None:
        return entry.value is None
    if entry.value is None:
        return current.value is None
    return (current.value, current.note) == (_rounded(entry.value), _noted(entry))


def _write_facts(old: Sequence[EnteredValue], made: Sequence[EnteredValue]) -> None:
    """The facts of the new versions instead of those of the old ones, and the days that changed."""
    ensure_source(code=SOURCE, name="Entered by hand", facts=SOURCE)
    source = Source.objects.select_for_update(no_key=True).get(code=SOURCE)
    gone = EnteredFact.objects.filter(value__in=old)
    days = set(gone.values_list("day", flat=True))
    gone.delete()
    facts = [fact for value in made if value.value is not None for fact in _facts(value, source)]
    EnteredFact.objects.bulk_create(facts, batch_size=2000)
    days |= {fact.day for fact in facts}
    # No `last_day`: what nobody has entered yet must not hold the others' figures back.
    source.slots = sorted({*source.slots, *(value.measure.slot for value in made)})
    source.revision += 1
    source.last_success_at = timezone.now()
    source.save(update_fields=["slots", "revision", "last_success_at"])
    if days:
        mark_days_changed(source=source, days=sorted(days))


def _facts(value: EnteredValue, source: Source) -> list[EnteredFact]:
    """A fact a day; of a stock one, at the day or at the first of the month."""
    assert value.value is not None
    days = 1
    if value.grain == Grain.MONTH and value.measure.over_time == OverTime.SUM:
        days = Period(Grain.MONTH, value.start).days
    nodes = value.scope.node_ids()
    before: list[Decimal | None] = [None] * (value.measure.slot - 1)
    return [
        EnteredFact(
            day=value.start + timedelta(days=step),
            source_id=source.pk,
            channel_id=nodes.get(Dimension.CHANNEL, 0),
            region_id=nodes.get(Dimension.REGION, 0),
            product_id=nodes.get(Dimension.PRODUCT, 0),
            value=value,
            estimated=days > 1,
            amounts=[*before, share],
        )
        for step, share in enumerate(spread(value.value, days))
    ]


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES)


def _noted(entry: Entry) -> str:
    return " ".join(entry.note.split())[:200]
