"""What people hold on this floor: complaints that are theirs to handle."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from feedback.complaint_kind import title_of
from feedback.models import Complaint
from feedback.services.assigning import BY_HAND, Choice, able_there, give
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="complaints",
            label=_("Open complaints"),
            held=lambda whom: names(_open(whom), _named),
            hand_over=_hand_over,
            end=lambda leaving: _open(leaving.whom).count(),
            why_end=_("A moment later they go to others, by the rules for complaints."),
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


def _named(row: object) -> str:
    assert isinstance(row, Complaint)
    return title_of(row)
