"""Objectives as pages and programs show them: key results with where they stand, lights, links, what she may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpis import okr
from kpis.models import Reading
from kpis.models.okr import CheckIn, How, KeyResult, Level, Milestone, Objective, ObjectiveState
from kpis.okr import Stand
from kpis.scoring import Score
from kpis.selectors.at_risk import Risk
from kpis.selectors.okr.access import settable
from kpis.selectors.okr.missing import is_missed
from kpis.selectors.okr.quarters import is_over
from kpis.selectors.okr.stands import (
    Facts,
    figure_of,
    gather,
    graded,
    risks_of,
    stand_of,
    stand_of_objective,
    total_of,
)
from organization.gate import visible_nodes, visible_scopes
from organization.models import DIMENSIONS, Dimension, Person, Scope


class Grades:
    """How progress is written in a bar: as percent. A stand-in for a metric (`common.formats.Figured`)."""

    unit = "percent"


@dataclass(frozen=True)
class KeyResultView:
    """`hidden`: it lies on an area that she may not see; nothing of it is said but that it counts.

    `missed`: last week went without a check-in and should not have; `owed`: this week's is not there yet.
    """

    key_result: KeyResult
    stand: Stand
    hidden: bool
    newest: CheckIn | None
    check_ins: tuple[CheckIn, ...]  # the newest week first
    milestones: tuple[Milestone, ...]
    may_check_in: bool
    missed: bool
    owed: bool
    figure: Reading | None
    at_risk: tuple[Risk, ...] = ()  # what leads to its figure and is off plan, while it is on plan itself

    @property
    def dialog(self) -> str:
        """The id of the dialog that asks before it is removed."""
        return f"remove-kr-{self.key_result.pk}"

    @property
    def by_metric(self) -> bool:
        return self.key_result.how == How.METRIC

    @property
    def by_hand(self) -> bool:
        return self.key_result.how == How.MANUAL

    @property
    def by_milestones(self) -> bool:
        return self.key_result.how == How.MILESTONES

    @property
    def confidence(self) -> int | None:
        return self.newest.confidence if self.newest is not None else None

    @property
    def grade(self) -> str:
        return okr.shown(self.stand.progress)

    @property
    def due(self) -> str:
        return okr.shown(self.stand.due)

    @property
    def bar(self) -> Bar:
        return Bar.of(self.stand)

    @property
    def closing(self) -> str:
        """The grade that it would be closed with now: of the whole way, not of what is due."""
        return okr.shown(self.closing_grade)

    @property
    def closing_grade(self) -> Decimal | None:
        row = self.key_result
        return row.grade if row.objective.is_closed else graded(row, self.stand.value)

    @property
    def history(self) -> list[Decimal | None]:
        """Values as they were checked in, the oldest first."""
        return [one.value for one in reversed(self.check_ins)]

    @property
    def done(self) -> int:
        return sum(one.done_at is not None for one in self.milestones)


@dataclass(frozen=True)
class Bar:
    """Held between 0 and 1.2, so that a bar stays a bar."""

    actual: Decimal | None
    expected: Decimal | None
    target: Decimal = Decimal(1)
    metric: ClassVar[Grades] = Grades()

    @classmethod
    def of(cls, stand: Stand) -> Bar:
        return cls(_held(stand.progress), _held(stand.due))


def _held(progress: Decimal | None) -> Decimal | None:
    return None if progress is None else min(max(progress, okr.ZERO), okr.CAP)


@dataclass(frozen=True)
class Support:
    """What an objective supports: None and "" where she may not see it. `key_result` is the id of that, if one."""

    objective: Objective | None
    title: str
    key_result: int | None = None


@dataclass(frozen=True)
class ObjectiveView:
    objective: Objective
    stand: Stand
    key_results: tuple[KeyResultView, ...]
    support: Support | None
    team: str  # "" where there is none, or none that she knows
    may_set: bool
    over: bool  # its quarter is closed

    @property
    def where(self) -> str:
        """Whose it is and about which area, with its team: Team · East China · Retail."""
        level = str(Level(self.objective.level).label)
        area = "" if self.objective.level == Level.COMPANY else self.objective.scope.label
        return " · ".join(part for part in (level, area, self.team) if part)

    @property
    def orphan(self) -> bool:
        return self.support is None and self.objective.level != Level.COMPANY

    @property
    def draft(self) -> bool:
        return self.objective.state == ObjectiveState.DRAFT

    @property
    def closed(self) -> bool:
        return self.objective.is_closed

    @property
    def grade(self) -> str:
        return okr.shown(self.stand.progress)

    @property
    def due(self) -> str:
        return okr.shown(self.stand.due)

    @property
    def bar(self) -> Bar:
        return Bar.of(self.stand)

    @property
    def closing_grade(self) -> Decimal | None:
        """That it would be closed with now; a key result without a value counts as 0."""
        return total_of([(one.key_result.weight, one.closing_grade) for one in self.key_results])

    @property
    def closing(self) -> str:
        return okr.shown(self.closing_grade)

    @property
    def verdict(self) -> str:
        grade = self.closing_grade
        return "grey" if grade is None else okr.verdict(grade, committed=self.objective.committed)

    @property
    def confidence(self) -> int | None:
        """The mean of what was said last, by weight; None where nothing was."""
        said = [
            (one.key_result.weight, Decimal(one.confidence))
            for one in self.key_results
            if one.confidence is not None
        ]
        return round(okr.weighted(said)) if said else None

    @property
    def missed(self) -> int:
        return sum(one.missed for one in self.key_results)

    @property
    def on_plan(self) -> int:
        return sum(one.stand.status == "green" for one in self.key_results)


@dataclass(frozen=True)
class _Known:
    """What she may see of what hangs on objectives."""

    scopes: frozenset[int]
    teams: frozenset[int]


def load(
    objectives: Sequence[Objective], *, person: Person, today: date, history: bool = False
) -> list[ObjectiveView]:
    """In their order. Some thirteen queries, however many there are; `objectives` come from `visible_objectives`."""
    rows = _key_results(objectives)
    facts = gather([one for many in rows.values() for one in many], history=history)
    known = _known(person, objectives, rows)
    hers = settable(person, objectives)
    over = {start: is_over(start, today=today) for start in {one.start for one in objectives}}
    return [
        _view(one, rows.get(one.pk, []), facts, known, person, one.pk in hers, over[one.start], today)
        for one in objectives
    ]


def _key_results(objectives: Sequence[Objective]) -> dict[int, list[KeyResult]]:
    by_id = {one.pk: one for one in objectives}
    found: dict[int, list[KeyResult]] = {}
    for row in (
        KeyResult.objects.filter(objective__in=by_id, removed_at__isnull=True)
        .select_related("metric", "owner", *(f"scope__{dimension}" for dimension in DIMENSIONS))
        .order_by("objective", "position", "pk")
    ):
        row.objective = by_id[row.objective_id]
        found.setdefault(row.objective_id, []).append(row)
    return found


def _known(
    person: Person, objectives: Sequence[Objective], rows: Mapping[int, Sequence[KeyResult]]
) -> _Known:
    scopes: set[Scope | None] = {one.scope for many in rows.values() for one in many}
    scopes |= {above.scope for one in objectives if (above := _above(one)) is not None}
    wanted = {scope.pk for scope in scopes if scope is not None}
    # A key result that one supports may lie on an area that is not hers, though its objective does.
    wanted |= {
        one.supports_key_result.scope_id
        for one in objectives
        if one.supports_key_result is not None and one.supports_key_result.scope_id is not None
    }
    seen = visible_scopes(person).filter(pk__in=wanted).values_list("pk", flat=True) if wanted else ()
    teams = {one.team_id for one in objectives if one.team_id is not None}
    named = (
        visible_nodes(person, Dimension.TEAM).filter(pk__in=teams).values_list("pk", flat=True)
        if teams
        else ()
    )
    return _Known(frozenset(seen), frozenset(named))


def _above(objective: Objective) -> Objective | None:
    if objective.supports_key_result is not None:
        return objective.supports_key_result.objective
    return objective.supports_objective


def _view(
    objective: Objective,
    rows: Sequence[KeyResult],
    facts: Facts,
    known: _Known,
    person: Person,
    may_set: bool,
    over: bool,
    today: date,
) -> ObjectiveView:
    closed = objective.is_closed
    stands = {one.pk: _closed(one) if closed else stand_of(one, facts, today=today) for one in rows}
    if closed:
        stand = _graded(objective.grade, objective.grade, committed=objective.committed)
    else:
        stand = stand_of_objective((one, stands[one.pk]) for one in rows)
    open_now = objective.state == ObjectiveState.ACTIVE and not over and today >= objective.start
    return ObjectiveView(
        objective=objective,
        stand=stand,
        key_results=tuple(
            _key_result_view(one, stands[one.pk], facts, known, person, may_set, open_now, today)
            for one in rows
        ),
        support=_support(objective, known),
        team=objective.team.label if objective.team is not None and objective.team_id in known.teams else "",
        may_set=may_set,
        over=over,
    )


def _key_result_view(
    row: KeyResult,
    stand: Stand,
    facts: Facts,
    known: _Known,
    person: Person,
    may_set: bool,
    open_now: bool,
    today: date,
) -> KeyResultView:
    hidden = row.scope_id is not None and row.scope_id not in known.scopes
    said = () if hidden else tuple(facts.check_ins.get(row.pk, ()))
    newest = said[0] if said else None
    asked = open_now and row.how != How.METRIC
    last = newest.week if newest is not None else None
    return KeyResultView(
        key_result=row,
        stand=stand,
        hidden=hidden,
        newest=newest,
        check_ins=said,
        milestones=tuple(facts.milestones.get(row.pk, ())),
        may_check_in=open_now and not hidden and (may_set or row.keeper == person.pk),
        missed=asked and is_missed(row, newest=last, today=today),
        owed=asked and (last is None or last < okr.week_of(today)),
        figure=None if hidden else figure_of(row, facts),
        at_risk=risks_of(row, facts)
        if not hidden and stand.status == "green" and not row.objective.is_closed
        else (),
    )


def _support(objective: Objective, known: _Known) -> Support | None:
    above = _above(objective)
    if above is None:
        return None
    if above.scope_id not in known.scopes:
        return Support(None, "")
    result = objective.supports_key_result
    if result is None or (result.scope_id is not None and result.scope_id not in known.scopes):
        return Support(above, above.title)
    return Support(above, result.title, result.pk)


def _closed(row: KeyResult) -> Stand:
    """As it was kept at closing."""
    return _graded(row.value, row.grade, committed=row.committed)


def _graded(value: Decimal | None, grade: Decimal | None, *, committed: bool) -> Stand:
    if grade is None:
        return okr.NOWHERE
    light = okr.verdict(grade, committed=committed)
    return Stand(value, grade, None, Score(None, None), light)
