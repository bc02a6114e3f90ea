"""How targets came to be what they are: every version of one, and a year of them beside what was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from common.periods import Grain, Period
from kpis.models import Calibration, ChangeKind, Metric, Reading, Target, TargetChange
from organization.gate import Action, can, scopes_where
from organization.models import Person, Scope


@dataclass(frozen=True)
class Version:
    """A target as somebody set it. `before`: what it replaced, None for the first. `calibration`: where one moved it."""

    target: Target
    before: Decimal | None
    change: TargetChange | None
    calibration: Calibration | None

    @property
    def who(self) -> str:
        return self.target.set_by.label if self.target.set_by else ""

    @property
    def at(self) -> datetime:
        return self.target.set_at

    @property
    def kind(self) -> str:
        """In the reader's language; "" for a target that was set by itself."""
        return str(ChangeKind(self.change.kind).label) if self.change else ""

    @property
    def approved_by(self) -> str:
        return str(self.change.details.get("approved_by_name", "")) if self.change else ""

    @property
    def plan(self) -> str:
        return str(self.change.details.get("plan", "")) if self.change and self.calibration else ""


@dataclass(frozen=True)
class TargetHistory:
    """Of one metric on one area in one period; the newest version first. `undoable`: the change behind the newest, where
    she may set all its targets and it holds still.
    """

    metric: Metric
    scope: Scope
    period: Period
    versions: tuple[Version, ...]
    undoable: TargetChange | None
    may_set: bool

    @property
    def original(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def current(self) -> Version | None:
        return self.versions[0] if self.versions else None


def target_history(person: Person, metric: Metric, scope: Scope, period: Period) -> TargetHistory:
    """Of an area that is hers to see. At most six queries."""
    rows = list(
        Target.objects.filter(
            metric=metric, scope=scope.pk or 0, grain=period.grain.value, start=period.start
        )
        .select_related("set_by", "change__made_by", "change__undone_by")
        .order_by("version")
    )
    changes = {row.change_id for row in rows if row.change_id}
    calibrations = {
        one.change_id: one
        for one in Calibration.objects.filter(change__in=changes).select_related("filed_by")
    }
    versions = []
    before: Decimal | None = None
    for row in rows:
        versions.append(Version(row, before, row.change, calibrations.get(row.change_id)))
        before = row.value
    may_set = can(person, Action.SET_TARGETS, scope)
    newest = rows[-1].change if rows else None
    undoable = newest if may_set and newest is not None and may_undo(person, newest) else None
    return TargetHistory(metric, scope, period, tuple(reversed(versions)), undoable, may_set)


def may_undo(person: Person, change: TargetChange) -> bool:
    """Whether she may set every target of the change, and all of them hold still. Two queries."""
    if change.undone_by_id is not None:
        return False
    targets = list(change.targets.values_list("scope_id", "superseded_at"))
    if not targets or any(superseded is not None for _scope, superseded in targets):
        return False
    scopes = {scope for scope, _superseded in targets}
    hers = scopes_where(person, Action.SET_TARGETS).filter(pk__in=scopes).values_list("pk", flat=True)
    return scopes <= set(hers)


@dataclass(frozen=True)
class YearMonth:
    """`original`: the first version; `target`: what holds now, also where the month's own was taken away."""

    period: Period
    value: Decimal | None
    target: Decimal | None
    original: Decimal | None
    version: int  # of its own target; 0: never set

    @property
    def moved(self) -> bool:
        return self.original is not None and self.original != self.target


def year_of_targets(metric: Metric, scope: Scope, year: Period) -> tuple[YearMonth, ...]:
    """The months of a fiscal year: what was reached, the target that holds, and the first that was set. Two queries."""
    months = list(year.months())
    starts = [month.start for month in months]
    kept = {
        row.start: row
        for row in Reading.objects.filter(
            metric=metric, scope=scope.pk or 0, grain=Grain.MONTH.value, start__in=starts
        )
    }
    first: dict[date, Decimal | None] = {}
    now: dict[date, tuple[Decimal | None, int]] = {}
    rows = Target.objects.filter(
        metric=metric, scope=scope.pk or 0, grain=Grain.MONTH.value, start__in=starts
    ).values_list("start", "version", "value", "superseded_at")
    for start, version, value, superseded in rows:
        if version == 1:
            first[start] = value
        if superseded is None:
            now[start] = (value, version)
    return tuple(_month(month, kept, first, now) for month in months)


def _month(
    month: Period,
    kept: Mapping[date, Reading],
    first: Mapping[date, Decimal | None],
    now: Mapping[date, tuple[Decimal | None, int]],
) -> YearMonth:
    reading = kept.get(month.start)
    own, version = now.get(month.start, (None, 0))
    inherited = reading.target if reading is not None else None
    return YearMonth(
        period=month,
        value=reading.value if reading is not None else None,
        target=own if own is not None else inherited,
        original=first.get(month.start),
        version=version,
    )
