"""Which weekly check-ins are missing, and whose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import F, Max, Q
from django.utils import timezone

from common.periods import add_months
from kpis import okr
from kpis.models.okr import How, KeyResult, ObjectiveState
from kpis.selectors.okr.quarters import is_over
from organization.gate import visible_scopes
from organization.models import Person


def missing_check_ins(*, today: date, whom: Person | None = None) -> list[KeyResult]:
    """Key results by hand or by milestones of running objectives whose last week went without a check-in.

    What is tied to a figure moves by itself and is not asked for. With `whom` hers alone, of areas that she may see.
    """
    rows = KeyResult.objects.filter(
        removed_at__isnull=True,
        how__in=(How.MANUAL, How.MILESTONES),
        objective__state=ObjectiveState.ACTIVE,
        objective__start__lte=today,
        objective__start__gt=add_months(today, -6),
    )
    if whom is not None:
        rows = rows.filter(objective__scope__in=visible_scopes(whom)).filter(
            Q(owner=whom) | Q(owner__isnull=True, objective__owner=whom)
        )
    rows = rows.annotate(
        newest=Max("check_ins__week", filter=Q(check_ins__superseded_at__isnull=True))
    ).select_related("objective", "owner", "objective__owner")
    over: dict[date, bool] = {}
    found: list[KeyResult] = []
    for one in rows.order_by("objective__title", F("position"), "pk"):
        start = one.objective.start
        if start not in over:
            over[start] = is_over(start, today=today)
        newest = getattr(one, "newest")  # noqa: B009  # annotated above, unknown to the type checker
        if not over[start] and is_missed(one, newest=newest, today=today):
            found.append(one)
    return found


def is_missed(key_result: KeyResult, *, newest: date | None, today: date) -> bool:
    """Of one that checks in and runs."""
    objective = key_result.objective
    begun = [key_result.created_at, *([objective.begun_at] if objective.begun_at else [])]
    since = max([objective.start, *(timezone.localdate(moment) for moment in begun)])
    return okr.is_missed(newest=newest, since=since, last=objective.last_day, today=today)


def keepers_of(key_results: Iterable[KeyResult]) -> list[Person]:
    """Who checks these in, each once, in the order of their ids."""
    people: dict[int, Person] = {}
    for one in key_results:
        keeper = one.owner or one.objective.owner
        if keeper is not None:
            people.setdefault(keeper.pk, keeper)
    return [people[pk] for pk in sorted(people)]
