"""What speaks against targets: those that somebody may see, and may answer."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from kpis.models import TargetWarning
from organization.gate import Action, can, visible_scopes
from organization.models import Person


def visible_warnings(person: Person) -> QuerySet[TargetWarning]:
    return TargetWarning.objects.filter(
        target__scope__in=visible_scopes(person).order_by().values("pk")
    ).select_related("target__metric", "target__scope", "answered_by")


def warning_to_answer(person: Person, pk: int) -> TargetWarning:
    """Raises Http404 where it is not hers to see, PermissionDenied where she may not set the target."""
    warning = get_object_or_404(visible_warnings(person), pk=pk)
    if not can(person, Action.SET_TARGETS, warning.target.scope):
        raise PermissionDenied
    return warning
