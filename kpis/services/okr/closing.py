"""The end of a quarter: what came of an objective is graded and kept, and what is unfinished goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from common.periods import add_months
from kpis import okr
from kpis.models.okr import How, KeyResult, Milestone, Objective, ObjectiveState
from kpis.selectors.okr.quarters import quarter_in_words
from kpis.selectors.okr.stands import gather, graded, stand_of, total_of
from kpis.services.okr.alignment import hold_links
from kpis.services.okr.checks import check_open
from kpis.services.okr.errors import ObjectiveMoved, ObjectiveRefused
from kpis.services.okr.key_results import watch_figure
from kpis.services.okr.objectives import LONGEST_TEXT, locked
from kpis.services.okr.todo import finish_asking
from organization.models import Person
from organization.services import record


@transaction.atomic
def close_objective(
    *,
    objective: Objective,
    comment: str,
    comments: Mapping[int, str],
    based_on: int,
    person: Person | None,
    today: date,
    now: datetime,
) -> Objective:
    """Grades it by what its key results have come to now, and keeps that. `comments` are by key result.

    A key result without a value counts as 0; with none at all there is no grade. Raises ObjectiveRefused for a draft or
    where it is closed, and before its quarter has begun; ObjectiveMoved where somebody edited it since.
    """
    objective = locked(objective)
    if objective.is_closed:
        raise ObjectiveRefused(_("This objective is closed. What it came to stays as it is."))
    if objective.state == ObjectiveState.DRAFT:
        raise ObjectiveRefused(_("A draft has come to nothing yet. Begin it or remove it."))
    if today < objective.start:
        raise ObjectiveRefused(_("Its quarter has not begun yet."))
    if objective.revision != based_on:
        raise ObjectiveMoved(Objective.objects.get(pk=objective.pk))
    comment = comment.strip()
    if len(comment) > LONGEST_TEXT:
        raise ObjectiveRefused(_("At most %(n)s characters.") % {"n": LONGEST_TEXT}, "comment")
    key_results = standing_results(objective)
    facts = gather(key_results)
    for one in key_results:
        stand = stand_of(one, facts, today=today)
        one.value, one.grade = stand.value, graded(one, stand.value)
        one.closing_comment = comments.get(one.pk, "").strip()[:LONGEST_TEXT]
        finish_asking(key_result=one, now=now, dropped=True)
    KeyResult.objects.bulk_update(key_results, ["value", "grade", "closing_comment"])
    objective.grade = total_of([(one.weight, one.grade) for one in key_results])
    objective.closing_comment = comment
    objective.state = ObjectiveState.CLOSED
    objective.closed_at, objective.closed_by = now, person
    objective.revision += 1
    objective.save(update_fields=["grade", "closing_comment", "state", "closed_at", "closed_by", "revision"])
    record(
        action="objective.close",
        subject=objective.title,
        person=person,
        scope=objective.scope.key,
        grade=okr.shown(objective.grade),
        comment=comment,
    )
    return objective


def standing_results(objective: Objective) -> list[KeyResult]:
    return list(
        objective.key_results.filter(removed_at__isnull=True)
        .select_related("objective", "metric", "scope", "owner")
        .order_by("position", "pk")
    )


@transaction.atomic
def carry_over(*, objective: Objective, person: Person | None, today: date) -> Objective:
    """Copies a closed objective into the next quarter as a draft, with what is unfinished: each key result begins where
    it got to, milestones that are not reached come along. What it supported it supports there, if that came along too.

    Raises ObjectiveRefused where it was carried over before, all is reached, or that quarter is closed.
    """
    hold_links()
    objective = locked(objective)
    if not objective.is_closed:
        raise ObjectiveRefused(_("Close it first: what is unfinished is known then."))
    start = add_months(objective.start, 3)
    if Objective.objects.filter(carried_from=objective).exists():
        raise ObjectiveRefused(
            _("It has been carried over into %(quarter)s already.") % {"quarter": quarter_in_words(start)}
        )
    check_open(start, today=today)
    key_results = standing_results(objective)
    unfinished = [one for one in key_results if one.grade is None or one.grade < okr.ONE]
    if key_results and not unfinished:
        raise ObjectiveRefused(_("All of it is reached, so there is nothing to carry over."))
    made = Objective(
        title=objective.title, description=objective.description, start=start, level=objective.level,
        scope=objective.scope, owner=objective.owner, team=objective.team, commitment=objective.commitment,
        carried_from=objective, created_by=person,
    )  # fmt: skip
    _link(made, objective)
    made.save()
    for one in unfinished:
        _copy(one, made)
    _link_those_below(made, objective)
    record(
        action="objective.carry_over", subject=objective.title, person=person, scope=objective.scope.key,
        quarter=start, key_results=len(unfinished),
    )  # fmt: skip
    return made


def _copy(key_result: KeyResult, made: Objective) -> None:
    """It begins where it got to; without a value, or where that already is the target, as before."""
    baseline = key_result.baseline
    if key_result.how != How.MILESTONES and key_result.value is not None:
        reached = round(Decimal(key_result.value), 6)
        baseline = reached if reached != key_result.target else baseline
    copy = KeyResult.objects.create(
        objective=made, title=key_result.title, how=key_result.how, metric=key_result.metric, scope=key_result.scope,
        baseline=baseline, target=key_result.target, unit=key_result.unit, weight=key_result.weight,
        position=key_result.position, owner=key_result.owner, commitment=key_result.commitment, carried_from=key_result,
    )  # fmt: skip
    left = key_result.milestones.filter(done_at__isnull=True)
    Milestone.objects.bulk_create(
        Milestone(
            key_result=copy, title=one.title, weight=one.weight, due_on=_a_quarter_later(one.due_on, made)
        )
        for one in left.order_by("due_on", "pk")
    )
    watch_figure(copy)


def _a_quarter_later(day: date, made: Objective) -> date:
    """The like day, held within the quarter: of 31 January 30 April."""
    month = add_months(day, 3)
    last = add_months(month, 1) - timedelta(days=1)
    return min(max(month.replace(day=min(day.day, last.day)), made.start), made.last_day)


def _link(made: Objective, objective: Objective) -> None:
    """Upwards: to where what it supported was carried."""
    if objective.supports_key_result_id is not None:
        made.supports_key_result = KeyResult.objects.filter(
            carried_from=objective.supports_key_result_id,
            objective__start=made.start,
            removed_at__isnull=True,
        ).first()
        if made.supports_key_result is None:
            made.supports_objective = Objective.objects.filter(
                carried_from__key_results=objective.supports_key_result_id
            ).first()
    elif objective.supports_objective_id is not None:
        made.supports_objective = Objective.objects.filter(
            carried_from=objective.supports_objective_id
        ).first()


def _link_those_below(made: Objective, objective: Objective) -> None:
    """Downwards: those that supported it and went ahead find it again, unless they found something else meanwhile."""
    ahead = Objective.objects.filter(start=made.start, supports_objective=None, supports_key_result=None)
    ahead.filter(carried_from__supports_objective=objective).update(supports_objective=made)
    for copy in made.key_results.filter(carried_from__isnull=False):
        ahead.filter(carried_from__supports_key_result=copy.carried_from).update(supports_key_result=copy)
    ahead.filter(carried_from__supports_key_result__objective=objective).update(supports_objective=made)
