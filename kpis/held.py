"""What people hold on this floor: objectives and key results that are theirs, in quarters that are not closed."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kpis.models.okr import KeyResult, Objective, ObjectiveState
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="objectives",
            label=_("Objectives and key results"),
            held=lambda whom: [*names(_objectives(whom), str), *names(_key_results(whom), str)],
            hand_over=_give,
            end=lambda leaving: _give(leaving, None),
            why_end=_("They go on without an owner, and nobody is asked for check-ins."),
        )
    )


def _objectives(whom: Person) -> QuerySet[Objective]:
    return Objective.objects.filter(owner=whom).exclude(state=ObjectiveState.CLOSED).order_by("title", "pk")


def _key_results(whom: Person) -> QuerySet[KeyResult]:
    open_ones = KeyResult.objects.filter(owner=whom, removed_at__isnull=True)
    return open_ones.exclude(objective__state=ObjectiveState.CLOSED).order_by("title", "pk")


def _give(leaving: Leaving, to: Person | None) -> int:
    """Who takes them over sees no more than before: what she may not see, she is not asked for."""
    return _objectives(leaving.whom).order_by().update(owner=to) + _key_results(
        leaving.whom
    ).order_by().update(owner=to)
