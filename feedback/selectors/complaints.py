"""Complaints as the gate lets them be seen: texts are for those who handle them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from feedback.models import Complaint
from organization.gate import Action, can, rows_where
from organization.models import DIMENSIONS, Person

WITH_SCOPE = ("scope", *(f"scope__{dimension}" for dimension in DIMENSIONS))
SCOPE_COLUMNS = {dimension: f"scope__{dimension}" for dimension in DIMENSIONS}


def handled_by(person: Person) -> QuerySet[Complaint]:
    """Those that she may see and handle; with a grant on the company nothing is asked of areas at all."""
    return Complaint.objects.filter(rows_where(person, Action.HANDLE_COMPLAINTS, SCOPE_COLUMNS))


def get_complaint_or_404(person: Person, pk: int) -> Complaint:
    """Raises Http404 for a stranger, PermissionDenied for whoever sees its area and may not handle complaints."""
    found = (
        Complaint.objects.select_related(
            *WITH_SCOPE, "category", "assigned_to", "customer", "cause", "answer"
        )
        .filter(pk=pk)
        .first()
    )
    if found is None or not can(person, Action.VIEW, found.scope):
        raise Http404
    if not can(person, Action.HANDLE_COMPLAINTS, found.scope):
        raise PermissionDenied
    return found
