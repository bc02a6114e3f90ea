"""What people hold on this floor: complaints that are theirs to handle, interviews that they are to do."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.listing import listed
from feedback.complaint_kind import title_of
from feedback.models import Complaint, Interview, InterviewState
from feedback.services.assigning import BY_HAND, Choice, able_there, give
from organization.gate import Action, can
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="complaints",
            label=_("Open complaints"),
            held=lambda whom: names(_open(whom), _complaint),
            hand_over=_hand_over,
            end=lambda leaving: _open(leaving.whom).count(),
            why_end=_("A moment later they go to others, by the rules for complaints."),
        )
    )
    register_holding(
        Holding(
            code="interviews",
            label=_("Interviews to come"),
            held=lambda whom: names(_planned(whom), _interview),
            hand_over=lambda leaving, to: _give(leaving, to),
            end=lambda leaving: _give(leaving, None),
            why_end=_("Nobody is named to ask any more; who looks after customers there sees them."),
        )
    )


def _open(whom: Person) -> QuerySet[Complaint]:
    rows = Complaint.objects.filter(assigned_to=whom, state__in=Complaint.OPEN)
    return rows.select_related("category", "scope").order_by("pk")


def _hand_over(leaving: Leaving, to: Person) -> int:
    """Those that the other may not handle, and those that somebody has in hand at this moment, go by the rules: the sweep
    finds that their assignee has left.
    """
    given = 0
    for row in _open(leaving.whom).select_for_update(of=("self",), no_key=True, skip_locked=True):
        if able_there([to.pk], row.scope):
            give(row, Choice(to, BY_HAND), leaving.now, by=leaving.by, because="left")
            row.save(update_fields=["assigned_to", "assigned_why", "assigned_at"])
            given += 1
    return given


def _complaint(row: object) -> str:
    assert isinstance(row, Complaint)
    return title_of(row)


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


def _interview(row: object) -> str:
    assert isinstance(row, Interview)
    return listed([row.scope.label, f"{row.at:%Y-%m-%d}"])
