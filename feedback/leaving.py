"""What people hold of feedback: interviews that they are to do."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from feedback.models import Interview, InterviewState
from organization.gate import Action, can
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="interviews",
            label=_("Interviews to come"),
            held=lambda whom: names(_planned(whom), _named),
            hand_over=lambda leaving, to: _give(leaving, to),
            end=lambda leaving: _give(leaving, None),
            why_end=_("Nobody is named to ask any more; who looks after customers there sees them."),
        )
    )


def _planned(whom: Person) -> QuerySet[Interview]:
    return (
        Interview.objects.filter(interviewer=whom, state=InterviewState.PLANNED)
        .select_related("scope__channel", "scope__region", "scope__product")
        .order_by("at", "pk")
    )


def _give(leaving: Leaving, to: Person | None) -> int:
    """Those of an area that the other does not look after are nobody's."""
    rows = list(_planned(leaving.whom))
    for row in rows:
        may = to is not None and can(to, Action.HANDLE_COMPLAINTS, row.scope)
        Interview.objects.filter(pk=row.pk).update(interviewer=to if may else None)
    return len(rows)


def _named(row: object) -> str:
    assert isinstance(row, Interview)
    return f"{row.scope.label}, {row.at:%Y-%m-%d}"
