"""Adding, editing and removing key results with their milestones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from common.queueing import enqueue
from kpis import okr
from kpis.models import Direction, Metric, Unit
from kpis.models.okr import Commitment, How, KeyResult, Milestone, Objective
from kpis.services.okr.alignment import hold_links
from kpis.services.okr.checks import check_amount, check_owner, check_running, check_title, check_weight
from kpis.services.okr.errors import KeyResultMoved, ObjectiveRefused
from kpis.services.okr.objectives import locked, standing
from kpis.services.okr.todo import finish_asking
from kpis.services.watches import unwatch, watch
from organization.models import Person, Scope
from organization.services import record

MOST_KEY_RESULTS = 20
MOST_MILESTONES = 30
PLACES = 6


@dataclass(frozen=True)
class MilestoneDraft:
    """`pk` of one that stands already, None for a new one."""

    title: str
    due_on: date
    weight: Decimal = Decimal(1)
    pk: int | None = None


@dataclass(frozen=True)
class KeyResultDraft:
    """What somebody wrote. Amounts in the unit, as ratios for percent; by milestones they follow by themselves."""

    title: str
    how: str
    baseline: Decimal = Decimal(0)
    target: Decimal = Decimal(1)
    unit: str = Unit.COUNT
    metric: Metric | None = None
    scope: Scope | None = None
    weight: Decimal = Decimal(1)
    owner: Person | None = None
    commitment: str = Commitment.ASPIRATIONAL
    milestones: Sequence[MilestoneDraft] = ()


@transaction.atomic
def add_key_result(
    *, objective: Objective, draft: KeyResultDraft, person: Person | None, today: date
) -> KeyResult:
    """Raises ObjectiveRefused before anything is written."""
    objective = locked(objective)
    check_running(objective, today=today)
    standing_ones = objective.key_results.filter(removed_at__isnull=True)
    if standing_ones.count() >= MOST_KEY_RESULTS:
        raise ObjectiveRefused(_("At most %(n)s key results. Fewer say more.") % {"n": MOST_KEY_RESULTS})
    columns = _checked(draft, objective)
    last = objective.key_results.aggregate(last=Max("position"))["last"]
    key_result = KeyResult(objective=objective, position=0 if last is None else last + 1, **columns)
    if draft.scope is not None and draft.how == How.METRIC:
        key_result.scope = standing(draft.scope)
    key_result.save()
    _keep_milestones(key_result, draft)
    watch_figure(key_result)
    record(action="key_result.make", subject=key_result.title, person=person, **_described(key_result))
    return key_result


@transaction.atomic
def edit_key_result(
    *, key_result: KeyResult, draft: KeyResultDraft, based_on: int, person: Person | None, today: date
) -> KeyResult:
    """Edits a key result that somebody saw in revision `based_on`. Milestones that are reached stay so.

    Raises ObjectiveRefused, and KeyResultMoved where somebody else came first and said something else.
    """
    key_result = held(key_result)
    check_running(key_result.objective, today=today)
    columns = _checked(draft, key_result.objective)
    if draft.how != key_result.how and key_result.check_ins.exists():
        raise ObjectiveRefused(
            _("It has check-ins, so how it is measured stays. Remove it and add another instead."), "how"
        )
    before, tied = _described(key_result), (key_result.metric_id, key_result.scope_id)
    for name, value in columns.items():
        setattr(key_result, name, value)
    key_result.scope = standing(draft.scope) if draft.scope is not None and draft.how == How.METRIC else None
    after = {**_described(key_result), "milestones": _written(draft)}
    if after == before:
        return key_result
    if key_result.revision != based_on:
        raise KeyResultMoved(KeyResult.objects.get(pk=key_result.pk))
    key_result.revision += 1
    key_result.save()
    _keep_milestones(key_result, draft)
    if tied != (key_result.metric_id, key_result.scope_id):
        watch_figure(key_result)
    record(action="key_result.edit", subject=key_result.title, person=person, before=before, after=after)
    return key_result


@transaction.atomic
def remove_key_result(
    *, key_result: KeyResult, person: Person | None, today: date, now: datetime
) -> KeyResult:
    """It counts nowhere from now on; its check-ins stay on record. What supported it supports its objective.

    Raises ObjectiveRefused in a closed quarter. Twice is once.
    """
    hold_links()
    key_result = held(key_result)
    check_running(key_result.objective, today=today)
    if key_result.removed_at is not None:
        return key_result
    key_result.supported_by.update(supports_key_result=None, supports_objective=key_result.objective)
    key_result.removed_at = now
    key_result.revision += 1
    key_result.save(update_fields=["removed_at", "revision"])
    unwatch(watcher=_watcher(key_result))
    finish_asking(key_result=key_result, now=now, dropped=True)
    record(action="key_result.remove", subject=key_result.title, person=person, **_described(key_result))
    return key_result


def held(key_result: KeyResult) -> KeyResult:
    """The row as it is now with its objective, both held to the end of the transaction, the objective first."""
    locked(Objective(pk=key_result.objective_id))
    return (
        KeyResult.objects.select_for_update(no_key=True, of=("self",))
        .select_related("objective__scope", "scope", "metric")
        .get(pk=key_result.pk)
    )


def _checked(draft: KeyResultDraft, objective: Objective) -> dict[str, Any]:
    """Its columns but for the area of a figure, which may have to be made. Raises ObjectiveRefused."""
    title = check_title(draft.title)
    if draft.how not in How.values:
        raise ObjectiveRefused(_("Say how it is measured."), "how")
    if draft.commitment not in Commitment.values:
        raise ObjectiveRefused(_("Say whether it is committed or aspirational."), "commitment")
    check_weight(draft.weight)
    check_owner(draft.owner, objective.scope)
    metric, unit = None, draft.unit
    baseline, target = draft.baseline, draft.target
    if draft.how == How.MILESTONES:
        baseline, target, unit = Decimal(0), Decimal(1), Unit.PERCENT
        _check_milestones(draft.milestones, objective)
    else:
        check_amount(baseline, "baseline")
        check_amount(target, "target")
        baseline, target = round(baseline, PLACES), round(target, PLACES)
        if baseline == target:
            raise ObjectiveRefused(
                _("The target is where it begins: there would be nothing to reach. Choose another target."),
                "target",
            )
    if draft.how == How.METRIC:
        metric = draft.metric
        if metric is None or metric.archived_at is not None:
            raise ObjectiveRefused(_("Choose the figure that it is tied to."), "metric")
        if draft.scope is None:
            raise ObjectiveRefused(_("Choose the area of the figure."), "area")
        _check_direction(metric, baseline, target)
        unit = metric.unit
    elif unit not in Unit.values:
        raise ObjectiveRefused(_("Choose a unit."), "unit")
    return {
        "title": title, "how": draft.how, "metric": metric, "baseline": baseline, "target": target, "unit": unit,
        "weight": draft.weight, "owner": draft.owner, "commitment": draft.commitment,
    }  # fmt: skip


def _check_direction(metric: Metric, baseline: Decimal, target: Decimal) -> None:
    if metric.direction == Direction.BAND:
        raise ObjectiveRefused(
            _("%(metric)s is good inside a band, so it has no way from here to there. Choose another figure.")
            % {"metric": metric.label},
            "metric",
        )
    if okr.direction(baseline, target) == metric.direction:
        return
    said = (
        _("Less %(metric)s is better, so its target lies below where it begins.")
        if metric.direction == Direction.LOWER
        else _("More %(metric)s is better, so its target lies above where it begins.")
    )
    raise ObjectiveRefused(said % {"metric": metric.label}, "target")


def _check_milestones(milestones: Sequence[MilestoneDraft], objective: Objective) -> None:
    if not milestones:
        raise ObjectiveRefused(_("Name at least one milestone."), "milestones")
    if len(milestones) > MOST_MILESTONES:
        raise ObjectiveRefused(_("At most %(n)s milestones.") % {"n": MOST_MILESTONES}, "milestones")
    for row, one in enumerate(milestones):
        check_title(one.title, row=row)
        check_weight(one.weight, row=row)
        if not objective.start <= one.due_on <= objective.last_day:
            raise ObjectiveRefused(_("Choose a day within the quarter."), "due_on", row=row)


def _keep_milestones(key_result: KeyResult, draft: KeyResultDraft) -> None:
    """Those named stay or are made, the others go."""
    wanted = draft.milestones if draft.how == How.MILESTONES else ()
    known = {one.pk: one for one in key_result.milestones.all()}
    kept = {one.pk for one in wanted if one.pk in known}
    key_result.milestones.exclude(pk__in=kept).delete()
    for one in wanted:
        milestone = known.get(one.pk or 0) or Milestone(key_result=key_result)
        milestone.title, milestone.due_on, milestone.weight = check_title(one.title), one.due_on, one.weight
        milestone.save()


def _written(draft: KeyResultDraft) -> list[str]:
    if draft.how != How.MILESTONES:
        return []
    return sorted(_milestone_text(check_title(one.title), one.due_on, one.weight) for one in draft.milestones)


def _milestone_text(title: str, due_on: date, weight: Decimal) -> str:
    return f"{title} · {due_on} · {_plain(weight)}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _watcher(key_result: KeyResult) -> str:
    return f"kpis.key_result:{key_result.pk}"


def watch_figure(key_result: KeyResult) -> None:
    """Figures of crossings are kept only where somebody needs them; all others are anyhow."""
    unwatch(watcher=_watcher(key_result))
    scope, metric = key_result.scope, key_result.metric
    if scope is None or metric is None or scope.node_id is not None or scope.is_company:
        return
    watch(watcher=_watcher(key_result), metric=metric, scope=scope, grain="quarter")
    enqueue("kpis.tasks.work")


def _described(key_result: KeyResult) -> dict[str, Any]:
    milestones = key_result.milestones.all() if key_result.pk else ()
    return {
        "objective": key_result.objective.title,
        "title": key_result.title,
        "how": key_result.how,
        "metric": key_result.metric.code if key_result.metric else None,
        "scope": key_result.scope.key if key_result.scope else None,
        "baseline": _plain(key_result.baseline),
        "target": _plain(key_result.target),
        "unit": key_result.unit,
        "weight": _plain(key_result.weight),
        "owner": key_result.owner.username if key_result.owner else None,
        "commitment": key_result.commitment,
        "milestones": sorted(_milestone_text(one.title, one.due_on, one.weight) for one in milestones),
    }
